"""Leads as their owners read them: lists by pages, acknowledgements and claims.

No page is found by reading the leads that it leaves out: filters stand in the indexes that lists are walked along. A
call looks at `_LEADS_LOOKED_AT` or `_SALES_LOOKED_AT` of them at most, and says where to go on.
"""

from collections.abc import Sequence
from typing import Any, Final

from exchange.domain import limits
from exchange.domain.auction import LeadRecord
from exchange.store.base import Claim, LeadPage, LeadQuery, SaleState
from exchange.store.postgres.auctions import leads_by_id
from exchange.store.postgres.connected import Connected
from exchange.store.postgres.queries import Connection, change, fetch, first, query, single
from exchange.store.postgres.writer import Transaction

_LEADS_LOOKED_AT: Final = 50_000
_SALES_LOOKED_AT: Final = 4_000  # each may need its lead looked at
_CLAIMS_LOOKED_AT: Final = 2_000  # in one write: others wait for it
_WINDOW_LEADS: Final = 100_000  # a day's at a large exchange; in a wider window no end is sought in advance
_END: Final = 2**63 - 1
# No more auctions are open at once, nor were at the last crash: among so many leads by their submission, or sales by
# their time, there is one that was committed before all later ones. Of each core.
_CORES: Final = 16
_OPEN_LEADS: Final = 2 * limits.MAX_OPEN_AUCTIONS * _CORES
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
        return await self._read(leads_by_id, lead_ids)

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
        answer: tuple[int, list[str]] = await self._outbox.write(_acknowledge_each, (buyer_id, lead_ids, now_ms))
        return answer

    async def claim(self, claim: Claim) -> list[str]:
        """See `RetrievalStore`. Each write looks at so many sales; while there are more, and none was free, another."""
        after = 0
        while True:
            claimed: list[str]
            claimed, after = await self._outbox.write(_claim_each, (claim, after))
            if claimed or not after:
                return claimed


async def page(connection: Connection, wanted: LeadQuery) -> LeadPage:
    """A page of leads with their sales."""
    found, next_after = await (_sales if wanted.buyer_id else _leads)(connection, wanted)
    placed = found[wanted.offset :][: wanted.limit]
    records = await leads_by_id(connection, [lead_id for _, lead_id in placed]) if placed else {}
    if len(found) > wanted.offset + wanted.limit:
        next_after, next_offset = placed[-1][0], 0
    else:  # nothing more, or what one call looks at was looked at
        next_offset = max(0, wanted.offset - len(found)) if next_after else 0
    return LeadPage([records[lead_id] for _, lead_id in placed], next_after, next_offset)


Placed = list[tuple[int, str]]
"""Place and lead."""


async def _leads(connection: Connection, wanted: LeadQuery) -> tuple[Placed, int]:
    """One lead more than the page may hold, and where the call stopped looking; 0 at the list's end."""
    after, last = await _submitted_between(connection, wanted)
    names = [name for name in _ON_LEADS if getattr(wanted, name)]
    own = _where(["source_id"] if wanted.source_id else [])
    values = _values(wanted, after)
    stopped = await _stopped(connection, "leads", own, values, _LEADS_LOOKED_AT) if names else 0
    last = min(last, stopped or _END)
    found = await fetch(connection, query("list_leads").format(where=_where(names)), values | {"last": last})
    return [(seq, lead_id) for seq, lead_id in found], stopped if stopped == last else 0


async def _submitted_between(connection: Connection, wanted: LeadQuery) -> tuple[int, int]:
    """After which place, and up to which, leads that were submitted in the query's window stand."""
    after, last, from_ms = wanted.after, _END, wanted.submitted_from_ms
    if from_ms:
        earliest = await single(connection, query("first_submitted"), {"from_ms": from_ms, "open": _OPEN_LEADS})
        after = max(after, _END - 1 if earliest is None else earliest - 1)
    if wanted.submitted_until_ms:
        window = {"from_ms": from_ms, "until_ms": wanted.submitted_until_ms, "most": _WINDOW_LEADS}
        row = await first(connection, query("last_submitted"), window)
        count, greatest = row or (0, None)
        if count < _WINDOW_LEADS:
            last = greatest or 0
    return after, last


async def _sales(connection: Connection, wanted: LeadQuery) -> tuple[Placed, int]:
    """As `_leads`, by places of the buyer's sales."""
    after = wanted.after
    if wanted.submitted_from_ms:
        # A lead is sold after it was submitted.
        since = {"from_ms": wanted.submitted_from_ms, "open": _OPEN_SALES}
        earliest = await single(connection, query("first_sold"), since)
        after = max(after, _END - 1 if earliest is None else earliest - 1)
    names = _sale_conditions(wanted.campaign_id, wanted.acknowledged)
    joined = [name for name in _ON_LEADS if getattr(wanted, name)]
    own = _where(["missing"] if wanted.acknowledged is False else [])
    values = _values(wanted, after)
    stopped = await _stopped(connection, "sales", own, values, _SALES_LOOKED_AT) if names or joined else 0
    statement = query("list_sales").format(join=_join(joined), where=_where(names + joined), lock="")
    found = await fetch(connection, statement, values | {"last": stopped or _END})
    return [(seq, lead_id) for seq, lead_id in found], stopped


def _sale_conditions(campaign_id: str, acknowledged: bool | None) -> list[str]:
    names = ["campaign_id"] if campaign_id else []
    if acknowledged is not None:
        names.append("given" if acknowledged else "missing")
    return names


def _where(names: Sequence[str]) -> str:
    return "".join(f"\n    AND {query(f'where_{name}')}" for name in names)


def _join(joined: Sequence[str]) -> str:
    return f"\n{query('join_leads')}" if joined else ""


def _values(wanted: LeadQuery, after: int) -> dict[str, Any]:
    values = {name: getattr(wanted, name) for name in (*_ON_LEADS, "buyer_id", "campaign_id")}
    return values | {"after": after, "limit": wanted.offset + wanted.limit + 1}


async def _stopped(connection: Connection, table: str, where: str, values: dict[str, Any], most: int) -> int:
    """The last place that this call looks at; 0 when it looks at all that there is."""
    statement = query(f"looked_at_{table}").format(where=where)
    return await single(connection, statement, values | {"most": most - 1}) or 0


async def _place(connection: Connection, lead_id: str, source_id: str, buyer_id: str) -> int | None:
    wanted = {"lead_id": lead_id, "source_id": source_id, "buyer_id": buyer_id}
    place: int | None = await single(connection, query("place_of_sale" if buyer_id else "place_of_lead"), wanted)
    return place


async def _arrivals(connection: Connection, source_id: str, buyer_id: str, limit: int) -> list[int]:
    name = "arrivals_of_buyer" if buyer_id else "arrivals_of_source" if source_id else "arrivals"
    wanted = {"source_id": source_id, "buyer_id": buyer_id, "limit": limit}
    return [at_ms for (at_ms,) in await fetch(connection, query(name), wanted)]


async def _sale_states(connection: Connection, lead_ids: Sequence[str]) -> dict[str, SaleState]:
    found = await fetch(connection, query("sale_states"), {"ids": lead_ids})
    return {
        sale_id: SaleState(acknowledged_ms, returned, awaits) for sale_id, acknowledged_ms, returned, awaits in found
    }


async def _acknowledge_each(
    transaction: Transaction, calls: Sequence[tuple[str, Sequence[str], int]]
) -> list[tuple[int, list[str]]]:
    return [await _acknowledge(transaction.connection, *call) for call in calls]


async def _acknowledge(
    connection: Connection, buyer_id: str, lead_ids: Sequence[str], now_ms: int
) -> tuple[int, list[str]]:
    values = {"buyer_id": buyer_id, "ids": lead_ids, "now_ms": now_ms}
    bought = {lead_id for (lead_id,) in await fetch(connection, query("bought_of"), values)}
    taken = await change(connection, query("acknowledge"), values)
    return taken, [lead_id for lead_id in dict.fromkeys(lead_ids) if lead_id not in bought]


async def _claim_each(transaction: Transaction, claims: Sequence[tuple[Claim, int]]) -> list[tuple[list[str], int]]:
    return [await _claim(transaction.connection, claim, after) for claim, after in claims]


async def _claim(connection: Connection, claim: Claim, after: int) -> tuple[list[str], int]:
    """Leads claimed, and where to go on when there were none; 0 at the end.

    Those that another core is about to claim are passed over.
    """
    names = [*_sale_conditions(claim.campaign_id, acknowledged=False), "unclaimed"]
    joined = ["vertical"] if claim.vertical else []
    values: dict[str, Any] = {name: getattr(claim, name) for name in ("buyer_id", "campaign_id", "vertical", "now_ms")}
    values |= {"after": after, "limit": claim.limit}
    stopped = await _stopped(connection, "sales", _where(["missing"]), values, _CLAIMS_LOOKED_AT)
    statement = query("list_sales").format(
        join=_join(joined), where=_where(names + joined), lock=f"\n{query('lock_sales')}"
    )
    found = await fetch(connection, statement, values | {"last": stopped or _END})
    claimed = {"until_ms": claim.until_ms, "sequences": [seq for seq, _ in found]}
    await change(connection, query("claim_sales"), claimed)
    return [lead_id for _, lead_id in found], stopped
