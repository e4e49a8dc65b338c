"""The roll-ups, held against what they are made of."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from exchange.domain.lead import Profile
from exchange.domain.report import Figures
from exchange.feedback.rules import counting
from exchange.feedback.rules.counting import Cells, Row
from exchange.store.figures import by_cell, by_day, differing, without
from exchange.store.marks import NOTHING, Marks
from exchange.store.sqlite.feedback import dispositions_of_sale
from exchange.store.sqlite.queries import query
from exchange.store.sqlite.reports import counted_between

_profile: Final = msgspec.json.Decoder(Profile).decode


def astray(connection: sqlite3.Connection, since: Marks = NOTHING) -> list[str]:
    """Figures that are not what leads, dispositions and returns come to, at most a hundred.

    By cell; or, going on from an earlier run, by day.
    """
    kept = connection.execute(query("rollups"))
    expected = (*_of_leads(connection, since), *_on_their_way(connection), *_of_feedback(connection, since))
    if since == NOTHING:
        return differing(by_cell(kept), by_cell(expected))
    return differing(by_day(kept), by_day(expected, since.figures))


def standing(connection: sqlite3.Connection) -> dict[str, tuple[int, ...]]:
    """What the figures come to by day, as far as leads are wholly in them."""
    return without(by_day(connection.execute(query("rollups"))), by_day(_on_their_way(connection)))


def _of_leads(connection: sqlite3.Connection, since: Marks) -> Iterator[Row]:
    """As far as the state says that they were counted."""
    counted, _, _ = connection.execute(query("rollup_state")).fetchone()
    yield from _rows(counted_between(connection, since.counted, counted))


def _on_their_way(connection: sqlite3.Connection) -> Iterator[Row]:
    """Cells that were added, of leads whose others were not yet."""
    counted, target, done = connection.execute(query("rollup_state")).fetchone()
    if target:
        yield from _rows(counted_between(connection, counted, target), done)


def _of_feedback(connection: sqlite3.Connection, since: Marks) -> Iterator[Row]:
    new = {**msgspec.structs.asdict(since), "open_returns": json.dumps(since.open_returns)}
    for submitted_ms, profile, campaign_id, buyer_id, sale_id, refund_micros in connection.execute(
        query("figures_of_feedback"), new
    ):
        of = _profile(profile)
        if of.test:
            continue
        day = counting.day_of(submitted_ms)
        cell = (day, of.vertical, of.source_id, of.sub_source, campaign_id, buyer_id)
        said = dispositions_of_sale(connection, sale_id)
        for place, one in enumerate(said):
            if one.sequence > since.dispositions:
                yield (*cell, *counting.values(counting.of_disposition(said[:place], one)))
        if refund_micros is not None:
            yield (*cell, *counting.values(Figures(returns=1, refund_micros=refund_micros)))


def _rows(cells: Cells, most: int | None = None) -> Iterator[Row]:
    for place in counting.places(cells)[:most]:
        yield counting.row(cells, place)
