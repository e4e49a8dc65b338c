"""Matching, pricing and ranking alone, inside one process, as campaigns grow (benchmarks/market.py)."""

from collections.abc import AsyncIterator

from benchmarks import market
from benchmarks.figures import Figure, figure
from benchmarks.harness.bench import Bench


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """The table of benchmarks/market.py."""
    sizes = market.SIZES[:-1] if bench.quick else market.SIZES
    for row in market.measure(sizes):
        yield figure(row["name"], row["unit"].replace("us", "µs"), [row["value"]])
