"""Consumers: what the store knows of them, by keyed hashes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from exchange.domain.auction import LeadRecord
from exchange.store.base import Consumer
from exchange.store.postgres.queries import Connection, change, columns, fetch, query

_CONSUMER: Final = ("key", "at_ms", "lead_id", "vertical")


class Sought(NamedTuple):
    """A consumer of whom is asked what is known since a moment."""

    keys: tuple[str, ...]
    since_ms: int


class _Seen(NamedTuple):
    """A lead about a consumer, and a buyer that bought it, if one did."""

    vertical: str
    at_ms: int
    buyer_id: str | None


async def known(connection: Connection, several: Sequence[Sought]) -> list[Consumer]:
    """What is known of each."""
    keys = list(dict.fromkeys(key for one in several for key in one.keys))
    wanted = {"keys": keys, "since_ms": min(one.since_ms for one in several)}
    seen: defaultdict[str, list[_Seen]] = defaultdict(list)
    for key, *row in await fetch(connection, query("consumers_seen"), wanted):
        seen[key].append(_Seen(*row))
    lists: defaultdict[str, list[str]] = defaultdict(list)
    for key, owner_id in await fetch(connection, query("consumers_suppressed"), wanted):
        lists[key].append(owner_id)
    return [
        _consumer(
            [lead for key in keys for lead in seen.get(key, ()) if lead.at_ms >= since_ms],
            frozenset(owner_id for key in keys for owner_id in lists.get(key, ())),
        )
        for keys, since_ms in several
    ]


def _consumer(leads: Iterable[_Seen], suppressed_by: frozenset[str]) -> Consumer:
    seen_ms: dict[str, int] = {}
    bought_ms: dict[str, int] = {}
    for vertical, at_ms, buyer_id in leads:
        seen_ms[vertical] = max(at_ms, seen_ms.get(vertical, 0))
        if buyer_id is not None:
            bought_ms[buyer_id] = max(at_ms, bought_ms.get(buyer_id, 0))
    return Consumer(seen_ms, bought_ms, suppressed_by)


async def insert_consumers(connection: Connection, kept: Sequence[tuple[LeadRecord, Sequence[str]]]) -> None:
    """Keeps whom leads are about; of one that was opened it may be known."""
    rows = [(key, record.submitted_ms, record.id, record.profile.vertical) for record, keys in kept for key in keys]
    if rows:
        await change(connection, query("insert_consumers"), columns(rows, _CONSUMER))
