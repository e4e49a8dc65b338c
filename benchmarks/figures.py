"""Figures: what was measured, beside its floor and its budget."""

from collections.abc import Sequence
from statistics import median
from typing import Final

import msgspec
from rich.table import Table


class Figure(msgspec.Struct, kw_only=True):
    """One measured figure; values, floor, budget and target are in its unit."""

    name: str
    value: float | None
    """The median of the runs; None when it could not be measured."""
    unit: str
    floor: float | None = None
    """The median of the floor, measured in turns with the value."""
    ratio: float | None = None
    """The median of value over floor, run by run."""
    budget: float | None = None
    """What it must reach now, or must not exceed where `better` is "less"."""
    ok: bool | None = None
    """Whether it keeps to its budget; None without one."""
    target: float | None = None
    """What it is to reach later."""
    better: str = "more"
    low: float | None = None
    high: float | None = None
    """The least and the greatest of the runs."""
    note: str = ""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure must keep to."""

    bound: float
    target: float | None = None
    """What it is to keep to later."""
    most: bool = False
    """The bound is the most that is allowed, not the least."""
    of_floor: bool = False
    """Bound and target are shares of the floor."""


def figure(
    name: str,
    unit: str,
    values: Sequence[float],
    floors: Sequence[float] = (),
    budget: Budget | None = None,
    note: str = "",
) -> Figure:
    """A figure from its runs: one value each, and one of the floor, taken right before or after it."""
    one = Figure(name=name, value=median(values), unit=unit, low=min(values), high=max(values), note=note)
    if floors:
        one.floor = median(floors)
        one.ratio = median(value / floor for value, floor in zip(values, floors, strict=True))
    if budget is not None:
        judged, scale = (one.ratio, one.floor) if budget.of_floor else (one.value, 1.0)
        assert judged is not None
        assert scale is not None
        one.ok = judged <= budget.bound if budget.most else judged >= budget.bound
        one.budget = budget.bound * scale
        one.target = None if budget.target is None else budget.target * scale
        one.better = "less" if budget.most else "more"
    return one


def failed(name: str, error: Exception) -> Figure:
    """The figure of a benchmark that could not be run."""
    return Figure(name=name, value=None, unit="", ok=False, note=f"could not be run: {error!r}"[:200])


_COLUMNS: Final = ("figure", "value", "unit", "runs", "floor", "ratio", "budget", "target", "ok")


def table(figures: Sequence[Figure]) -> Table:
    """Figures for people."""
    shown = Table(*_COLUMNS)
    for place, column in enumerate(shown.columns):
        column.justify = "left" if place in (0, 2, 8) else "right"
        column.no_wrap = place == 0
    for one in figures:
        sign = "≥ " if one.better == "more" else "≤ "
        spread = f"{number(one.low)}…{number(one.high)}" if one.low != one.high else ""
        shown.add_row(
            one.name,
            number(one.value),
            one.unit,
            spread,
            number(one.floor),
            "" if one.ratio is None else f"{one.ratio:.2f}",
            "" if one.budget is None else sign + number(one.budget),
            "" if one.target is None else sign + number(one.target),
            {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[one.ok],
        )
    return shown


def rounded(one: Figure) -> dict[str, object]:
    """A figure for programs, to four decimals."""
    fields = msgspec.structs.asdict(one)
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in fields.items()}


def number(value: float | None) -> str:
    """For people: two decimals below 100, else none; empty for None."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"
