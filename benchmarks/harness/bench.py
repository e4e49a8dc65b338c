"""How a run of the suite is made: how often, how long, where; and measuring in turns."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from benchmarks.harness.load import Load

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
            await load(self.warm_up_s)
        measured: Runs = {name: [] for name in loads}
        for _ in range(self.runs):
            for name, load in loads.items():
                measured[name].append(await load(self.seconds))
        return measured


def rates(loads: list[Load]) -> list[float]:
    """Answers a second of each run."""
    return [load.per_second for load in loads]


def costs(loads: list[Load]) -> list[float]:
    """CPU µs an answer of each run."""
    return [load.cpu_us for load in loads]


def refusals(loads: list[Load]) -> str:
    """A note when not everything was answered; empty otherwise."""
    refused = sum(load.refused for load in loads)
    return f"{refused} of {refused + sum(load.count for load in loads)} were refused" if refused else ""
