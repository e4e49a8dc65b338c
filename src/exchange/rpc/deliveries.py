"""DeliveryService: the outbox, for delivery processes."""

import asyncio
import contextlib
from collections.abc import Mapping

from exchange.access.authority import Action
from exchange.access.keys import KeyRing
from exchange.access.sealing import Sealer
from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.domain import limits
from exchange.domain.auction import LeadRecord
from exchange.domain.errors import Violation, invalid
from exchange.domain.event import LEAD_SOLD, Attempt, Event
from exchange.domain.principal import Principal
from exchange.events.backoff import after
from exchange.events.compose import envelope, lead_body
from exchange.rpc.bell import Bell
from exchange.rpc.calls import Context, Service, frame_bound, unary
from exchange.rpc.convert.times import timestamp
from exchange.store.base import LeasedDelivery, Store, Verdict
from leadexchange.v1 import delivery_service_pb2 as pb
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryReport
from leadexchange.v1.delivery_service_pb2_grpc import DeliveryServiceServicer


class Deliveries(Service, DeliveryServiceServicer):
    """Leases deliveries with their bodies, and decides what follows from each attempt."""

    def __init__(self, keys: KeyRing, clock: Clock, store: Store, sealer: Sealer, book: Book, bell: Bell) -> None:
        super().__init__(keys, clock)
        self._store = store
        self._sealer = sealer
        self._book = book
        self._bell = bell

    @unary(Action.DELIVER)
    async def LeaseDeliveries(
        self, request: pb.LeaseDeliveriesRequest, caller: Principal, context: Context
    ) -> pb.LeaseDeliveriesResponse:
        """Deliveries that are due; waits for the first."""
        _check_lease(request)
        lease_ms = request.lease_ms or limits.DEFAULT_LEASE_MS
        ends_us = self.clock.us() + request.wait_ms * 1000
        while True:
            rung = self._bell.waiter()
            now_ms = self.clock.now_ms()
            leased = await self._store.lease(request.max_deliveries, now_ms, now_ms + lease_ms, self.clock.mint("lse"))
            left_us = ends_us - self.clock.us()
            if leased or left_us <= 0:
                sold = {one.event.lead_id for one in leased if one.event.type == LEAD_SOLD}
                records = await self._store.leads_by_id(list(sold)) if sold else {}
                return pb.LeaseDeliveriesResponse(deliveries=[self._message(one, records) for one in leased])
            await self._until_due(rung, left_us / 1e6)

    async def _until_due(self, rung: "asyncio.Future[None]", left_s: float) -> None:
        """Waits for a new event, for the next retry to fall due, or for the time that is left."""
        due_ms = await self._store.next_due()
        wait_s = left_s if due_ms is None else min(left_s, max(0.01, (due_ms - self.clock.now_ms()) / 1000))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await asyncio.shield(rung)

    def _message(self, leased: LeasedDelivery, records: Mapping[str, LeadRecord]) -> Delivery:
        delivery, event = leased.delivery, leased.event
        endpoint = self._book.endpoints[delivery.endpoint_id]
        return Delivery(
            id=delivery.id,
            event_id=event.id,
            event_type=event.type,
            endpoint_id=endpoint.id,
            url=endpoint.url,
            secrets=[endpoint.secret],
            body=self._body(event, endpoint.owner_id, records),
            attempts=delivery.attempts,
            lease_id=delivery.lease_id,
            occurred_at=timestamp(event.occurred_ms),
            lead_id=event.lead_id,
        )

    def _body(self, event: Event, owner_id: str, records: Mapping[str, LeadRecord]) -> bytes:
        """The webhook's body: the whole lead for the buyer of a sale, what happened for everyone else."""
        if event.type != LEAD_SOLD:
            return envelope(event)
        record = records.get(event.lead_id)
        bought = record is not None and any(sale.buyer_id == owner_id for sale in record.outcome.sales)
        if record is None or not bought or not record.sealed:
            return envelope(event)
        person = self._sealer.open(record.id, record.sealed, record.wrapped_key)
        return envelope(event, lead_body(record, person))

    @unary(Action.DELIVER)
    async def ReportDeliveries(
        self, request: pb.ReportDeliveriesRequest, caller: Principal, context: Context
    ) -> pb.ReportDeliveriesResponse:
        """What came of attempts."""
        frame_bound(len(request.reports), limits.MAX_FRAME_REPORTS, "reports")
        known = await self._store.deliveries([report.delivery_id for report in request.reports])
        verdicts = [
            self._verdict(report, delivery.attempts + 1)
            for report in request.reports
            if (delivery := known.get(report.delivery_id)) is not None and delivery.lease_id == report.lease_id
        ]
        return pb.ReportDeliveriesResponse(taken=await self._store.report(verdicts))

    def _verdict(self, report: DeliveryReport, attempts: int) -> Verdict:
        attempt = Attempt(
            report.delivery_id,
            report.lease_id,
            report.status_code,
            report.latency_ms,
            report.error[: limits.MAX_CODE_CHARS],
            report.retry_after_s,
        )
        follows = after(attempt, attempts, report.delivery_id, self.clock.now_ms())
        return Verdict(attempt, follows.state, follows.due_ms, attempts)


def _check_lease(request: pb.LeaseDeliveriesRequest) -> None:
    bounds = (
        ("max_deliveries", request.max_deliveries, 1, limits.MAX_PAGE),
        ("lease_ms", request.lease_ms or limits.DEFAULT_LEASE_MS, limits.MIN_LEASE_MS, limits.MAX_LEASE_MS),
        ("wait_ms", request.wait_ms, 0, limits.MAX_LEASE_WAIT_MS),
    )
    violations = [
        Violation(field, f"{least} to {most}", str(value))
        for field, value, least, most in bounds
        if not least <= value <= most
    ]
    if violations:
        raise invalid(violations)
