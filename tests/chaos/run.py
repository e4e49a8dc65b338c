"""A run: load goes on while things go wrong; then everything recovers, and the account is made."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from tests.chaos.account import Account, account, settled, short_of
from tests.chaos.faults import Chaos, Fault
from tests.chaos.load import Load
from tests.chaos.world import world

_ROUNDS: Final = 20
_ROUND: Final = 30
_REPEATED: Final = 200


class Plan(msgspec.Struct, frozen=True):
    """How a run goes."""

    seed: int
    rate: float
    """Leads a second."""
    limit: int
    """So many leads each limited campaign may buy."""
    faults: Iterable[Fault]
    pause_s: tuple[float, float]
    """The least and the most between one fault and the next."""
    most_s: float
    """Faults end then."""


class Result(msgspec.Struct, frozen=True):
    """What came of it."""

    account: Account
    done: Counter[str]
    """Faults by kind."""
    left_out: set[str]
    network: str
    starts: dict[str, int]
    """Of processes, by name."""
    taken_over: int
    """Leads of cores that died."""
    troubles: Counter[str]
    seconds: float
    """Under chaos."""
    longest_gap_s: float
    recovered_s: float
    """From the last fault until everything served and nothing was pending or due."""


async def run(plan: Plan, directory: Path, say: Callable[[str], None]) -> Result:
    """Runs it; logs are left in the directory."""
    async with world(directory, plan.limit) as made:
        load, chaos = Load(made, plan.seed), Chaos(made, say)
        enough, began = asyncio.Event(), time.monotonic()
        loading = asyncio.create_task(load.run(plan.rate, enough))
        try:
            await chaos.run(plan.faults, Random(plan.seed), *plan.pause_s, began + plan.most_s)
            seconds, ended = time.monotonic() - began, time.monotonic()
            await made.whole()
            enough.set()
            await loading
            await load.answered()
            await settled(made)
            recovered_s = time.monotonic() - ended
            say(f"{time.monotonic() - began:6.1f} s  recovered")
            for _ in range(_ROUNDS):
                if not await short_of(made):
                    break
                await load.more(_ROUND)
            await load.again(_REPEATED)
            await settled(made)
            return Result(
                await account(made, load),
                chaos.done,
                chaos.left_out,
                made.network.kind,
                {child.name: child.starts for child in made.children},
                made.taken_over(),
                load.troubles,
                seconds,
                load.longest_gap_s,
                recovered_s,
            )
        finally:
            loading.cancel()
            await load.close()
