"""Leads as their owners read them: lists by pages, acknowledgements and claims.

No page is found by reading the leads that it leaves out: filters stand in the indexes that lists are walked along. A
call looks at `_LEADS_LOOKED_AT` or `_SALES_LOOKED_AT` of them at most, and says where to go on.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from exchange.domain import limits
from exchange.domain.auction import LeadRecord
from exchange.store.base import Claim, LeadPage, LeadQuery, SaleState
from exchange.store.sqlite import reads
from exchange.store.sqlite.connected import Connected
from exchange.store.sqlite.queries import query

_LEADS_LOOKED_AT: Final = 50_000  # some 10 ms along an index
_SALES_LOOKED_AT: Final = 4_000  # each may need its lead looked at: some 30 ms
_CLAIMS_LOOKED_AT: Final = 2_000  # in one write: others wait for it
_WINDOW_LEADS: Final = 100_000  # a day's at a large exchange; in a wider window no end is sought in advance
_END: Final = 2**63 - 1
# No more auctions are open at once, nor were at the last crash: among so many leads by their submission, or sales by
# their time, there is one that was committed before all later ones.
_OPEN_LEADS: Final = 2 * limits.MAX_OPEN_AUCTIONS
_OPEN_SALES: Final = _OPEN_LEADS * limits.MAX_SHARED_BUYERS
_ON_LEADS: Final = (
    "source_id",
    "vertical",
    "state",
    "zip_prefix",
    "status",
    "submitted_from_ms",
    "submitted_until_ms",
)


class RetrievalPart(Connected):
    """`exchange.store.base.RetrievalStore`."""

    async def lead(self, lead_id: str) -> LeadRecord | None:
        """See `RetrievalStore`."""
        return (await self.leads_by_id([lead_id])).get(lead_id)

    async def leads(self, query: LeadQuery) -> LeadPage:
        """See `RetrievalStore`."""
        return await self._read(page, query)

    async def leads_by_id(self, lead_ids: Sequence[str]) -> dict[str, LeadRecord]:
        """See `RetrievalStore`."""
        return await self._read(reads.leads_by_id, lead_ids)

    async def place(self, lead_id: str, source_id: str, buyer_id: str) -> int | None:
        """See `RetrievalStore`."""
        return await self._read(_place, lead_id, source_id, buyer_id)

    async def arrivals(self, source_id: str, buyer_id: str, limit: int) -> list[int]:
        """See `RetrievalStore`."""
        return await self._read(_arrivals, source_id, buyer_id, limit)

    async def sale_states(self, lead_ids: Sequence[str]) -> dict[str, SaleState]:
        """See `RetrievalStore`."""
        return await self._read(_sale_states, lead_ids)

    async def acknowledge(self, buyer_id: str, lead_ids: Sequence[str], now_ms: int) -> tuple[int, list[str]]:
        """See `RetrievalStore`."""
        answer: tuple[int, list[str]] = await self._writer.write(_acknowledge_each, (buyer_id, lead_ids, now_ms))
        return answer

    async def claim(self, claim: Claim) -> list[str]:
        """See `RetrievalStore`. Each write looks at so many sales; while there are more, and none was free, another."""
        after = 0
        while True:
            claimed: list[str]
            claimed, after = await self._writer.write(_claim_each, (claim, after))
            if claimed or not after:
                return claimed


def page(connection: sqlite3.Connection, wanted: LeadQuery) -> LeadPage:
    """A page of leads with their sales."""
    found, next_after = (_sales if wanted.buyer_id else _leads)(connection, wanted)
    placed = found[wanted.offset :][: wanted.limit]
    records = reads.leads_by_id(connection, [lead_id for _, lead_id in placed])
    if len(found) > wanted.offset + wanted.limit:
        next_after, next_offset = placed[-1][0], 0
    else:  # nothing more, or what one call looks at was looked at
        next_offset = max(0, wanted.offset - len(found)) if next_after else 0
    return LeadPage([records[lead_id] for _, lead_id in placed], next_after, next_offset)


Placed = list[tuple[int, str]]
"""Place and lead."""


def _leads(connection: sqlite3.Connection, wanted: LeadQuery) -> tuple[Placed, int]:
    """One lead more than the page may hold, and where the call stopped looking; 0 at the list's end."""
    after, last = _submitted_between(connection, wanted)
    index = "leads_source" if wanted.source_id else "leads_listed"
    names = [name for name in _ON_LEADS if getattr(wanted, name)]
    own = _where(["source_id"] if wanted.source_id else [])
    values = _values(wanted, after)
    stopped = _stopped(connection, "leads", index, own, values, _LEADS_LOOKED_AT) if names else 0
    last = min(last, stopped or _END)
    statement = query("list_leads").format(index=index, where=_where(names))
    found = connection.execute(statement, values | {"last": last}).fetchall()
    return found, stopped if stopped == last else 0


def _submitted_between(connection: sqlite3.Connection, wanted: LeadQuery) -> tuple[int, int]:
    """After which place, and up to which, leads that were submitted in the query's window stand."""
    after, last, from_ms = wanted.after, _END, wanted.submitted_from_ms
    if from_ms:
        (first,) = connection.execute(query("first_submitted"), {"from_ms": from_ms, "open": _OPEN_LEADS}).fetchone()
        after = max(after, _END - 1 if first is None else first - 1)
    if wanted.submitted_until_ms:
        window = {"from_ms": from_ms, "until_ms": wanted.submitted_until_ms, "most": _WINDOW_LEADS}
        count, greatest = connection.execute(query("last_submitted"), window).fetchone()
        if count < _WINDOW_LEADS:
            last = greatest or 0
    return after, last


def _sales(connection: sqlite3.Connection, wanted: LeadQuery) -> tuple[Placed, int]:
    """As `_leads`, by places of the buyer's sales."""
    after = wanted.after
    if wanted.submitted_from_ms:
        # A lead is sold after it was submitted.
        since = {"from_ms": wanted.submitted_from_ms, "open": _OPEN_SALES}
        (first,) = connection.execute(query("first_sold"), since).fetchone()
        after = max(after, _END - 1 if first is None else first - 1)
    names = _sale_conditions(wanted.campaign_id, wanted.acknowledged)
    joined = [name for name in _ON_LEADS if getattr(wanted, name)]
    index = "sales_untaken" if wanted.acknowledged is False else "sales_buyer"
    own = _where(["missing"] if wanted.acknowledged is False else [])
    values = _values(wanted, after)
    stopped = _stopped(connection, "sales", index, own, values, _SALES_LOOKED_AT) if names or joined else 0
    join = f"\n{query('join_leads')}" if joined else ""
    statement = query("list_sales").format(index=index, join=join, where=_where(names + joined))
    found = connection.execute(statement, values | {"last": stopped or _END}).fetchall()
    return found, stopped


def _sale_conditions(campaign_id: str, acknowledged: bool | None) -> list[str]:
    names = ["campaign_id"] if campaign_id else []
    if acknowledged is not None:
        names.append("given" if acknowledged else "missing")
    return names


def _where(names: Sequence[str]) -> str:
    return "".join(f"\n    AND {query(f'where_{name}')}" for name in names)


def _values(wanted: LeadQuery, after: int) -> dict[str, Any]:
    values = {name: getattr(wanted, name) for name in (*_ON_LEADS, "buyer_id", "campaign_id")}
    return values | {"after": after, "limit": wanted.offset + wanted.limit + 1}


def _stopped(
    connection: sqlite3.Connection, table: str, index: str, where: str, values: dict[str, Any], most: int
) -> int:
    """The last place that this call looks at; 0 when it looks at all that there is."""
    statement = query(f"looked_at_{table}").format(index=index, where=where)
    row = connection.execute(statement, values | {"most": most - 1}).fetchone()
    return row[0] if row else 0


def _place(connection: sqlite3.Connection, lead_id: str, source_id: str, buyer_id: str) -> int | None:
    name = "place_of_sale" if buyer_id else "place_of_lead"
    wanted = {"lead_id": lead_id, "source_id": source_id, "buyer_id": buyer_id}
    row = connection.execute(query(name), wanted).fetchone()
    return row[0] if row else None


def _arrivals(connection: sqlite3.Connection, source_id: str, buyer_id: str, limit: int) -> list[int]:
    name = "arrivals_of_buyer" if buyer_id else "arrivals_of_source" if source_id else "arrivals"
    wanted = {"source_id": source_id, "buyer_id": buyer_id, "limit": limit}
    return [at_ms for (at_ms,) in connection.execute(query(name), wanted)]


def _sale_states(connection: sqlite3.Connection, lead_ids: Sequence[str]) -> dict[str, SaleState]:
    found = connection.execute(query("sale_states"), (json.dumps(list(lead_ids)),))
    return {
        sale_id: SaleState(acknowledged_ms, bool(returned), bool(awaits))
        for sale_id, acknowledged_ms, returned, awaits in found
    }


def _acknowledge_each(
    connection: sqlite3.Connection, calls: Sequence[tuple[str, Sequence[str], int]]
) -> list[tuple[int, list[str]]]:
    return [_acknowledge(connection, *call) for call in calls]


def _acknowledge(
    connection: sqlite3.Connection, buyer_id: str, lead_ids: Sequence[str], now_ms: int
) -> tuple[int, list[str]]:
    bought = {one for (one,) in connection.execute(query("bought_of"), (buyer_id, json.dumps(list(lead_ids))))}
    statement = query("acknowledge")
    taken = sum(connection.execute(statement, (now_ms, lead_id, buyer_id)).rowcount for lead_id in sorted(bought))
    return taken, [lead_id for lead_id in dict.fromkeys(lead_ids) if lead_id not in bought]


def _claim_each(connection: sqlite3.Connection, claims: Sequence[tuple[Claim, int]]) -> list[tuple[list[str], int]]:
    return [_claim(connection, claim, after) for claim, after in claims]


def _claim(connection: sqlite3.Connection, claim: Claim, after: int) -> tuple[list[str], int]:
    """Leads claimed, and where to go on when there were none; 0 at the end."""
    names = [*_sale_conditions(claim.campaign_id, acknowledged=False), "unclaimed"]
    joined = ["vertical"] if claim.vertical else []
    values: dict[str, Any] = {name: getattr(claim, name) for name in ("buyer_id", "campaign_id", "vertical", "now_ms")}
    values |= {"after": after, "limit": claim.limit}
    stopped = _stopped(connection, "sales", "sales_untaken", _where(["missing"]), values, _CLAIMS_LOOKED_AT)
    join = f"\n{query('join_leads')}" if joined else ""
    statement = query("list_sales").format(index="sales_untaken", join=join, where=_where(names + joined))
    found = connection.execute(statement, values | {"last": stopped or _END}).fetchall()
    connection.executemany(query("claim_sale"), [(claim.until_ms, sequence) for sequence, _ in found])
    return [lead_id for _, lead_id in found], stopped
