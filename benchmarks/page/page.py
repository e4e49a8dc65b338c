"""The page: the headline figures, the charts, and the table."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

from benchmarks.charts import Chart, Histograms
from benchmarks.figures import Figure, number
from benchmarks.page import svg
from benchmarks.results import Results

_STYLE: Final = Path(__file__).with_name("style.css")
_HEADLINES: Final = {
    "streamed.10000": "streamed, 10,000 campaigns",
    "streamed.10000.p99": "p99 at half of that",
    "unary.submit": "unary calls",
    "remote.auctions": "ten HTTP bidders, one silent",
    "streams.auctions": "ten bid streams, one silent",
    "budgets.total.p99": "whole auction with post, p99",
    "webhooks.delivered": "webhooks delivered",
    "day.sold": "for 100,000 leads",
    "day.delivered": "the same with webhooks",
}
_COLUMNS: Final = ("figure", "value", "unit", "runs", "floor", "ratio", "budget", "ok")


def page(results: Results) -> str:
    """One HTML file, styles and drawings included, that loads nothing."""
    form = "The short form (--quick): figures for a first look." if results.quick else "The full form."
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Lead exchange: benchmarks</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head><body>"
        f'<header><h1>Lead exchange <span>benchmarks</span></h1><p class="machine">{escape(results.machine)}</p>'
        f"<p>{form} A floor is what is left when the exchange's own work is taken away, measured in the same run; "
        "docs/performance.md says how each figure is made.</p></header><main>"
        f'<section class="tiles">{"".join(_tiles(results.figures))}</section>'
        f'<section class="charts">{"".join(map(_chart, results.charts))}</section>'
        f"<section><h2>All figures</h2>{''.join(_tables(results.figures))}</section>"
        "</main></body></html>\n"
    )


def _tiles(figures: Sequence[Figure]) -> Iterable[str]:
    found = {one.name: one for one in figures}
    for name, what in _HEADLINES.items():
        one = found.get(name)
        if one is None or one.value is None:
            continue
        beside = _beside(one)
        yield (
            f'<div class="tile {_state(one)}"><p class="what">{escape(what)}</p>'
            f'<p class="big">{number(_rounded(one.value))} <span>{escape(one.unit)}</span></p>'
            f'<p class="beside">{escape(beside)}</p></div>'
        )


def _beside(one: Figure) -> str:
    """What a figure is to be held against."""
    parts = []
    if one.budget is not None:
        parts.append(f"budget {_sign(one)} {number(_rounded(one.budget))}")
    if one.ratio is not None:
        parts.append(f"{one.ratio:.2f} of the floor")
    return ", ".join(parts)


def _chart(chart: Chart | Histograms) -> str:
    drawn = svg.lines(chart) if isinstance(chart, Chart) else svg.histograms(chart)
    note = f'<p class="note">{escape(chart.note)}</p>' if chart.note else ""
    return f"<figure><figcaption>{escape(chart.title)}</figcaption>{drawn}{note}</figure>"


def _tables(figures: Sequence[Figure]) -> Iterable[str]:
    """A table a benchmark."""
    head = "".join(f"<th>{column}</th>" for column in _COLUMNS)
    for name, some in groupby(figures, key=lambda one: one.name.partition(".")[0]):
        rows = "".join(map(_row, some))
        yield f'<h3>{escape(name)}</h3><div class="wide"><table><thead><tr>{head}</tr></thead>{rows}</table></div>'


def _row(one: Figure) -> str:
    spread = f"{number(one.low)}…{number(one.high)}" if one.low != one.high else ""
    cells = (
        number(one.value),
        one.unit,
        spread,
        number(one.floor),
        "" if one.ratio is None else f"{one.ratio:.2f}",
        "" if one.budget is None else f"{_sign(one)} {number(one.budget)}",
    )
    note = f'<p class="note">{escape(one.note)}</p>' if one.note else ""
    told = {True: "yes", False: "no", None: ""}[one.ok]
    return (
        f"<tr><td>{escape(one.name)}{note}</td>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + f'<td class="{_state(one)}">{told}</td></tr>'
    )


def _sign(one: Figure) -> str:
    return "≥" if one.better == "more" else "≤"


def _state(one: Figure) -> str:
    """The class that colours what keeps to its budget, and what does not."""
    return {True: "kept", False: "missed", None: ""}[one.ok]


def _rounded(value: float) -> float:
    """A figure that is read at a glance: whole from ten on."""
    return float(round(value)) if abs(value) >= 10 else round(value, 1)
