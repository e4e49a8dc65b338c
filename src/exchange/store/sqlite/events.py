"""Events and their deliveries, written by whatever transaction makes them true; and events read again."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from exchange.domain.event import Delivery, Event
from exchange.store.base import EventQuery
from exchange.store.sqlite import rows
from exchange.store.sqlite.inserts import insert
from exchange.store.sqlite.queries import query

_DISORDER_MS: Final = 60_000  # how much later than it happened an event may have been committed, with room to spare


class EventLog:
    """Numbers events in commit order. Only the writer thread inserts."""

    def __init__(self) -> None:
        self._sequence = 0
        self.stirred = False
        """Whether a commit since it was last cleared held events or made deliveries due."""

    def load(self, connection: sqlite3.Connection) -> None:
        """Takes up the sequence where the store left it."""
        (self._sequence,) = connection.execute(query("last_event")).fetchone()

    def insert(self, connection: sqlite3.Connection, events: Sequence[Event], deliveries: Sequence[Delivery]) -> None:
        """Events and their deliveries, inside the open transaction."""
        if not events:
            return
        sequences: dict[str, int] = {}
        for event in events:
            self._sequence += 1
            sequences[event.id] = self._sequence
        self.stirred = True
        insert(connection, "insert_event", [rows.event_row(sequences[event.id], event) for event in events])
        insert(
            connection,
            "insert_delivery",
            [(one.id, sequences[one.event_id], one.endpoint_id, one.due_ms, one.lead_id) for one in deliveries],
        )

    def publish(
        self, connection: sqlite3.Connection, batches: Sequence[tuple[Sequence[Event], Sequence[Delivery]]]
    ) -> Sequence[None]:
        """Events that no other write brings."""
        for events, deliveries in batches:
            self.insert(connection, events, deliveries)
        return [None] * len(batches)


def find(connection: sqlite3.Connection, wanted: EventQuery) -> list[Event]:
    """Events in commit order."""
    after = wanted.after
    if wanted.from_ms:
        after = max(after, _sequence_before(connection, wanted.from_ms - _DISORDER_MS))
    parameters = {
        "after": after,
        "from_ms": wanted.from_ms,
        "owner": wanted.owner_id,
        "types": rows.text(wanted.types),
        "verticals": rows.text(wanted.verticals),
        "campaigns": rows.text(wanted.campaign_ids),
        "sources": rows.text(wanted.source_ids),
        "limit": wanted.limit,
    }
    return [rows.event(row) for row in connection.execute(query("events_after"), parameters)]


def _sequence_before(connection: sqlite3.Connection, at_ms: int) -> int:
    """The last sequence of an event that happened before a moment; by halving, since only sequences are indexed."""
    low, high = 0, last(connection)
    while low < high:
        middle = (low + high + 1) // 2
        row = connection.execute(query("event_at_or_before"), (middle,)).fetchone()
        if row is None or row[1] < at_ms:
            low = middle
        else:
            high = middle - 1
    return low


def last(connection: sqlite3.Connection) -> int:
    """The newest event's sequence."""
    (sequence,) = connection.execute(query("last_event")).fetchone()
    return int(sequence)


def by_sequence(connection: sqlite3.Connection, sequences: Sequence[int]) -> dict[int, Event]:
    """Events by sequence."""
    found = connection.execute(query("events_by_sequence"), (rows.text(sequences),))
    return {row[0]: rows.event(row) for row in found}
