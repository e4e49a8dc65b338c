"""Events and their deliveries, written by whatever transaction makes them true; and events read again."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from exchange.domain.event import Delivery, Event
from exchange.store.base import EventQuery
from exchange.store.postgres.queries import Connection, fetch, first, insert, query, single
from exchange.store.postgres.writer import Transaction
from exchange.store.sqlite import rows

_DISORDER_MS: Final = 60_000  # how much later than it happened an event may have been committed, with room to spare
_EVENT: Final = (
    "seq",
    "id",
    "type",
    "owner_id",
    "lead_id",
    "campaign_id",
    "occurred_ms",
    "data",
    "vertical",
    "source_id",
)
_DELIVERY: Final = ("id", "event_seq", "endpoint_id", "state", "attempts", "due_ms", "lease_id", "lead_id")


async def insert_events(transaction: Transaction, events: Sequence[Event], deliveries: Sequence[Delivery]) -> None:
    """Events and their deliveries, numbered as the transaction's writer does."""
    if not events:
        return
    connection = transaction.connection
    numbers = await fetch(connection, query("next_events"), {"count": len(events)})
    sequences = {event.id: number[0] for event, number in zip(events, numbers, strict=True)}
    transaction.stirred = True
    await insert(connection, "events", _EVENT, [rows.event_row(sequences[event.id], event) for event in events])
    due = [(one.id, sequences[one.event_id], one.endpoint_id, 1, 0, one.due_ms, "", one.lead_id) for one in deliveries]
    await insert(connection, "deliveries", _DELIVERY, due)


async def publish(
    transaction: Transaction, batches: Sequence[tuple[Sequence[Event], Sequence[Delivery]]]
) -> Sequence[None]:
    """Events that no other write brings."""
    for events, deliveries in batches:
        await insert_events(transaction, events, deliveries)
    return [None] * len(batches)


async def find(connection: Connection, wanted: EventQuery) -> list[Event]:
    """Events in commit order."""
    values: dict[str, Any] = msgspec.structs.asdict(wanted)
    if wanted.from_ms:
        before = await _sequence_before(connection, wanted.from_ms - _DISORDER_MS)
        values["after"] = max(wanted.after, before)
    # Only what narrows is said, so that the server need not plan for everything at once.
    names = [name for name, value in values.items() if value and name not in {"limit", "after"}]
    where = "".join(f"\n    AND {query(f'event_where_{name}')}" for name in names)
    return [
        rows.event(tuple(row)) for row in await fetch(connection, query("events_after").format(where=where), values)
    ]


async def _sequence_before(connection: Connection, at_ms: int) -> int:
    """The last sequence of an event that happened before a moment; by halving, since only sequences are indexed."""
    low, high = 0, await last(connection)
    while low < high:
        middle = (low + high + 1) // 2
        row = await first(connection, query("event_at_or_before"), {"seq": middle})
        if row is None or row[1] < at_ms:
            low = middle
        else:
            high = middle - 1
    return low


async def last(connection: Connection) -> int:
    """The newest event's sequence."""
    return int(await single(connection, query("last_event")))


async def by_sequence(connection: Connection, sequences: Sequence[int]) -> dict[int, Event]:
    """Events by sequence."""
    found = await fetch(connection, query("events_by_sequence"), {"sequences": sequences})
    return {row[0]: rows.event(tuple(row)) for row in found}
