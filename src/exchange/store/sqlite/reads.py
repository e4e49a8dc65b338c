"""What the reader threads do: each function takes a connection and answers with domain values."""

import json
import sqlite3
from collections.abc import Sequence

from exchange.domain.auction import LeadRecord, Offer, Sale
from exchange.domain.event import Delivery, Event
from exchange.store.base import CatalogItem, Consumer, LeadPage, LeadQuery, Snapshot, Spent
from exchange.store.sqlite import rows
from exchange.store.sqlite.queries import query
from exchange.store.sqlite.seen import Seen


def snapshot(connection: sqlite3.Connection) -> Snapshot:
    """What a core loads when it starts."""
    return Snapshot(
        catalog(connection),
        [rows.key(document) for (document,) in connection.execute(query("keys"))],
        [rows.lead(row) for row in connection.execute(query("leads_pending"))],
        dict(connection.execute(query("settings"))),
    )


def catalog(connection: sqlite3.Connection) -> list[CatalogItem]:
    """Every item of the catalogue."""
    return [rows.item(kind, document) for kind, document in connection.execute(query("catalog"))]


def by_requests(connection: sqlite3.Connection, wanted: str) -> dict[tuple[str, str], LeadRecord | Offer]:
    """Leads and offers by `[[source, request], …]` in JSON."""
    found: dict[tuple[str, str], LeadRecord | Offer] = {}
    for source_id, request_id, document in connection.execute(query("offers_by_request"), (wanted,)):
        found[source_id, request_id] = rows.offer(document)
    leads = connection.execute(query("leads_by_request"), (wanted,)).fetchall()
    sold = sales(connection, [row[1] for row in leads]) if leads else {}
    for row in leads:
        found[row[13], row[2]] = rows.lead(row, sold.get(row[1], ()))
    return found


def seen(connection: sqlite3.Connection) -> tuple[Seen, Seen]:
    """Every request and every consumer that the store holds."""
    requests, consumers = Seen(), Seen()
    for name in ("requests_of_leads", "requests_of_offers"):
        requests.add("/".join(row) for row in connection.execute(query(name)))
    consumers.add(key for (key,) in connection.execute(query("consumer_keys")))
    return requests, consumers


def consumer(connection: sqlite3.Connection, keys: Sequence[str], since_ms: int) -> Consumer:
    """What is known of a consumer."""
    wanted = json.dumps(list(keys))
    seen_ms: dict[str, int] = {}
    bought_ms: dict[str, int] = {}
    for vertical, at_ms, buyer_id in connection.execute(query("consumer_seen"), (wanted, since_ms)):
        seen_ms[vertical] = max(at_ms, seen_ms.get(vertical, 0))
        if buyer_id is not None:
            bought_ms[buyer_id] = max(at_ms, bought_ms.get(buyer_id, 0))
    suppressed = connection.execute(query("consumer_suppressed"), (wanted,))
    return Consumer(seen_ms, bought_ms, frozenset(owner_id for (owner_id,) in suppressed))


def balances(connection: sqlite3.Connection) -> dict[str, int]:
    """What each account stands at."""
    return dict(connection.execute(query("balances")))


def balance(connection: sqlite3.Connection, account: str) -> int:
    """What one account stands at."""
    (micros,) = connection.execute(query("balance"), (account,)).fetchone()
    return int(micros)


def sales(connection: sqlite3.Connection, lead_ids: Sequence[str]) -> dict[str, tuple[Sale, ...]]:
    """The sales of leads, by lead."""
    by_lead: dict[str, tuple[Sale, ...]] = {}
    for row in connection.execute(query("sales_by_leads"), (json.dumps(list(lead_ids)),)):
        sale = rows.sale(row)
        by_lead[sale.lead_id] = (*by_lead.get(sale.lead_id, ()), sale)
    return by_lead


def offer(connection: sqlite3.Connection, auction_id: str, lead_id: str) -> Offer | None:
    """An offer, and whether it was used."""
    row = connection.execute(query("offer_by_id"), (lead_id, auction_id)).fetchone()
    return rows.offer(row[0], used=bool(row[1])) if row else None


def leads_by_id(connection: sqlite3.Connection, lead_ids: Sequence[str]) -> dict[str, LeadRecord]:
    """Leads with their sales, by id."""
    found = connection.execute(query("leads_by_id"), (json.dumps(list(lead_ids)),)).fetchall()
    sold = sales(connection, [row[1] for row in found]) if found else {}
    return {row[1]: rows.lead(row, sold.get(row[1], ())) for row in found}


def leads(connection: sqlite3.Connection, wanted: LeadQuery) -> LeadPage:
    """A page of leads with their sales; one row more is read to know whether the page is the last."""
    found = connection.execute(
        query("leads_page_of_buyer" if wanted.buyer_id else "leads_page"),
        {
            "after": wanted.after,
            "limit": wanted.limit + 1,
            "source_id": wanted.source_id,
            "buyer_id": wanted.buyer_id,
            "vertical": wanted.vertical,
            "state": wanted.state,
            "status": wanted.status or 0,
            "submitted_from_ms": wanted.submitted_from_ms,
            "submitted_until_ms": wanted.submitted_until_ms,
        },
    ).fetchall()
    page = found[: wanted.limit]
    sold = sales(connection, [row[1] for row in page])
    records = [rows.lead(row, sold.get(row[1], ())) for row in page]
    return LeadPage(records, page[-1][0] if len(found) > wanted.limit else 0)


def spent_since(connection: sqlite3.Connection, since_ms: int) -> list[Spent]:
    """What campaigns bought since a moment, by quarters of an hour."""
    return [Spent(*row) for row in connection.execute(query("spent_since"), (since_ms,))]


def events(connection: sqlite3.Connection, after: int, owner_id: str, types: Sequence[str], limit: int) -> list[Event]:
    """Events in commit order."""
    wanted = {"after": after, "owner": owner_id, "types": json.dumps(list(types)), "limit": limit}
    return [rows.event(row) for row in connection.execute(query("events_after"), wanted)]


def last_event(connection: sqlite3.Connection) -> int:
    """The newest event's sequence."""
    (sequence,) = connection.execute(query("last_event")).fetchone()
    return int(sequence)


def deliveries(connection: sqlite3.Connection, delivery_ids: Sequence[str]) -> dict[str, Delivery]:
    """Deliveries by id."""
    found = connection.execute(query("deliveries_by_id"), (json.dumps(list(delivery_ids)),))
    return {row[0]: Delivery(*row) for row in found}


def next_due(connection: sqlite3.Connection) -> int | None:
    """When the next delivery falls due."""
    (due_ms,) = connection.execute(query("next_due")).fetchone()
    return None if due_ms is None else int(due_ms)
