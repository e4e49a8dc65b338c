"""EventService: what happens, as it happens."""

import asyncio
from collections.abc import AsyncIterator

from exchange.access.authority import Action
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.domain import limits
from exchange.domain.principal import Principal
from exchange.rpc.bell import Bell
from exchange.rpc.calls import Context, Service, frame_bound, stream
from exchange.rpc.convert.auctions import event
from exchange.store.base import Store
from leadexchange.v1.event_service_pb2 import SubscribeRequest, SubscribeResponse
from leadexchange.v1.event_service_pb2_grpc import EventServiceServicer


class Events(Service, EventServiceServicer):
    """Reads events after a cursor, then waits for more."""

    def __init__(self, keys: KeyRing, clock: Clock, store: Store, bell: Bell) -> None:
        super().__init__(keys, clock)
        self._store = store
        self._bell = bell

    @stream(Action.SUBSCRIBE)
    async def Subscribe(
        self, request: SubscribeRequest, caller: Principal, context: Context
    ) -> AsyncIterator[SubscribeResponse]:
        """Events that concern the caller."""
        frame_bound(len(request.event_types), limits.MAX_EVENT_TYPES, "event_types")
        after = request.after_sequence
        if after < 0:
            after = await self._store.last_event()
            yield SubscribeResponse()  # an empty frame: from here on nothing is missed
        while True:
            rung = self._bell.waiter()
            found = await self._store.events(after, caller.party_id, list(request.event_types), limits.MAX_PAGE)
            if found:
                after = found[-1].sequence
                yield SubscribeResponse(events=map(event, found))
            else:
                await asyncio.shield(rung)
