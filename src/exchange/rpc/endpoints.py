"""The endpoints of CatalogService."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from exchange.access.authority import Action, acting_owner, require_own
from exchange.access.keys import KeyRing
from exchange.access.signing import new_secret, shown
from exchange.auction.clock import Clock
from exchange.catalog.service import Catalog
from exchange.delivery.endpoints import Endpoints
from exchange.domain.endpoint import BreakerState, Endpoint
from exchange.domain.principal import Principal
from exchange.rpc.calls import Context, unary
from exchange.rpc.convert.endpoints import endpoint, endpoint_message, health_message
from exchange.rpc.items import Items, own
from exchange.rpc.masks import merged
from exchange.store.base import Store
from leadexchange.v1 import catalog_service_pb2 as pb
from leadexchange.v1.endpoint_pb2 import Endpoint as EndpointMessage

_HOUR_MS: Final = 3_600_000


class EndpointItems(Items):
    """Creates endpoints with the secret that the exchange signs with, and says how they fare."""

    def __init__(
        self,
        keys: KeyRing,
        clock: Clock,
        catalog: Catalog,
        store: Store,
        healths: Endpoints,
        enable: Callable[[str], Awaitable[None]],
    ) -> None:
        """`enable` is told of an endpoint that was changed while it was held."""
        super().__init__(keys, clock, catalog)
        self._store = store
        self._healths = healths
        self._enable = enable

    @unary(Action.MANAGE_ENDPOINT)
    async def CreateEndpoint(
        self, request: pb.CreateEndpointRequest, caller: Principal, context: Context
    ) -> pb.CreateEndpointResponse:
        """A new endpoint; the answer shows its secret."""
        owner = acting_owner(caller, request.endpoint.owner_id, "endpoint.owner_id")
        item = endpoint(request.endpoint)
        secret = new_secret(item.signature_scheme, self.clock.entropy)
        item = self._new(msgspec.structs.replace(item, owner_id=owner, secret=secret), "ep")
        if request.validate_only:
            return pb.CreateEndpointResponse(endpoint=endpoint_message(self._catalog.judge_new(item)))
        created = await self._catalog.create(item)
        message = endpoint_message(created)
        message.secret = shown(created.secret)
        return pb.CreateEndpointResponse(endpoint=message)

    @unary(Action.READ_ENDPOINT)
    async def GetEndpoint(
        self, request: pb.GetEndpointRequest, caller: Principal, context: Context
    ) -> pb.GetEndpointResponse:
        """One endpoint."""
        return pb.GetEndpointResponse(endpoint=await self._with_health(self._own_endpoint(caller, request.endpoint_id)))

    def _own_endpoint(self, caller: Principal, endpoint_id: str) -> Endpoint:
        found = self._catalog.get(Endpoint, endpoint_id)
        require_own(caller, found.owner_id, "endpoint of that id")
        return found

    async def _with_health(self, item: Endpoint) -> EndpointMessage:
        message = endpoint_message(item)
        figures = await self._store.figures(item.id, self.clock.now_ms() - _HOUR_MS)
        message.health.CopyFrom(health_message(self._healths.health(item.id), figures))
        return message

    @unary(Action.READ_ENDPOINT)
    async def ListEndpoints(
        self, request: pb.ListEndpointsRequest, caller: Principal, context: Context
    ) -> pb.ListEndpointsResponse:
        """Endpoints by id."""
        owner_id = request.owner_id
        items, token = self._page(
            Endpoint,
            request.page_size,
            request.page_token,
            lambda one: own(caller, one.owner_id) and owner_id in ("", one.owner_id),
        )
        return pb.ListEndpointsResponse(
            endpoints=[await self._with_health(item) for item in items], next_page_token=token
        )

    @unary(Action.MANAGE_ENDPOINT)
    async def UpdateEndpoint(
        self, request: pb.UpdateEndpointRequest, caller: Principal, context: Context
    ) -> pb.UpdateEndpointResponse:
        """An endpoint changed; its owner and secret stay. One that was held is tried again."""
        current = self._own_endpoint(caller, request.endpoint.id)
        known = endpoint_message(current, with_secrets=True)
        message = merged(known, request.endpoint, request.update_mask, "endpoint")
        changed = msgspec.structs.replace(
            endpoint(message),
            owner_id=current.owner_id,
            secret=current.secret,
            old_secrets=current.old_secrets,
            created_ms=current.created_ms,
        )
        if request.validate_only:
            judged = self._catalog.judge_changed(changed, request.endpoint.revision)
            return pb.UpdateEndpointResponse(endpoint=endpoint_message(judged))
        updated = await self._catalog.update(changed, request.endpoint.revision)
        if self._healths.health(updated.id).breaker == BreakerState.HELD:
            await self._enable(updated.id)
        return pb.UpdateEndpointResponse(endpoint=endpoint_message(updated))
