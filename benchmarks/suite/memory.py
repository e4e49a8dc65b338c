"""Whether a core's memory stays flat over a million auctions, and what an auction costs as the store grows."""

from collections.abc import AsyncIterator
from statistics import linear_regression
from typing import Final

from benchmarks.charts import Chart, Line
from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness import load
from benchmarks.harness.bench import Bench
from benchmarks.harness.catalogue import set_up, static_campaigns
from benchmarks.harness.exchange import Exchange
from benchmarks.harness.leads import Leads

_AUCTIONS: Final = 1_000_000
_QUICK: Final = 10_000
_PARTS: Final = 20
_WARM: Final = 2  # parts after which caches are taken to be full
_MIB: Final = 1 << 20


async def run(bench: Bench) -> AsyncIterator[Figure | Chart]:
    """Memory after each part of so many auctions, on one core."""
    part = (_QUICK if bench.quick else _AUCTIONS) // _PARTS
    held, costs, rates = [], [], []
    async with Exchange(bench.directory / "memory") as exchange:
        source, leads = await set_up(exchange, static_campaigns(100)), Leads("memory")
        for _ in range(_PARTS):
            some = await load.charged(exchange.cpu_s, load.counted(exchange.submission, source, leads, part))
            held.append(exchange.memory_bytes() / _MIB)
            costs.append(some.cpu_us)
            rates.append(some.per_second)
        store_bytes = exchange.store.stat().st_size
    volume = [float(part * (place + 1)) for place in range(_PARTS)]
    yield _extrapolated(volume, held) if bench.quick else _growth(volume, held)
    yield figure("memory.held", "MiB", held[-1:], note="of the core, at the end")
    yield figure("memory.store", "bytes", [store_bytes / leads.count], note="of the store, a lead")
    note = f"the last twentieth beside the second, {leads.count:,} auctions in all"
    yield figure("memory.volume.cpu", "µs", costs[-1:], costs[_WARM - 1 : _WARM], note=note)
    yield _over("memory.held", "Memory of a core over auctions", "resident memory, MiB", volume, held)
    yield _over("memory.cost", "Cost of an auction against volume", "CPU of the core, µs an auction", volume, costs)
    yield _over("memory.rate", "Throughput against volume", "auctions/s", volume, rates)


def _growth(volume: list[float], held: list[float]) -> Figure:
    """How much more the core holds at the end than when its caches were full."""
    first, last = held[_WARM - 1], held[-1]
    note = f"from {first:,.0f} MiB after {volume[_WARM - 1]:,.0f} auctions to {last:,.0f} after {volume[-1]:,.0f}"
    return figure("memory.growth", "%", [(last - first) / first * 100], budget=Budget(bound=5, most=True), note=note)


def _extrapolated(volume: list[float], held: list[float]) -> Figure:
    """The same over a million auctions, from the slope over the later half of fewer: no verdict, a hint."""
    half = _PARTS // 2
    slope, first = linear_regression(volume[half:], held[half:])[0], held[half]
    note = f"extrapolated to {_AUCTIONS:,} auctions from the slope between {volume[half]:,.0f} and {volume[-1]:,.0f}"
    return figure("memory.growth", "%", [slope * _AUCTIONS / first * 100], note=f"{note}: a hint, not a verdict")


def _over(name: str, title: str, y: str, volume: list[float], values: list[float]) -> Chart:
    line = Line(name=y, points=tuple(zip(volume, values, strict=True)))
    return Chart(name=name, title=title, x="auctions in the store", y=y, lines=(line,))
