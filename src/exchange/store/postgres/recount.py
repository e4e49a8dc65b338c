"""The roll-ups, held against what they are made of."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

import msgspec

from exchange.domain.lead import Profile
from exchange.domain.report import Figures
from exchange.feedback.rules import counting
from exchange.feedback.rules.counting import Cells
from exchange.store.invariants import MOST_OFFENDING
from exchange.store.postgres.feedback import dispositions_of_sale
from exchange.store.postgres.queries import Connection, Row, fetch, query, single
from exchange.store.postgres.reports import count_between

_KEYS: Final = 6
"""Parts of a cell."""
_profile: Final = msgspec.json.Decoder(Profile).decode
Sums = dict[tuple[str, ...], list[int]]


async def astray(connection: Connection) -> list[str]:
    """Cells whose figures are not what leads, dispositions and returns come to, at most a hundred."""
    kept = _summed(tuple(row) for row in await fetch(connection, query("rollups")))
    expected = _summed([row async for row in _expected(connection)])
    return [
        f"{'/'.join(cell)}: {kept.get(cell, 'nothing')}, not {expected.get(cell, 'nothing')}"
        for cell in sorted(kept.keys() | expected.keys())
        if kept.get(cell) != expected.get(cell)
    ][:MOST_OFFENDING]


def _summed(rows: Iterator[Row] | list[Row]) -> Sums:
    """Figures by cell; cells of nothing are left out."""
    sums: Sums = {}
    for row in rows:
        cell, figures = tuple(map(str, row[:_KEYS])), list(map(int, row[_KEYS:]))
        known = sums.get(cell)
        sums[cell] = figures if known is None else [one + more for one, more in zip(known, figures, strict=True)]
    return {cell: figures for cell, figures in sums.items() if any(figures)}


async def _expected(connection: Connection) -> AsyncIterator[Row]:
    """Leads as far as the state says that they were counted; dispositions and returns, all of them."""
    cells: Cells = {}
    await count_between(connection, cells, 0, await single(connection, query("counted")))
    for where in counting.places(cells):
        yield counting.row(cells, where)
    for submitted_ms, profile, campaign_id, buyer_id, sale_id, refund_micros in await fetch(
        connection, query("figures_of_feedback")
    ):
        of = _profile(profile)
        if of.test:
            continue
        day = counting.day_of(submitted_ms)
        cell = (day, of.vertical, of.source_id, of.sub_source, campaign_id, buyer_id)
        said = await dispositions_of_sale(connection, sale_id)
        for place, one in enumerate(said):
            yield (*cell, *counting.values(counting.of_disposition(said[:place], one)))
        if refund_micros is not None:
            yield (*cell, *counting.values(Figures(returns=1, refund_micros=refund_micros)))
