"""Leads, offers, settlements and consumers."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from exchange.domain.auction import LeadRecord, Offer, Sale, Trace
from exchange.domain.errors import StoreError
from exchange.domain.ids import lead_of
from exchange.store.base import Conflict, Consumer, Purchase, Settlement, Spent, Unseen, Usage
from exchange.store.postgres import granting
from exchange.store.postgres.connected import Connected
from exchange.store.postgres.consumers import Sought, insert_consumers, known
from exchange.store.postgres.events import insert_events
from exchange.store.postgres.granting import Note, Opening
from exchange.store.postgres.ledger import POSTING
from exchange.store.postgres.queries import (
    Connection,
    Row,
    change,
    change_each,
    columns,
    fetch,
    insert,
    query,
    text,
)
from exchange.store.postgres.together import Together
from exchange.store.postgres.writer import Transaction
from exchange.store.sqlite import rows

Nones = Sequence[None]
Request = tuple[str, str]
"""A source and what it calls a request."""

_LEAD: Final = (
    "id",
    "source_id",
    "request_id",
    "request_digest",
    "vertical",
    "state",
    "status",
    "reason",
    "submitted_ms",
    "decided_ms",
    "redirect_url",
    "profile",
    "sealed",
    "wrapped_key",
    "trace",
    "zip",
    "test",
)
_REDIRECT: Final = _LEAD.index("redirect_url")
_DECISION: Final = ("id", "status", "reason", "decided_ms", "redirect_url", "trace")
_SALE: Final = (
    "id",
    "lead_id",
    "slot",
    "campaign_id",
    "buyer_id",
    "price_micros",
    "payout_micros",
    "sold_ms",
    "reference",
    "shared",
)
_REFERENCE: Final = _SALE.index("reference")
_OFFER: Final = ("auction_id", "source_id", "request_id", "made_ms", "offer")


class AuctionPart(Connected):
    """`exchange.store.base.AuctionStore`, and suppression lists."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._requests = Together[Request, LeadRecord | Offer | None](partial(self._read, _by_requests))
        self._offers = Together[str, Offer | None](partial(self._read, _by_ids))
        self._consumers = Together[Sought, Consumer](partial(self._read, known))

    async def find_request(self, source_id: str, request_id: str) -> LeadRecord | Offer | None:
        """See `AuctionStore`. Asked of the database each time."""
        return await self._requests.find((source_id, request_id))

    async def open_lead(
        self, record: LeadRecord, held: Sequence[Purchase] = (), consumer: Unseen | None = None
    ) -> None:
        """See `AuctionStore`."""
        await self._books.write(_open_leads, Opening(record, held, consumer))

    async def note_post(self, lead_id: str, trace: Trace, held: Sequence[Purchase] = ()) -> None:
        """See `AuctionStore`."""
        await self._books.write(_note_posts, Note(lead_id, trace, held))

    async def settle(self, settlement: Settlement) -> tuple[Usage, ...]:
        """See `AuctionStore`."""
        used: tuple[Usage, ...] = await self._books.write(_settle, settlement)
        return used

    async def save_offer(self, offer: Offer) -> None:
        """See `AuctionStore`."""
        await self._books.write(_save_offers, offer)

    async def offer(self, auction_id: str) -> Offer | None:
        """See `AuctionStore`."""
        return await self._offers.find(auction_id)

    async def consumer(self, keys: Sequence[str], since_ms: int) -> Consumer:
        """See `AuctionStore`."""
        return await self._consumers.find(Sought(tuple(keys), since_ms)) if keys else Consumer()

    async def spent_since(self, since_ms: int) -> list[Spent]:
        """See `AuctionStore`."""
        return await self._read(_spent_since, since_ms)

    async def suppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """See `CatalogStore`."""
        added: int = await self._books.write(_suppress, (owner_id, keys))
        return added

    async def unsuppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """See `CatalogStore`."""
        removed: int = await self._books.write(_unsuppress, (owner_id, keys))
        return removed


def _lead_row(record: LeadRecord) -> Row:
    profile = record.profile
    row = list(rows.lead_row(0, record)[1:])
    row[_REDIRECT] = text(row[_REDIRECT])  # as a buyer gave it
    return (*row, str(profile.attributes.get("zip", "")), profile.test)


def _sale_row(slot: int, sale: Sale) -> Row:
    row = list(rows.sale_row(slot, sale))
    row[_REFERENCE] = text(row[_REFERENCE])
    return row


async def _open_leads(transaction: Transaction, openings: Sequence[Opening]) -> list[StoreError | None]:
    connection = transaction.connection
    results = await granting.openings(connection, openings)
    granted = [one for one, refused in zip(openings, results, strict=True) if refused is None]
    opened = [(*_lead_row(one.record), transaction.core_id) for one in granted]
    await insert(connection, "leads", (*_LEAD, "core_id"), opened)
    await insert_consumers(connection, [(one.record, one.consumer.keys) for one in granted if one.consumer])
    return results


async def _note_posts(transaction: Transaction, notes: Sequence[Note]) -> list[StoreError | None]:
    results = await granting.notes(transaction.connection, notes)
    noted = [
        {"id": one.lead_id, "trace": rows.encode_trace(one.trace)}
        for one, refused in zip(notes, results, strict=True)
        if refused is None
    ]
    await change_each(transaction.connection, query("note_post"), noted)
    return results


async def _settle(transaction: Transaction, settlements: Sequence[Settlement]) -> list[StoreError | tuple[Usage, ...]]:
    """Whole settlements, table by table; of those that are refused, nothing."""
    connection = transaction.connection
    results = await granting.settlements(connection, settlements)
    settled = [one for one, result in zip(settlements, results, strict=True) if not isinstance(result, StoreError)]
    opened = [_decision(one.record) for one in settled if one.opened]
    if opened and await change(connection, query("decide_leads"), columns(opened, _DECISION)) != len(opened):
        raise Conflict("the lead was decided before")
    await insert(connection, "leads", _LEAD, [_lead_row(one.record) for one in settled if not one.opened])
    sold = [_sale_row(slot, sale) for one in settled for slot, sale in enumerate(one.record.outcome.sales)]
    await insert(connection, "sales", _SALE, sold)
    booked = [rows.posting_row(posting) for one in settled for posting in one.postings]
    await insert(connection, "postings", POSTING, booked)
    await insert_events(
        transaction,
        [event for one in settled for event in one.events],
        [delivery for one in settled for delivery in one.deliveries],
    )
    await insert_consumers(connection, [(one.record, one.consumer_keys) for one in settled])
    return results


def _decision(record: LeadRecord) -> Row:
    outcome = record.outcome
    trace = rows.encode_trace(record.trace)
    return (record.id, outcome.status, outcome.reason, record.decided_ms, outcome.redirect_url, trace)


async def _save_offers(transaction: Transaction, offers: Sequence[Offer]) -> Nones:
    await insert(transaction.connection, "offers", _OFFER, list(map(rows.offer_row, offers)))
    return [None] * len(offers)


OwnedKeys = tuple[str, Sequence[str]]
"""Whose list, and keys of consumers."""


async def _suppress(transaction: Transaction, additions: Sequence[OwnedKeys]) -> list[int]:
    return [await _change_list(transaction, "add_suppressions", *one) for one in additions]


async def _unsuppress(transaction: Transaction, removals: Sequence[OwnedKeys]) -> list[int]:
    return [await _change_list(transaction, "remove_suppressions", *one) for one in removals]


async def _change_list(transaction: Transaction, statement: str, owner_id: str, keys: Sequence[str]) -> int:
    return await change(transaction.connection, query(statement), {"owner_id": owner_id, "keys": keys})


async def sales_of(connection: Connection, lead_ids: Sequence[str]) -> dict[str, tuple[Sale, ...]]:
    """The sales of leads, by lead."""
    by_lead: dict[str, tuple[Sale, ...]] = {}
    for row in await fetch(connection, query("sales_by_leads"), {"ids": lead_ids}):
        sale = rows.sale(tuple(row))
        by_lead[sale.lead_id] = (*by_lead.get(sale.lead_id, ()), sale)
    return by_lead


async def leads_by_id(connection: Connection, lead_ids: Sequence[str]) -> dict[str, LeadRecord]:
    """Leads with their sales, by id."""
    found = await fetch(connection, query("leads_by_id"), {"ids": lead_ids})
    sold = await sales_of(connection, [row[1] for row in found]) if found else {}
    return {row[1]: rows.lead(tuple(row), sold.get(row[1], ())) for row in found}


async def _by_requests(connection: Connection, wanted: Sequence[Request]) -> list[LeadRecord | Offer | None]:
    values = columns(wanted, ("sources", "requests"))
    found: dict[Request, LeadRecord | Offer] = {}
    for source_id, request_id, document in await fetch(connection, query("offers_by_request"), values):
        found[source_id, request_id] = rows.offer(document)
    leads = await fetch(connection, query("leads_by_request"), values)
    sold = await sales_of(connection, [row[1] for row in leads]) if leads else {}
    for row in leads:
        found[row[13], row[2]] = rows.lead(tuple(row), sold.get(row[1], ()))
    return [found.get(one) for one in wanted]


async def _by_ids(connection: Connection, auction_ids: Sequence[str]) -> list[Offer | None]:
    values = {"auction_ids": auction_ids, "lead_ids": list(map(lead_of, auction_ids))}
    found = {
        auction_id: rows.offer(document, used=used)
        for auction_id, document, used in await fetch(connection, query("offers_by_id"), values)
    }
    return list(map(found.get, auction_ids))


async def _spent_since(connection: Connection, since_ms: int) -> list[Spent]:
    return [Spent(*row) for row in await fetch(connection, query("spent_since"), {"since_ms": since_ms})]
