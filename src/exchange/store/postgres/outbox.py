"""The outbox: what came of deliveries, and looking them up."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from exchange.domain import limits
from exchange.domain.endpoint import EndpointFigures, EndpointHealth
from exchange.domain.event import Attempt, Delivery, DeliveryState, Event
from exchange.store.base import DeliveryQuery, EventQuery, LeasedDelivery, LeaseRequest, Reported
from exchange.store.postgres import events as event_log
from exchange.store.postgres.connected import Connected
from exchange.store.postgres.leasing import lease_each
from exchange.store.postgres.queries import Connection, Row, change, change_each, columns, fetch, first, query, single
from exchange.store.postgres.writer import Transaction
from exchange.store.sqlite import rows

_VERDICT: Final = ("id", "lease_id", "state", "due_ms", "attempts", "reason", "fallback")
_health: Final = msgspec.json.Decoder(EndpointHealth).decode


class OutboxPart(Connected):
    """`exchange.store.base.OutboxStore`."""

    async def events(self, query: EventQuery) -> list[Event]:
        """See `OutboxStore`."""
        return await self._read(event_log.find, query)

    async def last_event(self) -> int:
        """See `OutboxStore`."""
        return await self._read(event_log.last)

    async def publish(self, events: Sequence[Event], deliveries: Sequence[Delivery]) -> None:
        """See `OutboxStore`."""
        await self._books.write(event_log.publish, (events, deliveries))

    async def lease(self, request: LeaseRequest) -> list[LeasedDelivery]:
        """See `OutboxStore`."""
        leased: list[LeasedDelivery] = await self._outbox.write(lease_each, request)
        return leased

    async def report(self, report: Reported) -> int:
        """See `OutboxStore`."""
        writer = self._books if report.events else self._outbox  # events are numbered
        taken: int = await writer.write(_report_each, report)
        return taken

    async def deliveries(self, delivery_ids: Sequence[str]) -> dict[str, LeasedDelivery]:
        """See `OutboxStore`."""
        return await self._read(_by_id, delivery_ids)

    async def delivery_page(self, query: DeliveryQuery) -> list[LeasedDelivery]:
        """See `OutboxStore`."""
        return await self._read(_page, query)

    async def attempts(self, delivery_id: str) -> list[Attempt]:
        """See `OutboxStore`."""
        return await self._read(_attempts, delivery_id)

    async def redrive(self, query: DeliveryQuery, now_ms: int) -> int:
        """See `OutboxStore`."""
        found = await self._read(_page, query)
        return await self.redrive_ids([one.delivery.id for one in found], now_ms)

    async def redrive_ids(self, delivery_ids: Sequence[str], now_ms: int) -> int:
        """See `OutboxStore`."""
        redriven: int = await self._outbox.write(_redrive_each, {"ids": delivery_ids, "now_ms": now_ms})
        return redriven

    async def discard(self, delivery_ids: Sequence[str], reason: str, now_ms: int) -> int:
        """See `OutboxStore`."""
        wanted = {"ids": delivery_ids, "reason": reason, "now_ms": now_ms}
        discarded: int = await self._outbox.write(_discard_each, wanted)
        return discarded

    async def figures(self, endpoint_id: str, since_ms: int) -> EndpointFigures:
        """See `OutboxStore`."""
        return await self._read(_figures, endpoint_id, since_ms)

    async def next_due(self) -> int | None:
        """See `OutboxStore`."""
        return await self._read(_next_due)


async def healths(connection: Connection) -> list[EndpointHealth]:
    """How endpoints fare."""
    return [_health(document) for (document,) in await fetch(connection, query("healths"))]


async def _report_each(transaction: Transaction, reports: Sequence[Reported]) -> list[int]:
    return [await _report(transaction, report) for report in reports]


async def _report(transaction: Transaction, report: Reported) -> int:
    connection = transaction.connection
    taken = await _judge(transaction, report) if report.verdicts else 0
    kept = [{"endpoint_id": health.endpoint_id, "document": rows.encode(health)} for health in report.healths]
    await change_each(connection, query("save_health"), kept)
    for endpoint_id in report.woken:
        wanted = {"now_ms": report.now_ms, "endpoint_id": endpoint_id, "limit": limits.MAX_WOKEN}
        await change(connection, query("wake_endpoint"), wanted)
        transaction.stirred = True
    await event_log.insert_events(transaction, report.events, report.deliveries)
    return taken


async def _judge(transaction: Transaction, report: Reported) -> int:
    """Keeps the verdicts that are under the lease that holds; answers how many were."""
    connection = transaction.connection
    given = [
        (one.delivery_id, one.lease_id, one.state, one.due_ms, one.attempts, one.reason, one.fallback)
        for one in report.verdicts
    ]
    values: dict[str, Any] = {**columns(given, _VERDICT), "now_ms": report.now_ms}
    taken = {row[0]: row for row in await fetch(connection, query("report_deliveries"), values)}
    attempts = [
        _attempt(one.attempt, taken[one.delivery_id][1])
        for one in report.verdicts
        if one.attempt is not None and one.delivery_id in taken
    ]
    await change_each(connection, query("insert_attempt"), attempts)
    ended = [(row[1], row[2]) for row in taken.values() if row[3] != DeliveryState.PENDING and row[2]]
    if ended:
        woken = {**columns(ended, ("endpoint_ids", "lead_ids")), "now_ms": report.now_ms}
        transaction.stirred |= await change(connection, query("wake_next_of_leads"), woken) > 0
    due = (one.state == DeliveryState.PENDING and one.due_ms <= report.now_ms for one in report.verdicts)
    transaction.stirred |= any(due)
    return len(taken)


def _attempt(attempt: Attempt, endpoint_id: str) -> dict[str, Any]:
    return {
        "delivery_id": attempt.delivery_id,
        "endpoint_id": endpoint_id,
        "at_ms": attempt.at_ms,
        "status": attempt.status_code,
        "error": attempt.error,
        "latency_ms": attempt.latency_ms,
        "request": attempt.request,
        "answer_headers": attempt.answer_headers,
        "answer_body": attempt.answer_body,
    }


async def _redrive_each(transaction: Transaction, asked: Sequence[dict[str, Any]]) -> list[int]:
    transaction.stirred = True
    return [await change(transaction.connection, query("redrive_deliveries"), one) for one in asked]


async def _discard_each(transaction: Transaction, asked: Sequence[dict[str, Any]]) -> list[int]:
    return [await change(transaction.connection, query("discard_deliveries"), one) for one in asked]


async def _by_id(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, LeasedDelivery]:
    found = await fetch(connection, query("deliveries_by_id"), {"ids": delivery_ids})
    return {one.delivery.id: one for one in await _with_events(connection, found)}


async def _page(connection: Connection, wanted: DeliveryQuery) -> list[LeasedDelivery]:
    values: dict[str, Any] = msgspec.structs.asdict(wanted)
    # Only what narrows is said. Whose deliveries is asked even where it is nobody's.
    names = [name for name, value in values.items() if value and name not in {"limit", "endpoint_ids"}]
    if wanted.endpoint_ids is not None:
        names.append("endpoint_ids")
    if wanted.states == (DeliveryState.DEAD,):
        names[names.index("states")] = "dead"  # these have an index of their own
    where = " AND ".join(["true", *(query(f"delivery_where_{name}") for name in names)])
    return await _with_events(connection, await fetch(connection, query("delivery_page").format(where=where), values))


async def _with_events(connection: Connection, found: Sequence[Row]) -> list[LeasedDelivery]:
    carried = await event_log.by_sequence(connection, [row[1] for row in found]) if found else {}
    return [
        LeasedDelivery(
            Delivery(
                row[0],
                carried[row[1]].id,
                row[2],
                row[3],
                row[4],
                row[5],
                lease_id=row[6],
                lead_id=row[7],
                fallback=row[8],
                reason=row[9],
                ended_ms=row[10],
            ),
            carried[row[1]],
        )
        for row in found
    ]


async def _attempts(connection: Connection, delivery_id: str) -> list[Attempt]:
    return [Attempt(*row) for row in await fetch(connection, query("attempts"), {"delivery_id": delivery_id})]


async def _figures(connection: Connection, endpoint_id: str, since_ms: int) -> EndpointFigures:
    wanted = {"endpoint_id": endpoint_id, "since_ms": since_ms, "limit": limits.MAX_FIGURED_ATTEMPTS}
    made = await fetch(connection, query("figured_attempts"), wanted)
    good = sum(200 <= status <= 299 and not error for status, error, _ in made)
    latencies = sorted(latency_ms for _, _, latency_ms in made)
    row = await first(connection, query("figured_deliveries"), wanted)
    pending, dead = row or (0, 0)
    return EndpointFigures(len(made), good, _share(latencies, 50), _share(latencies, 95), pending, dead)


def _share(latencies: Sequence[int], percent: int) -> int:
    """The latency that so many percent do not exceed, by nearest rank; 0 of none."""
    return latencies[-(-len(latencies) * percent // 100) - 1] if latencies else 0


async def _next_due(connection: Connection) -> int | None:
    due_ms: int | None = await single(connection, query("next_due"))
    return due_ms
