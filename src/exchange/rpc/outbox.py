"""OutboxService: deliveries and endpoints, for those who watch over them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from exchange.access.authority import Action, require_own
from exchange.access.keys import KeyRing
from exchange.access.signing import new_secret, shown
from exchange.auction.clock import Clock
from exchange.catalog.service import Catalog
from exchange.delivery.checks import Checks
from exchange.delivery.desk import Desk
from exchange.domain import limits
from exchange.domain.endpoint import Endpoint, OldSecret
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.event import LEAD_SOLD, DeliveryState
from exchange.domain.ids import is_id
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.events.samples import SAMPLES
from exchange.rpc.calls import Context, Service, page_size, page_token, position_of, unary
from exchange.rpc.convert.deliveries import attempt_message, delivery_message
from exchange.rpc.convert.endpoints import endpoint_message
from exchange.rpc.convert.times import to_ms
from exchange.store.base import DeliveryQuery, LeasedDelivery, Store
from leadexchange.v1 import outbox_service_pb2 as pb
from leadexchange.v1.outbox_service_pb2_grpc import OutboxServiceServicer

_STATES: Final = range(DeliveryState.PENDING, DeliveryState.RESOLD + 1)


class Outbox(Service, OutboxServiceServicer):
    """A buyer or source sees deliveries to its own endpoints, an operator all."""

    def __init__(
        self,
        keys: KeyRing,
        clock: Clock,
        store: Store,
        catalog: Catalog,
        desk: Desk,
        checks: Checks,
        egress: Sequence[str],
    ) -> None:
        super().__init__(keys, clock)
        self._store = store
        self._catalog = catalog
        self._desk = desk
        self._checks = checks
        self._egress = egress

    @unary(Action.MANAGE_ENDPOINT)
    async def ListDeliveries(
        self, request: pb.ListDeliveriesRequest, caller: Principal, context: Context
    ) -> pb.ListDeliveriesResponse:
        """Deliveries, newest first."""
        limit = page_size(request.page_size)
        query = self._query(request.filter, caller)
        before = position_of(request.page_token)
        if before and not is_id(before, "dlv"):
            raise invalid([Violation("page_token", "a token from the last answer", "another")])
        found = await self._store.delivery_page(msgspec.structs.replace(query, limit=limit + 1, before=before))
        return pb.ListDeliveriesResponse(
            deliveries=[delivery_message(one) for one in found[:limit]],
            next_page_token=page_token(found[limit - 1].delivery.id) if len(found) > limit else "",
        )

    def _query(self, asked: pb.DeliveryFilter, caller: Principal) -> DeliveryQuery:
        wrong = [str(one) for one in asked.states if one not in _STATES]
        if wrong:
            raise invalid([Violation("filter.states", "DeliveryStates", ", ".join(wrong))])
        endpoint_ids: tuple[str, ...] | None = None
        if asked.endpoint_id:
            endpoint_ids = (self._own(caller, asked.endpoint_id).id,)
        elif caller.role != Role.OPERATOR:
            endpoint_ids = tuple(one.id for one in self._catalog.book.endpoints_by_owner.get(caller.party_id, ()))
        from_ms = to_ms(asked.occurred_from, "filter.occurred_from") if asked.HasField("occurred_from") else 0
        until_ms = to_ms(asked.occurred_until, "filter.occurred_until") if asked.HasField("occurred_until") else 0
        return DeliveryQuery(
            endpoint_ids=endpoint_ids,
            states=tuple(sorted(set(asked.states))),
            lead_id=asked.lead_id,
            event_type=asked.event_type,
            occurred_from_ms=from_ms,
            occurred_until_ms=until_ms,
        )

    def _own(self, caller: Principal, endpoint_id: str) -> Endpoint:
        endpoint = self._catalog.get(Endpoint, endpoint_id)
        require_own(caller, endpoint.owner_id, "endpoint of that id")
        return endpoint

    @unary(Action.MANAGE_ENDPOINT)
    async def GetDelivery(
        self, request: pb.GetDeliveryRequest, caller: Principal, context: Context
    ) -> pb.GetDeliveryResponse:
        """One delivery with its attempts."""
        found = await self._owned(caller, [request.delivery_id])
        if not found:
            raise Refused(Reason.NOT_FOUND, "There is no delivery of that id.")
        message = delivery_message(found[0])
        attempts = await self._store.attempts(request.delivery_id)
        message.attempts.extend(attempt_message(number, one) for number, one in enumerate(attempts, 1))
        return pb.GetDeliveryResponse(delivery=message)

    async def _owned(self, caller: Principal, delivery_ids: Sequence[str]) -> list[LeasedDelivery]:
        """Those of the deliveries that are the caller's to see."""
        found = await self._store.deliveries(list(delivery_ids))
        endpoints = self._catalog.book.endpoints
        return [
            one
            for one in found.values()
            if caller.role == Role.OPERATOR or endpoints[one.delivery.endpoint_id].owner_id == caller.party_id
        ]

    @unary(Action.MANAGE_ENDPOINT)
    async def RedriveDeliveries(
        self, request: pb.RedriveDeliveriesRequest, caller: Principal, context: Context
    ) -> pb.RedriveDeliveriesResponse:
        """Sends deliveries again."""
        now_ms = self.clock.now_ms()
        if request.delivery_ids:
            _at_most(len(request.delivery_ids), limits.MAX_PAGE, "delivery_ids")
            owned = await self._owned(caller, request.delivery_ids)
            redriven = await self._store.redrive_ids([one.delivery.id for one in owned], now_ms)
            return pb.RedriveDeliveriesResponse(redriven=redriven)
        if not request.filter.ListFields():
            raise invalid([Violation("filter", "at least one field, or delivery_ids", "nothing")])
        query = self._query(request.filter, caller)
        states = tuple(one for one in query.states or (DeliveryState.DEAD,) if one != DeliveryState.PENDING)
        query = msgspec.structs.replace(query, states=states, limit=limits.MAX_REDRIVEN)
        return pb.RedriveDeliveriesResponse(redriven=await self._store.redrive(query, now_ms) if states else 0)

    @unary(Action.MANAGE_ENDPOINT)
    async def DiscardDeliveries(
        self, request: pb.DiscardDeliveriesRequest, caller: Principal, context: Context
    ) -> pb.DiscardDeliveriesResponse:
        """Takes deliveries out of the dead-letter queue."""
        _at_most(len(request.delivery_ids), limits.MAX_PAGE, "delivery_ids")
        if not 1 <= len(request.reason) <= limits.MAX_NAME_CHARS:
            expected = f"1 to {limits.MAX_NAME_CHARS} characters"
            raise invalid([Violation("reason", expected, f"{len(request.reason)} characters")])
        owned = await self._owned(caller, request.delivery_ids)
        ids = [one.delivery.id for one in owned]
        discarded = await self._store.discard(ids, request.reason, self.clock.now_ms())
        return pb.DiscardDeliveriesResponse(discarded=discarded)

    @unary(Action.MANAGE_ENDPOINT)
    async def TestEndpoint(
        self, request: pb.TestEndpointRequest, caller: Principal, context: Context
    ) -> pb.TestEndpointResponse:
        """Sends a sample and waits for what comes back."""
        endpoint = self._own(caller, request.endpoint_id)
        sample_of = request.event_type or LEAD_SOLD
        if sample_of not in SAMPLES:
            raise invalid([Violation("event_type", f"one of {', '.join(SAMPLES)}", sample_of[: limits.MAX_GOT_CHARS])])
        delivery_id = await self._checks.send(endpoint, sample_of)
        attempt = await self._checks.come_back(delivery_id)
        message = attempt_message(1, attempt) if attempt is not None else None
        return pb.TestEndpointResponse(attempt=message, delivery_id=delivery_id)

    @unary(Action.MANAGE_ENDPOINT)
    async def EnableEndpoint(
        self, request: pb.EnableEndpointRequest, caller: Principal, context: Context
    ) -> pb.EnableEndpointResponse:
        """Lets a held endpoint have its deliveries again."""
        endpoint = self._own(caller, request.endpoint_id)
        await self._desk.enable(endpoint.id)
        return pb.EnableEndpointResponse(endpoint=endpoint_message(endpoint))

    @unary(Action.MANAGE_ENDPOINT)
    async def RotateEndpointSecret(
        self, request: pb.RotateEndpointSecretRequest, caller: Principal, context: Context
    ) -> pb.RotateEndpointSecretResponse:
        """A new secret; the old ones sign beside it for a while."""
        endpoint = self._own(caller, request.endpoint_id)
        overlap_s = request.overlap_s if request.HasField("overlap_s") else limits.DEFAULT_SECRET_OVERLAP_S
        if not 0 <= overlap_s <= limits.MAX_SECRET_OVERLAP_S:
            raise invalid([Violation("overlap_s", f"0 to {limits.MAX_SECRET_OVERLAP_S}", str(overlap_s))])
        now_ms = self.clock.now_ms()
        until_ms = now_ms + overlap_s * 1_000
        old = (OldSecret(endpoint.secret, until_ms), *endpoint.old_secrets)
        kept = tuple(
            OldSecret(one.secret, min(one.until_ms, until_ms)) for one in old if min(one.until_ms, until_ms) > now_ms
        )
        changed = msgspec.structs.replace(
            endpoint,
            secret=new_secret(endpoint.signature_scheme, self.clock.entropy),
            old_secrets=kept[: limits.MAX_OLD_SECRETS],
        )
        rotated = await self._catalog.update(changed, endpoint.revision)
        message = endpoint_message(rotated)
        message.secret = shown(rotated.secret)
        return pb.RotateEndpointSecretResponse(endpoint=message)

    @unary(Action.WHO_AM_I)
    async def GetEgress(
        self, request: pb.GetEgressRequest, caller: Principal, context: Context
    ) -> pb.GetEgressResponse:
        """Where calls come from."""
        return pb.GetEgressResponse(cidrs=self._egress)


def _at_most(count: int, most: int, field: str) -> None:
    if not 1 <= count <= most:
        raise invalid([Violation(field, f"1 to {most}", str(count))])
