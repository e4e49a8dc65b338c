"""Charts: what is better seen than read. Each says what it shows; `benchmarks.page` draws it."""

from collections.abc import Sequence

import msgspec

from benchmarks.harness.load import percentile
from exchange.app import latency
from exchange.domain.metrics import Phase


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Points of one thing, in the order of x."""

    name: str
    points: tuple[tuple[float, float], ...]


class Chart(msgspec.Struct, frozen=True, kw_only=True, tag="lines"):
    """Lines over one x."""

    name: str
    """Begins with its benchmark's, as figures' names do."""
    title: str
    x: str
    """What stands along it, with the unit."""
    y: str
    lines: tuple[Line, ...]
    log_x: bool = False
    log_y: bool = False
    budget: float | None = None
    """A line that y must stay below."""
    note: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """How long one phase took."""

    name: str
    buckets: tuple[tuple[float, int], ...]
    """The longest ms that a bucket holds, and how many it holds; shortest first."""
    p50_ms: float
    p99_ms: float
    budget_ms: float | None = None


class Histograms(msgspec.Struct, frozen=True, kw_only=True, tag="histograms"):
    """How long each phase of an auction took, one above the other on one scale of time."""

    name: str
    title: str
    rows: tuple[Row, ...]
    note: str = ""


def ledger(name: str, title: str, reading: latency.Reading, note: str = "") -> Histograms:
    """The latency ledger of a core over some time."""
    rows = tuple(
        Row(
            name=phase.name.lower().replace("_", " "),
            buckets=tuple((up_to_us / 1_000, count) for up_to_us, count in sorted(buckets.items())),
            p50_ms=latency.percentile_ms(buckets, 50),
            p99_ms=latency.percentile_ms(buckets, 99),
            budget_ms=latency.BUDGETS_MS.get(phase),
        )
        for phase, buckets in sorted(reading.phases.items())
        if buckets and phase <= Phase.TOTAL
    )
    return Histograms(name=name, title=title, rows=rows, note=note)


def percentiles(loads: Sequence[tuple[float, Sequence[float]]], *percents: float) -> tuple[Line, ...]:
    """A line a percentile: at each x the ms that so many percent of the latencies do not exceed."""
    return tuple(
        Line(name=f"p{percent:g}", points=tuple((x, percentile(values, percent)) for x, values in loads if values))
        for percent in percents
    )
