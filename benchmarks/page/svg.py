"""Charts as inline SVG. Colours are classes of the page's style, so that they follow light and dark."""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import pairwise
from typing import Final, TypeAlias

from benchmarks.charts import Chart, Histograms, Row

_WIDTH: Final = 640
_HEIGHT: Final = 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 60, 14, 46  # room for labels around the plot
_TICKS: Final = 5
_ROW: Final = 34
_NAME_WIDTH: Final = 84
_FIGURES_WIDTH: Final = 150
_BINS: Final = 96
_LEAST_MS: Final = 0.01  # what is quicker stands in the first bin

_Scale: TypeAlias = Callable[[float], float]


def lines(chart: Chart) -> str:
    """A chart of lines, each named at its end."""
    xs = [x for line in chart.lines for x, _ in line.points]
    ys = [y for line in chart.lines for _, y in line.points]
    if not xs:
        return ""
    ys += [chart.budget] if chart.budget is not None and chart.budget < 4 * max(ys) else []
    x_ticks, y_ticks = _ticks(xs, log=chart.log_x), _ticks([*ys, *([] if chart.log_y else [0.0])], log=chart.log_y)
    x_of = _scale([*x_ticks, *xs], _LEFT, _WIDTH - _RIGHT, log=chart.log_x)
    y_of = _scale([*y_ticks, *ys], _HEIGHT - _BOTTOM, _TOP, log=chart.log_y)
    parts = [*_grid(x_ticks, x_of, y_ticks, y_of), *_axis_names(chart.x, chart.y)]
    if chart.budget in ys:
        at = y_of(chart.budget)
        parts.append(f'<line class="budget" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(_text(_LEFT + 6, at - 5, f"budget {_short(chart.budget)}", "budget-name"))
    ends = _apart([y_of(line.points[-1][1]) for line in chart.lines])
    for place, (line, end) in enumerate(zip(chart.lines, ends, strict=True)):
        spots = [(x_of(x), y_of(y)) for x, y in line.points]
        parts.append(f'<polyline class="line s{place}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in spots)}"/>')
        for (x, y), (at, value) in zip(spots, line.points, strict=True):
            title = escape(f"{line.name}: {value:,.4g} at {at:,.4g}")
            parts.append(
                f'<circle class="dot s{place}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"><title>{title}</title></circle>'
            )
        if len(chart.lines) > 1:
            parts.append(_text(_WIDTH - _RIGHT + 8, end + 4, line.name, f"name t{place}"))
    return _svg(_HEIGHT, chart.title, parts)


def histograms(chart: Histograms) -> str:
    """Phases one above the other, on one logarithmic scale of time."""
    height = _ROW * len(chart.rows) + _TOP + 30
    longest = max((ms for row in chart.rows for ms, _ in row.buckets), default=1.0)
    decades = [10.0**power for power in range(-2, max(1, math.ceil(math.log10(max(longest, 0.1)))) + 1)]
    x_of = _scale(decades, _NAME_WIDTH, _WIDTH - _FIGURES_WIDTH, log=True)
    bottom = _TOP + _ROW * len(chart.rows)
    parts = []
    for tick in decades:
        at = x_of(tick)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{bottom}"/>')
        parts.append(_text(at, bottom + 16, _time(tick), "tick", anchor="middle"))
    parts.append(_text(_WIDTH - 76, _TOP - 3, "p50", "tick", anchor="end"))
    parts.append(_text(_WIDTH - 6, _TOP - 3, "p99", "tick", anchor="end"))
    for place, row in enumerate(chart.rows):
        parts += _row(row, _TOP + _ROW * (place + 1), x_of)
    return _svg(height, chart.title, parts)


def _row(row: Row, base: float, x_of: _Scale) -> Iterable[str]:
    """One phase: its name, how its times are spread, and what most of them do not exceed."""
    left, right = x_of(_LEAST_MS), _WIDTH - _FIGURES_WIDTH
    counts = [0] * _BINS
    for ms, count in row.buckets:
        share = (x_of(max(ms, _LEAST_MS)) - left) / (right - left)
        counts[min(_BINS - 1, int(share * _BINS))] += count
    most, step = max(counts), (right - left) / _BINS
    path = [f"M{left:.1f},{base}"]
    for place, count in enumerate(counts):
        at, top = left + place * step, base - (_ROW - 8) * count / most
        path.append(f"L{at:.1f},{top:.1f}L{at + step:.1f},{top:.1f}")
    path.append(f"L{right},{base}Z")
    total = sum(counts)
    yield f'<line class="base" x1="{left:.1f}" x2="{right}" y1="{base}" y2="{base}"/>'
    yield f'<path class="ridge" d="{"".join(path)}"><title>{escape(row.name)}: {total:,} auctions</title></path>'
    if row.budget_ms is not None and x_of(row.budget_ms) <= right:
        at = x_of(row.budget_ms)
        yield f'<line class="budget" x1="{at:.1f}" x2="{at:.1f}" y1="{base - _ROW + 8}" y2="{base}"/>'
    at = x_of(max(row.p99_ms, _LEAST_MS))
    yield f'<line class="p99" x1="{at:.1f}" x2="{at:.1f}" y1="{base - 14}" y2="{base}"/>'
    yield _text(_NAME_WIDTH - 10, base - 4, row.name, "name", anchor="end")
    yield _text(_WIDTH - 76, base - 4, _time(row.p50_ms), "value", anchor="end")
    yield _text(_WIDTH - 6, base - 4, _time(row.p99_ms), "value", anchor="end")


def _grid(x_ticks: Sequence[float], x_of: _Scale, y_ticks: Sequence[float], y_of: _Scale) -> Iterable[str]:
    for tick in y_ticks:
        at = y_of(tick)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield _text(_LEFT - 8, at + 4, _short(tick), "tick", anchor="end")
    for tick in x_ticks:
        yield _text(x_of(tick), _HEIGHT - _BOTTOM + 18, _short(tick), "tick", anchor="middle")
    yield f'<line class="base" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_HEIGHT - _BOTTOM}" y2="{_HEIGHT - _BOTTOM}"/>'


def _axis_names(x: str, y: str) -> Iterable[str]:
    yield _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, x, "axis", anchor="middle")
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    yield (
        f'<text class="axis" text-anchor="middle" transform="translate(14 {middle:.0f}) rotate(-90)">{escape(y)}</text>'
    )


def _svg(height: float, title: str, parts: Iterable[str]) -> str:
    inside = "".join(parts)
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">{inside}</svg>'


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _scale(values: Sequence[float], first: float, last: float, *, log: bool) -> _Scale:
    """Maps the values' span to coordinates from `first` to `last`."""
    low, high = min(values), max(values)
    if log:
        low, high = math.log10(low), math.log10(high)
    span = (high - low) or 1.0
    return lambda value: first + ((math.log10(value) if log else value) - low) / span * (last - first)


def _ticks(values: Sequence[float], *, log: bool) -> list[float]:
    """Round values that span the values: powers of ten, or steps of 1, 2 or 5 times one."""
    low, high = min(values), max(values)
    if log:
        powers = range(math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9) + 1)
        return [10.0**power for power in powers]
    rough = (high - low or abs(high) or 1.0) / _TICKS
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    return [step * place for place in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _apart(heights: Sequence[float], least: float = 15.0) -> list[float]:
    """The same heights, moved so far down that names beside them do not touch."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    moved = list(heights)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + least)
    return moved


def _short(value: float) -> str:
    """A number for an axis: 1.5k, 20k, 1M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _time(ms: float) -> str:
    """A time to two digits: 40 µs, 1.2 ms, 3 s."""
    for size, unit in ((1_000.0, "s"), (1.0, "ms"), (0.001, "µs")):
        if ms >= size:
            value = ms / size
            return f"{value:.0f} {unit}" if value >= 10 or value == int(value) else f"{value:.1f} {unit}"
    return "0 µs"
