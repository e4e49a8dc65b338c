"""The outbox: leasing deliveries, what came of them, and looking them up."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from exchange.domain import limits
from exchange.domain.endpoint import EndpointFigures, EndpointHealth
from exchange.domain.event import Attempt, Delivery, DeliveryState, Event
from exchange.store.base import DeliveryQuery, EventQuery, LeasedDelivery, LeaseRequest, Reported, Verdict
from exchange.store.sqlite import events as event_log
from exchange.store.sqlite import rows
from exchange.store.sqlite.connected import Connected
from exchange.store.sqlite.leasing import lease_each
from exchange.store.sqlite.queries import query

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
        await self._writer.write(self._log.publish, (events, deliveries))

    async def lease(self, request: LeaseRequest) -> list[LeasedDelivery]:
        """See `OutboxStore`."""
        leased: list[LeasedDelivery] = await self._writer.write(lease_each, request)
        return leased

    async def report(self, report: Reported) -> int:
        """See `OutboxStore`."""
        taken: int = await self._writer.write(self._report_each, report)
        return taken

    def _report_each(self, connection: sqlite3.Connection, reports: Sequence[Reported]) -> list[int]:
        taken = [_report(connection, report) for report in reports]
        for report in reports:
            self._log.insert(connection, report.events, report.deliveries)
            self._log.stirred = self._log.stirred or bool(report.woken)
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
        redriven: int = await self._writer.write(self._redrive_each, (delivery_ids, now_ms))
        return redriven

    def _redrive_each(self, connection: sqlite3.Connection, asked: Sequence[tuple[Sequence[str], int]]) -> list[int]:
        self._log.stirred = True
        return [
            connection.execute(query("redrive_deliveries"), {"now_ms": now_ms, "ids": rows.text(ids)}).rowcount
            for ids, now_ms in asked
        ]

    async def discard(self, delivery_ids: Sequence[str], reason: str, now_ms: int) -> int:
        """See `OutboxStore`."""
        parameters = {"ids": rows.text(delivery_ids), "reason": reason, "now_ms": now_ms}
        discarded: int = await self._writer.write(_discard_each, parameters)
        return discarded

    async def figures(self, endpoint_id: str, since_ms: int) -> EndpointFigures:
        """See `OutboxStore`."""
        return await self._read(_figures, endpoint_id, since_ms)

    async def next_due(self) -> int | None:
        """See `OutboxStore`."""
        return await self._read(_next_due)


def healths(connection: sqlite3.Connection) -> list[EndpointHealth]:
    """How endpoints fare."""
    return [_health(document) for (document,) in connection.execute(query("healths"))]


def _report(connection: sqlite3.Connection, report: Reported) -> int:
    taken = sum(_judge(connection, verdict, report.now_ms) for verdict in report.verdicts)
    if report.healths:
        documents = [(health.endpoint_id, rows.encode(health)) for health in report.healths]
        connection.executemany(query("save_health"), documents)
    for endpoint_id in report.woken:
        parameters = {"now_ms": report.now_ms, "endpoint_id": endpoint_id, "limit": limits.MAX_WOKEN}
        connection.execute(query("wake_endpoint"), parameters)
    return taken


def _judge(connection: sqlite3.Connection, verdict: Verdict, now_ms: int) -> bool:
    ended = verdict.state != DeliveryState.PENDING
    row = connection.execute(
        query("report_delivery"),
        (
            verdict.state,
            verdict.due_ms,
            verdict.attempts,
            verdict.attempts,
            verdict.reason,
            verdict.fallback,
            now_ms if ended else 0,
            verdict.delivery_id,
            verdict.lease_id,
        ),
    ).fetchone()
    if row is None:
        return False
    endpoint_id, lead_id = row
    if verdict.attempt is not None:
        connection.execute(query("insert_attempt"), _attempt_row(verdict.attempt, endpoint_id))
    if ended and lead_id:
        connection.execute(query("wake_next_of_lead"), (now_ms, endpoint_id, lead_id, now_ms))
    return True


def _attempt_row(attempt: Attempt, endpoint_id: str) -> dict[str, Any]:
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


def _discard_each(connection: sqlite3.Connection, asked: Sequence[dict[str, Any]]) -> list[int]:
    return [connection.execute(query("discard_deliveries"), one).rowcount for one in asked]


def _by_id(connection: sqlite3.Connection, delivery_ids: Sequence[str]) -> dict[str, LeasedDelivery]:
    found = connection.execute(query("deliveries_by_id"), (rows.text(delivery_ids),)).fetchall()
    return {one.delivery.id: one for one in _with_events(connection, found)}


def _page(connection: sqlite3.Connection, wanted: DeliveryQuery) -> list[LeasedDelivery]:
    # Only what narrows is said: a condition that may hold for everything would keep SQLite from its indexes.
    conditions = ["d.id < :before"] if wanted.before else ["d.id > ''"]
    if wanted.states in ((DeliveryState.DEAD,), (DeliveryState.RESOLD,)):
        conditions.append(f"d.state = {wanted.states[0]}")
    elif wanted.states:
        conditions.append("d.state IN (SELECT value FROM json_each(:states))")
    if wanted.endpoint_ids is not None:
        conditions.append("d.endpoint_id IN (SELECT value FROM json_each(:endpoints))")
    if wanted.lead_id:
        conditions.append("d.lead_id = :lead_id AND d.lead_id <> ''")
    if wanted.event_type:
        conditions.append("e.type = :type")
    if wanted.occurred_from_ms:
        conditions.append("e.occurred_ms >= :from_ms")
    if wanted.occurred_until_ms:
        conditions.append("e.occurred_ms < :until_ms")
    statement = f"{query('delivery_page')} {' AND '.join(conditions)} ORDER BY d.id DESC LIMIT :limit"
    parameters = {
        "before": wanted.before,
        "states": rows.text(wanted.states),
        "endpoints": rows.text(wanted.endpoint_ids or ()),
        "lead_id": wanted.lead_id,
        "type": wanted.event_type,
        "from_ms": wanted.occurred_from_ms,
        "until_ms": wanted.occurred_until_ms,
        "limit": wanted.limit,
    }
    return _with_events(connection, connection.execute(statement, parameters).fetchall())


def _with_events(connection: sqlite3.Connection, found: Sequence[rows.Row]) -> list[LeasedDelivery]:
    carried = event_log.by_sequence(connection, [row[1] for row in found]) if found else {}
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
                fallback=bool(row[8]),
                reason=row[9],
                ended_ms=row[10],
            ),
            carried[row[1]],
        )
        for row in found
    ]


def _attempts(connection: sqlite3.Connection, delivery_id: str) -> list[Attempt]:
    return [Attempt(*row) for row in connection.execute(query("attempts"), (delivery_id,))]


def _figures(connection: sqlite3.Connection, endpoint_id: str, since_ms: int) -> EndpointFigures:
    wanted = (endpoint_id, since_ms, limits.MAX_FIGURED_ATTEMPTS)
    made = connection.execute(query("figured_attempts"), wanted).fetchall()
    good = sum(200 <= status <= 299 and not error for status, error, _ in made)
    latencies = sorted(latency_ms for _, _, latency_ms in made)
    pending, dead = connection.execute(query("figured_deliveries"), {"endpoint_id": endpoint_id}).fetchone()
    return EndpointFigures(len(made), good, _share(latencies, 50), _share(latencies, 95), pending, dead)


def _share(latencies: Sequence[int], percent: int) -> int:
    """The latency that so many percent do not exceed, by nearest rank; 0 of none."""
    return latencies[-(-len(latencies) * percent // 100) - 1] if latencies else 0


def _next_due(connection: sqlite3.Connection) -> int | None:
    (due_ms,) = connection.execute(query("next_due")).fetchone()
    return None if due_ms is None else int(due_ms)
