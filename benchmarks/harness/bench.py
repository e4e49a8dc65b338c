"""How a run of the suite is made: how often, how long, where; and measuring in turns."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.harness.load import Load

_PATIENCE_S: Final = 30.0

Runs = dict[str, list[Load]]
"""By what was measured, one a run."""


class Bench(msgspec.Struct, frozen=True):
    """What each benchmark is told."""

    runs: int
    seconds: float
    """How long one run of one load lasts."""
    warm_up_s: float
    directory: Path
    """For stores and logs; gone afterwards."""
    quick: bool

    async def in_turns(self, **loads: Callable[[float], Awaitable[Load]]) -> Runs:
        """Runs each load for so many seconds, A B A B, so that a busy spell of the machine meets them alike.

        Each runs once before, uncounted: caches fill and connections open.
        """
        for load in loads.values():
            await self._within(load, self.warm_up_s)
        measured: Runs = {name: [] for name in loads}
        for _ in range(self.runs):
            for name, load in loads.items():
                measured[name].append(await self._within(load, self.seconds))
        return measured

    async def _within(self, load: Callable[[float], Awaitable[Load]], seconds: float) -> Load:
        """One run, which may take so much longer than it should. Raises TimeoutError."""
        async with asyncio.timeout(seconds + _PATIENCE_S):
            return await load(seconds)


def rates(loads: list[Load]) -> list[float]:
    """Answers a second of each run."""
    return [load.per_second for load in loads]


def costs(loads: list[Load]) -> list[float]:
    """CPU µs an answer of each run."""
    return [load.cpu_us for load in loads]


def shortfall(loads: list[Load]) -> str:
    """A note of leads that were refused or unsold, each of which costs less than a sale; empty when there are none."""
    count, refused, sold = (sum(getattr(load, name) for load in loads) for name in ("count", "refused", "sold"))
    parts = ((refused, "refused"), (count - sold, "unsold"))
    return ", ".join(f"{some:,} of {count + refused:,} leads {how}" for some, how in parts if some)
