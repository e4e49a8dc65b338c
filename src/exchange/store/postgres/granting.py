"""Which operations of a group commit are granted: in their order, each on what those before it left.

An operation is refused alone, without giving up the commit. What the tables' own uniqueness refuses is found later, and
then everything here is judged anew, in smaller groups.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from exchange.domain.auction import LeadRecord, Trace
from exchange.domain.errors import StoreError
from exchange.store.base import Purchase, SeenBefore, Settlement, Unseen, Usage
from exchange.store.postgres.queries import Connection, fetch, query
from exchange.store.postgres.tally import payers
from exchange.store.postgres.usage import counting

Key = tuple[str, str]
"""A consumer's, and a vertical."""


class Opening(NamedTuple):
    """A lead to be opened."""

    record: LeadRecord
    held: Sequence[Purchase]
    consumer: Unseen | None


class Note(NamedTuple):
    """A post of an open lead to be noted."""

    lead_id: str
    trace: Trace
    held: Sequence[Purchase]


class _Seen:
    """When consumers were last seen, in the store and in the group commit so far."""

    def __init__(self, last_ms: dict[Key, int]) -> None:
        self._last_ms = last_ms

    def before(self, record: LeadRecord, unseen: Unseen | None) -> SeenBefore | None:
        """What refuses a lead whose consumer was."""
        for key in unseen.keys if unseen else ():
            last_ms = self._last_ms.get((key, record.profile.vertical))
            if unseen and last_ms is not None and last_ms >= unseen.since_ms:
                return SeenBefore("another lead about the consumer came first")
        return None

    def add(self, record: LeadRecord, keys: Iterable[str]) -> None:
        """A lead about a consumer is kept."""
        for key in keys:
            place = key, record.profile.vertical
            self._last_ms[place] = max(record.submitted_ms, self._last_ms.get(place, 0))


async def openings(connection: Connection, several: Sequence[Opening]) -> list[StoreError | None]:
    """Counts what is held for leads to be opened, and answers with why those that are not granted are refused."""
    purchases = [one for opening in several for one in opening.held]
    if not purchases and not any(one.consumer for one in several):
        return [None] * len(several)
    seen = await _seen(connection, [(one.record, one.consumer) for one in several if one.consumer])
    counts = await counting(connection, purchases)
    results: list[StoreError | None] = []
    for record, held, consumer in several:
        result: StoreError | None = seen.before(record, consumer)
        if result is None:
            result = counts.tally.hold(record.id, held)
        if result is None and consumer is not None:
            seen.add(record, consumer.keys)
        results.append(result)
    await counts.save(connection)
    return results


async def notes(connection: Connection, several: Sequence[Note]) -> list[StoreError | None]:
    """Counts what is held for open leads instead of what was. For one that is decided nothing is held any more."""
    lead_ids = list({one.lead_id for one in several})
    counts = await counting(connection, [one for note in several for one in note.held], lead_ids=lead_ids)
    pending: set[str] = set()
    if any(one.held for one in several):
        pending.update(row[0] for row in await fetch(connection, query("leads_still_pending"), {"lead_ids": lead_ids}))
    results = [counts.tally.hold(one.lead_id, one.held if one.lead_id in pending else ()) for one in several]
    await counts.save(connection)
    return list(results)


async def settlements(connection: Connection, several: Sequence[Settlement]) -> list[StoreError | tuple[Usage, ...]]:
    """Counts what is sold instead of what was held, and answers with how its quotas stand, or why it is refused."""
    opened = [one.record.id for one in several if one.opened]
    owners = {
        owner
        for one in several
        for sale in one.record.outcome.sales
        for owner in payers(sale, test=one.record.profile.test)
    }
    purchases = [one for settlement in several for one in settlement.purchases]
    counts = await counting(connection, purchases, owners, opened)
    unseen = [(one.record, one.unseen) for one in several if one.unseen and not one.opened]
    seen = await _seen(connection, unseen)
    results: list[StoreError | tuple[Usage, ...]] = []
    for one in several:
        before = None if one.opened else seen.before(one.record, one.unseen)
        result = before or counts.tally.sell(one)
        if not isinstance(result, StoreError):
            seen.add(one.record, one.consumer_keys)
        results.append(result)
    await counts.save(connection)
    return results


async def _seen(connection: Connection, wanted: Sequence[tuple[LeadRecord, Unseen | None]]) -> _Seen:
    sought = [one for _, one in wanted if one is not None and one.keys]
    if not sought:
        return _Seen({})
    values: dict[str, Any] = {
        "keys": sorted({key for one in sought for key in one.keys}),
        "since_ms": min(one.since_ms for one in sought),
        "lead_ids": [record.id for record, _ in wanted],
    }
    found = await fetch(connection, query("last_seen"), values)
    return _Seen({(key, vertical): at_ms for key, vertical, at_ms in found})
