"""Sums of figures, by cell or by day, for holding the roll-ups against what they are made of."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from exchange.feedback.rules.counting import Row
from exchange.store.invariants import MOST_OFFENDING

_KEYS: Final = 6
"""Parts of a cell, the day first; figures follow them in a row."""
Sums = dict[str, list[int]]


def by_cell(rows: Iterable[Row]) -> Sums:
    """Sums by cell; cells of nothing are left out."""
    return _summed(("/".join(map(str, row[:_KEYS])), row) for row in rows)


def by_day(rows: Iterable[Row], proved: Mapping[str, Sequence[int]] | None = None) -> Sums:
    """Sums by day, on top of those that were proved before."""
    sums = _summed((str(row[0]), row) for row in rows)
    for day, figures in (proved or {}).items():
        more = sums.get(day)
        sums[day] = list(figures) if more is None else [one + other for one, other in zip(figures, more, strict=True)]
    return sums


def without(sums: Sums, other: Sums) -> dict[str, tuple[int, ...]]:
    """Sums less others, some of whose keys are among theirs."""
    nothing = [0] * max(map(len, (*sums.values(), *other.values())), default=0)
    return {
        key: tuple(one - less for one, less in zip(figures, other.get(key, nothing), strict=True))
        for key, figures in sums.items()
    }


def differing(kept: Sums, expected: Sums) -> list[str]:
    """Where the two are not the same, in words, at most a hundred."""
    return [
        f"{key}: {kept.get(key, 'nothing')}, not {expected.get(key, 'nothing')}"
        for key in sorted(kept.keys() | expected.keys())
        if kept.get(key) != expected.get(key)
    ][:MOST_OFFENDING]


def _summed(rows: Iterable[tuple[str, Row]]) -> Sums:
    sums: Sums = {}
    for key, row in rows:
        figures = list(map(int, row[_KEYS:]))
        known = sums.get(key)
        sums[key] = figures if known is None else [one + more for one, more in zip(known, figures, strict=True)]
    return {key: figures for key, figures in sums.items() if any(figures)}
