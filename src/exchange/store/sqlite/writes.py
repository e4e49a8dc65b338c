"""What the writer thread does inside a transaction: one handler a kind of write, each taking a whole group."""

import sqlite3
from collections.abc import Sequence

from exchange.domain.auction import LeadRecord, Offer, Trace
from exchange.domain.posting import Adjustment, Posting
from exchange.domain.principal import ApiKey
from exchange.store.base import Conflict, Settlement
from exchange.store.sqlite import rows
from exchange.store.sqlite.events import EventLog
from exchange.store.sqlite.inserts import insert
from exchange.store.sqlite.queries import query

Nones = Sequence[None]


class Writes:
    """The handlers, and the sequence of leads, which only the writer thread touches."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lead_sequence = 0

    def load(self, connection: sqlite3.Connection) -> None:
        """Takes up the sequence where the store left it."""
        (self._lead_sequence,) = connection.execute(query("last_lead")).fetchone()

    def _next_lead(self) -> int:
        self._lead_sequence += 1
        return self._lead_sequence

    def open_leads(self, connection: sqlite3.Connection, records: Sequence[LeadRecord]) -> Nones:
        """Pending leads."""
        insert(connection, "insert_lead", [rows.lead_row(self._next_lead(), record) for record in records])
        return [None] * len(records)

    def note_posts(self, connection: sqlite3.Connection, notes: Sequence[tuple[str, Trace]]) -> Nones:
        """Traces of open leads."""
        connection.executemany(query("note_post"), [(rows.encode_trace(trace), lead_id) for lead_id, trace in notes])
        return [None] * len(notes)

    def settle(self, connection: sqlite3.Connection, settlements: Sequence[Settlement]) -> Nones:
        """Whole settlements, table by table."""
        opened = [_decision(self._next_lead(), one.record) for one in settlements if one.opened]
        changed = connection.executemany(query("decide_lead"), opened).rowcount if opened else 0
        if changed != len(opened):
            raise Conflict("the lead was decided before")
        insert(
            connection,
            "insert_lead",
            [rows.lead_row(self._next_lead(), one.record) for one in settlements if not one.opened],
        )
        insert(
            connection,
            "insert_sale",
            [rows.sale_row(slot, sale) for one in settlements for slot, sale in enumerate(one.record.outcome.sales)],
        )
        insert(
            connection,
            "insert_posting",
            [rows.posting_row(posting) for one in settlements for posting in one.postings],
        )
        self._log.insert(
            connection,
            [event for one in settlements for event in one.events],
            [delivery for one in settlements for delivery in one.deliveries],
        )
        consumers = [
            (key, one.record.submitted_ms, one.record.id, one.record.profile.vertical)
            for one in settlements
            for key in one.consumer_keys
        ]
        if consumers:
            insert(connection, "insert_consumer", consumers)
        return [None] * len(settlements)


def save_offers(connection: sqlite3.Connection, offers: Sequence[Offer]) -> Nones:
    """Answers to pings."""
    insert(connection, "insert_offer", [rows.offer_row(offer) for offer in offers])
    return [None] * len(offers)


def save_keys(connection: sqlite3.Connection, keys: Sequence[ApiKey]) -> Nones:
    """API keys."""
    connection.executemany(query("save_key"), [(key.id, rows.encode(key)) for key in keys])
    return [None] * len(keys)


def save_settings(connection: sqlite3.Connection, settings: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """What the core keeps for itself, each once; as it stands."""
    connection.executemany(query("save_setting"), settings)
    return [connection.execute(query("setting"), (name,)).fetchone()[0] for name, _ in settings]


OwnedKeys = tuple[str, Sequence[str]]
"""Whose list, and keys of consumers."""


def suppress(connection: sqlite3.Connection, additions: Sequence[OwnedKeys]) -> list[int]:
    """Consumers put on lists; how many keys were new to each."""
    return [_change_list(connection, "add_suppression", addition) for addition in additions]


def unsuppress(connection: sqlite3.Connection, removals: Sequence[OwnedKeys]) -> list[int]:
    """Consumers taken off lists; how many keys were on each."""
    return [_change_list(connection, "remove_suppression", removal) for removal in removals]


def _change_list(connection: sqlite3.Connection, statement: str, change: OwnedKeys) -> int:
    owner_id, keys = change
    return connection.executemany(query(statement), [(key, owner_id) for key in keys]).rowcount


def adjust(
    connection: sqlite3.Connection, adjustments: Sequence[tuple[Adjustment, Sequence[Posting]]]
) -> list[Adjustment]:
    """Adjustments; one whose request id was used before changes nothing and is answered with the first."""
    return [_adjust(connection, adjustment, postings) for adjustment, postings in adjustments]


def _adjust(connection: sqlite3.Connection, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
    known = connection.execute(query("adjustment_by_request"), (adjustment.request_id,)).fetchone()
    if known is not None:
        return rows.adjustment(known[0])
    row = (adjustment.request_id, adjustment.transaction_id, rows.encode(adjustment))
    connection.execute(query("insert_adjustment"), row)
    connection.executemany(query("insert_posting"), [rows.posting_row(posting) for posting in postings])
    return adjustment


def _decision(sequence: int, record: LeadRecord) -> rows.Row:
    outcome = record.outcome
    return (
        sequence,
        outcome.status,
        outcome.reason,
        record.decided_ms,
        outcome.redirect_url,
        rows.encode_trace(record.trace),
        record.id,
    )
