"""What is used of caps and credit, kept beside the sales and postings that it sums up.

Rows are read and written under the numbering lock alone, so that nobody sells between the look and the sale. One that
is missing is made from sales and postings when a purchase first counts against it, and old ones are forgotten then.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec
from msgspec.structs import astuple

from exchange.domain.posting import Posting
from exchange.store.base import CREDIT, FeedbackChange, Purchase, Usage
from exchange.store.postgres.queries import Connection, Row, change, columns, fetch, insert, query
from exchange.store.postgres.tally import Count, Tally, Window, payers, window_of

_CLOCKS_APART_MS: Final = 3_600_000
"""How much earlier than its lead was submitted a sale may have been made, by two cores' clocks."""
_PAGE: Final = 500
_WINDOW: Final = Window._fields
_WIDTH: Final = len(_WINDOW)
_USAGE: Final = (*_WINDOW, *Count.__struct_fields__)
_HOLD: Final = ("lead_id", "campaign_id", "document")
_BUYER: Final = "buyer:"
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Purchase).decode


class Counting:
    """A tally of what the store has, and the way back into it."""

    def __init__(self, tally: Tally, kept: Container[Row]) -> None:
        """`kept` are the rows that the store has."""
        self.tally = tally
        self._kept = kept

    async def save(self, connection: Connection) -> None:
        """Keeps what has changed, and what is held."""
        stand = [(*window, *astuple(one)) for window, one in self.tally.counts.items()]
        if changed := [row for row in stand if row not in self._kept]:
            await change(connection, query("save_usage"), columns(changed, _USAGE))
        held = [(lead_id, one.campaign_id, _encode(one)) for lead_id, held in self.tally.holds.items() for one in held]
        await insert(connection, "holds", _HOLD, held)


async def counting(
    connection: Connection, purchases: Iterable[Purchase], owners: Iterable[str] = (), lead_ids: Sequence[str] = ()
) -> Counting:
    """How all stands that these count against, that these owners have, and that is held for these leads.

    The holds are out of the store until it is saved.
    """
    held: defaultdict[str, tuple[Purchase, ...]] = defaultdict(tuple)
    if lead_ids:
        for lead_id, document in await fetch(connection, query("take_holds"), {"lead_ids": list(lead_ids)}):
            held[lead_id] = (*held[lead_id], _decode(document))
    named = {window_of(quota) for one in purchases for quota in one.quotas}
    concerned = {*owners, *(window.owner for window in named)}
    concerned.update(quota.owner for several in held.values() for one in several for quota in one.quotas)
    kept: set[Row] = set()
    if concerned:
        kept.update(map(tuple, await fetch(connection, query("usage_of"), {"owners": sorted(concerned)})))
    counts = {Window(*row[:_WIDTH]): Count(*row[_WIDTH:]) for row in kept}
    if missing := sorted(named - counts.keys()):
        counts |= await _made(connection, missing)
    return Counting(Tally(counts, dict(held)), kept)


async def _made(connection: Connection, missing: Sequence[Window]) -> dict[Window, Count]:
    """Counts that the store does not have yet. Nothing is held of any: of what is held there are rows."""
    await change(connection, query("forget_usage"), columns(missing, _WINDOW))
    began_ms = min((one.from_ms for one in missing if one.period != CREDIT), default=0)
    return await _recounted(connection, missing, began_ms - _CLOCKS_APART_MS)


async def _recounted(connection: Connection, wanted: Sequence[Window], since_ms: int) -> dict[Window, Count]:
    """What sales that were made since a time come to in windows, and postings in credits."""
    found: dict[Window, Count] = {}
    if windows := [one for one in wanted if one.period != CREDIT]:
        values: dict[str, Any] = {**columns(windows, _WINDOW), "since_ms": since_ms}
        for row in await fetch(connection, query("bought_in_windows"), values):
            found[Window(*row[:_WIDTH])] = Count(*row[_WIDTH:])
    if accounts := {one.owner: one for one in wanted if one.period == CREDIT}:
        for account, owed in await fetch(connection, query("owed"), {"accounts": list(accounts)}):
            found[accounts[account]] = Count(0, owed)
    return found


async def note_booked(connection: Connection, postings: Iterable[Posting]) -> None:
    """Counts what was booked to buyers' accounts otherwise than by a settlement."""
    booked: defaultdict[str, int] = defaultdict(int)
    for one in postings:
        if one.account.startswith(_BUYER):
            booked[one.account] += one.amount_micros
    if booked:
        await change(connection, query("book_usage"), columns(list(booked.items()), ("owner", "micros")))


async def note_replaced(connection: Connection, decided: FeedbackChange) -> None:
    """Gives a sale back to the windows it counted in, when its return is approved and the lead to be replaced."""
    facts, now = decided.facts, decided.lead_return
    if now is None or not now.replaced or (facts.lead_return is not None and facts.lead_return.replaced):
        return
    values = {
        "owners": list(payers(facts.sale, test=facts.profile.test)),
        "price_micros": facts.sale.price_micros,
        "submitted_ms": facts.submitted_ms,
    }
    await change(connection, query("take_back_usage"), values)


async def usage_after(connection: Connection, place: int) -> tuple[list[Usage], int]:
    """What has changed since a place, a page of it at most, and up to where that goes."""
    found = await fetch(connection, query("usage_after"), {"after": place, "limit": _PAGE})
    return [Usage(*row[:-1]) for row in found], found[-1][-1] if found else place


async def miscounted(connection: Connection) -> list[str]:
    """Counts that are not what was sold or booked, and is held."""
    kept = {Window(*row[:_WIDTH]): Count(*row[_WIDTH:]) for row in await fetch(connection, query("usages"))}
    held = [_decode(document) for (document,) in await fetch(connection, query("holds"))]
    named = {window_of(quota) for one in held for quota in one.quotas}
    expected = await _recounted(connection, [*{*kept, *named}], since_ms=0)
    for one in held:
        for quota in one.quotas:
            expected[window_of(quota)].hold(1, one.price_micros)
    return [
        f"{' '.join(map(str, window))}: {_said(kept.get(window))}, not {_said(count)}"
        for window, count in sorted(expected.items(), key=itemgetter(0))
        if kept.get(window) != count
    ]


def _said(count: Count | None) -> str:
    return str(astuple(count)) if count else "nothing"
