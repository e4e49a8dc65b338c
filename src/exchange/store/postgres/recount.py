"""The roll-ups, held against what they are made of."""

from collections.abc import AsyncIterator
from typing import Final

import msgspec

from exchange.domain.lead import Profile
from exchange.domain.report import Figures
from exchange.feedback.rules import counting
from exchange.feedback.rules.counting import Cells, Row
from exchange.store.figures import by_cell, by_day, differing
from exchange.store.marks import NOTHING, Marks
from exchange.store.postgres.feedback import dispositions_of_sale
from exchange.store.postgres.queries import Connection, fetch, query, single
from exchange.store.postgres.reports import count_between

_profile: Final = msgspec.json.Decoder(Profile).decode


async def astray(connection: Connection, since: Marks = NOTHING) -> list[str]:
    """Figures that are not what leads, dispositions and returns come to, at most a hundred.

    By cell; or, going on from an earlier run, by day.
    """
    kept = [tuple(row) for row in await fetch(connection, query("rollups"))]
    expected = [row async for row in _expected(connection, since)]
    if since == NOTHING:
        return differing(by_cell(kept), by_cell(expected))
    return differing(by_day(kept), by_day(expected, since.figures))


async def standing(connection: Connection) -> dict[str, tuple[int, ...]]:
    """What the figures come to by day."""
    days = by_day(tuple(row) for row in await fetch(connection, query("rollups")))
    return {day: tuple(figures) for day, figures in days.items()}


async def _expected(connection: Connection, since: Marks) -> AsyncIterator[Row]:
    """Leads as far as the state says that they were counted; dispositions and returns, all of them."""
    cells: Cells = {}
    await count_between(connection, cells, since.counted, await single(connection, query("counted")))
    for where in counting.places(cells):
        yield counting.row(cells, where)
    for submitted_ms, profile, campaign_id, buyer_id, sale_id, refund_micros in await fetch(
        connection, query("figures_of_feedback"), msgspec.structs.asdict(since)
    ):
        of = _profile(profile)
        if of.test:
            continue
        day = counting.day_of(submitted_ms)
        cell = (day, of.vertical, of.source_id, of.sub_source, campaign_id, buyer_id)
        said = await dispositions_of_sale(connection, sale_id)
        for place, one in enumerate(said):
            if one.sequence > since.dispositions:
                yield (*cell, *counting.values(counting.of_disposition(said[:place], one)))
        if refund_micros is not None:
            yield (*cell, *counting.values(Figures(returns=1, refund_micros=refund_micros)))
