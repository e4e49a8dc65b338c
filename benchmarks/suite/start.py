"""How long a core takes from the command until it serves, with a catalogue in its store and with none."""

import time
from collections.abc import AsyncIterator
from typing import Final

from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness.bench import Bench
from benchmarks.harness.catalogue import set_up, static_campaigns
from benchmarks.harness.exchange import Exchange

_CAMPAIGNS: Final = 10_000


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """Starts on each store in turns."""
    full, empty = Exchange(bench.directory / "full"), Exchange(bench.directory / "empty")
    async with full:
        await set_up(full, static_campaigns(_CAMPAIGNS))
    async with empty:
        pass
    took: dict[Exchange, list[float]] = {full: [], empty: []}
    for _ in range(bench.runs):
        for exchange, seconds in took.items():
            begun = time.perf_counter()
            async with exchange:
                seconds.append(time.perf_counter() - begun)
    note = f"until a core with {_CAMPAIGNS:,} campaigns serves; the floor is one without any"
    yield figure("start.10000", "s", took[full], took[empty], Budget(bound=3.0, most=True), note)
