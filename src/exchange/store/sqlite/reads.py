"""What the reader threads do: each function takes a connection and answers with domain values."""

import json
import sqlite3
from collections.abc import Sequence

from exchange.domain.auction import LeadRecord, Offer, Sale
from exchange.store.base import CatalogItem, Consumer, Snapshot, Spent
from exchange.store.sqlite import outbox, rows
from exchange.store.sqlite.queries import query
from exchange.store.sqlite.seen import Seen


def snapshot(connection: sqlite3.Connection) -> Snapshot:
    """What a core loads when it starts."""
    return Snapshot(
        catalog(connection),
        [rows.key(document) for (document,) in connection.execute(query("keys"))],
        [rows.lead(row) for row in connection.execute(query("leads_pending"))],
        dict(connection.execute(query("settings"))),
        outbox.healths(connection),
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


def spent_since(connection: sqlite3.Connection, since_ms: int) -> list[Spent]:
    """What campaigns bought since a moment, by quarters of an hour."""
    return [Spent(*row) for row in connection.execute(query("spent_since"), (since_ms,))]
