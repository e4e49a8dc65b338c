"""The roll-ups, held against what they are made of."""

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from exchange.domain.lead import Profile
from exchange.domain.report import Figures
from exchange.feedback.rules import counting
from exchange.feedback.rules.counting import Cells, Row
from exchange.store.sqlite.feedback import dispositions_of_sale
from exchange.store.sqlite.queries import query
from exchange.store.sqlite.reports import counted_between

_KEYS: Final = 6
"""Parts of a cell."""
_MOST: Final = 100
_profile: Final = msgspec.json.Decoder(Profile).decode


def astray(connection: sqlite3.Connection) -> list[str]:
    """Cells whose figures are not what leads, dispositions and returns come to, at most a hundred."""
    kept, expected = _summed(connection.execute(query("rollups"))), _summed(_expected(connection))
    return [
        f"{'/'.join(cell)}: {kept.get(cell, 'nothing')}, not {expected.get(cell, 'nothing')}"
        for cell in sorted(kept.keys() | expected.keys())
        if kept.get(cell) != expected.get(cell)
    ][:_MOST]


def _summed(rows: Iterator[Row]) -> dict[tuple[str, ...], list[int]]:
    """Figures by cell; cells of nothing are left out."""
    sums: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        cell, figures = tuple(map(str, row[:_KEYS])), list(map(int, row[_KEYS:]))
        known = sums.get(cell)
        sums[cell] = figures if known is None else [one + more for one, more in zip(known, figures, strict=True)]
    return {cell: figures for cell, figures in sums.items() if any(figures)}


def _expected(connection: sqlite3.Connection) -> Iterator[Row]:
    """Leads as far as the state says that they were counted; dispositions and returns, all of them."""
    counted, target, done = connection.execute(query("rollup_state")).fetchone()
    yield from _rows(counted_between(connection, 0, counted))
    if target:
        yield from _rows(counted_between(connection, counted, target), done)
    for submitted_ms, profile, campaign_id, buyer_id, sale_id, refund_micros in connection.execute(
        query("figures_of_feedback")
    ):
        of = _profile(profile)
        if of.test:
            continue
        day = counting.day_of(submitted_ms)
        cell = (day, of.vertical, of.source_id, of.sub_source, campaign_id, buyer_id)
        said = dispositions_of_sale(connection, sale_id)
        for place, one in enumerate(said):
            yield (*cell, *counting.values(counting.of_disposition(said[:place], one)))
        if refund_micros is not None:
            yield (*cell, *counting.values(Figures(returns=1, refund_micros=refund_micros)))


def _rows(cells: Cells, most: int | None = None) -> Iterator[Row]:
    for place in counting.places(cells)[:most]:
        yield counting.row(cells, place)
