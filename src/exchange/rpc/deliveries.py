"""DeliveryService: the outbox, for delivery processes."""

from collections.abc import Callable, Iterable

from exchange.access.authority import Action
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.delivery.desk import Desk
from exchange.delivery.parcels import Parcel
from exchange.domain import limits
from exchange.domain.errors import Violation, invalid
from exchange.domain.event import Attempt
from exchange.domain.principal import Principal
from exchange.rpc.calls import Context, Service, frame_bound, unary
from exchange.rpc.convert.endpoints import auth_message, target_id
from exchange.rpc.convert.times import timestamp
from leadexchange.v1 import delivery_service_pb2 as pb
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryMapping, DeliveryReport, DeliveryTarget
from leadexchange.v1.delivery_service_pb2_grpc import DeliveryServiceServicer

MappingSource = Callable[[str], tuple[int, bytes]]
"""The revision and document of a mapping by its id. Raises Refused (NOT_FOUND)."""


class Deliveries(Service, DeliveryServiceServicer):
    """Converts, and leaves the rest to the desk."""

    def __init__(self, keys: KeyRing, clock: Clock, desk: Desk, mapping: MappingSource) -> None:
        super().__init__(keys, clock)
        self._desk = desk
        self._mapping = mapping

    @unary(Action.DELIVER)
    async def LeaseDeliveries(
        self, request: pb.LeaseDeliveriesRequest, caller: Principal, context: Context
    ) -> pb.LeaseDeliveriesResponse:
        """Deliveries that are due; waits for the first."""
        _check_lease(request)
        lease_ms = request.lease_ms or limits.DEFAULT_LEASE_MS
        parcels = await self._desk.lease(
            request.max_deliveries, lease_ms, request.wait_ms, list(request.full_endpoint_ids)
        )
        named = {one.mapping_id: self._named_mapping(one.mapping_id) for one in parcels if one.mapping_id}
        return pb.LeaseDeliveriesResponse(
            deliveries=[self._message(one, named) for one in parcels],
            targets=_targets(parcels),
            mappings=named.values(),
        )

    def _named_mapping(self, mapping_id: str) -> DeliveryMapping:
        revision, document = self._mapping(mapping_id)
        return DeliveryMapping(id=f"{mapping_id}@{revision}", document=document)

    def _message(self, parcel: Parcel, mappings: dict[str, DeliveryMapping]) -> Delivery:
        delivery, event, endpoint = parcel.leased.delivery, parcel.leased.event, parcel.endpoint
        mailed = parcel.url.startswith("mailto:")
        return Delivery(
            id=delivery.id,
            event_id=event.id,
            event_type=parcel.event_type,
            endpoint_id=endpoint.id,
            url=parcel.url,
            secrets=() if mailed else endpoint.secrets(self.clock.now_ms()),
            body=parcel.body,
            attempts=delivery.attempts,
            lease_id=delivery.lease_id,
            occurred_at=timestamp(event.occurred_ms),
            lead_id=event.lead_id,
            mapping_id=mappings[parcel.mapping_id].id if parcel.mapping_id else "",
            target_id="" if mailed else target_id(endpoint),
            content_type=parcel.content_type,
        )

    @unary(Action.DELIVER)
    async def ReportDeliveries(
        self, request: pb.ReportDeliveriesRequest, caller: Principal, context: Context
    ) -> pb.ReportDeliveriesResponse:
        """What came of attempts."""
        frame_bound(len(request.reports), limits.MAX_FRAME_REPORTS, "reports")
        attempts = [self._attempt(one) for one in request.reports if not one.handed_back]
        back = [(one.delivery_id, one.lease_id) for one in request.reports if one.handed_back]
        return pb.ReportDeliveriesResponse(taken=await self._desk.report(attempts, back))

    def _attempt(self, report: DeliveryReport) -> Attempt:
        began_ms = report.attempted_at.ToMilliseconds() if report.HasField("attempted_at") else 0
        return Attempt(
            delivery_id=report.delivery_id,
            lease_id=report.lease_id,
            status_code=report.status_code,
            latency_ms=report.latency_ms,
            error=report.error[: limits.MAX_CODE_CHARS],
            retry_after_s=report.retry_after_s,
            at_ms=began_ms or self.clock.now_ms() - report.latency_ms,
            request=report.request[: limits.MAX_KEPT_TEXT_CHARS // 2],
            answer_headers=report.answer_headers[: limits.MAX_KEPT_TEXT_CHARS // 2],
            answer_body=report.answer_body[: limits.MAX_KEPT_TEXT_CHARS],
        )


def _targets(parcels: Iterable[Parcel]) -> list[DeliveryTarget]:
    endpoints = {one.endpoint.id: one.endpoint for one in parcels if not one.url.startswith("mailto:")}
    return [
        DeliveryTarget(
            id=target_id(endpoint),
            auth=auth_message(endpoint.auth),
            timeout_ms=endpoint.timeout_ms,
            max_concurrency=endpoint.max_concurrency,
            max_per_second=endpoint.max_per_second,
        )
        for endpoint in endpoints.values()
    ]


def _check_lease(request: pb.LeaseDeliveriesRequest) -> None:
    bounds = (
        ("max_deliveries", request.max_deliveries, 1, limits.MAX_PAGE),
        ("lease_ms", request.lease_ms or limits.DEFAULT_LEASE_MS, limits.MIN_LEASE_MS, limits.MAX_LEASE_MS),
        ("wait_ms", request.wait_ms, 0, limits.MAX_LEASE_WAIT_MS),
        ("full_endpoint_ids", len(request.full_endpoint_ids), 0, limits.MAX_FULL_ENDPOINTS),
    )
    violations = [
        Violation(field, f"{least} to {most}", str(value))
        for field, value, least, most in bounds
        if not least <= value <= most
    ]
    if violations:
        raise invalid(violations)
