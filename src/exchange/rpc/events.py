"""EventService: what happens, as it happens."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from exchange.access.authority import Action
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.delivery.bell import Bell
from exchange.domain import limits
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.rpc.calls import Context, Service, frame_bound, stream
from exchange.rpc.convert.auctions import event
from exchange.rpc.convert.times import to_ms
from exchange.store.base import EventQuery, Store
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
        query = _query(request, caller)
        if query.after < 0:
            query = msgspec.structs.replace(query, after=await self._store.last_event())
            yield SubscribeResponse()  # an empty frame: from here on nothing is missed
        while True:
            rung = self._bell.waiter()
            found = await self._store.events(query)
            if found:
                query = msgspec.structs.replace(query, after=found[-1].sequence)
                yield SubscribeResponse(events=[event(one, caller) for one in found])
            else:
                await asyncio.shield(rung)


def _query(request: SubscribeRequest, caller: Principal) -> EventQuery:
    frame_bound(len(request.event_types), limits.MAX_EVENT_TYPES, "event_types")
    frame_bound(len(request.verticals), limits.MAX_FILTER_VERTICALS, "verticals")
    frame_bound(len(request.campaign_ids), limits.MAX_FILTER_IDS, "campaign_ids")
    frame_bound(len(request.source_ids), limits.MAX_FILTER_IDS, "source_ids")
    if request.source_ids and caller.role is Role.BUYER:
        raise Refused(Reason.FORBIDDEN, "A buyer key may not filter by sources.")
    from_ms = to_ms(request.from_time, "from_time") if request.HasField("from_time") else 0
    if from_ms and request.after_sequence:
        raise invalid([Violation("from_time", "not with after_sequence", "both")])
    return EventQuery(
        after=request.after_sequence,
        limit=limits.MAX_PAGE,
        owner_id=caller.party_id,
        types=tuple(request.event_types),
        from_ms=from_ms,
        verticals=tuple(request.verticals),
        campaign_ids=tuple(request.campaign_ids),
        source_ids=tuple(request.source_ids),
    )
