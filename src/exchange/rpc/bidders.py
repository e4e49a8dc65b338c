"""BidderService: where bidders connect."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from functools import partial

from exchange.access.authority import Action
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.bidders.directory import Directory
from exchange.bidders.stream import StreamSession
from exchange.catalog.book import Book
from exchange.catalog.mappings import named, named_by
from exchange.domain import limits
from exchange.domain.campaign import Campaign
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.mapping import Mapping as DomainMapping
from exchange.domain.metrics import Metrics
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.rpc.calls import Context, Service, stream
from exchange.rpc.convert.campaigns import campaign_message
from exchange.rpc.convert.mappings import mapping_message
from leadexchange.v1.bidder_service_pb2 import BidderHello, BidStreamRequest, BidStreamResponse
from leadexchange.v1.bidder_service_pb2_grpc import BidderServiceServicer
from leadexchange.v1.mapping_pb2 import Mapping as MappingMessage


class BidStreams(Service, BidderServiceServicer):
    """Opens a session for each stream and feeds it."""

    def __init__(self, keys: KeyRing, clock: Clock, book: Book, directory: Directory, metrics: Metrics) -> None:
        super().__init__(keys, clock)
        self._book = book
        self._directory = directory
        self._metrics = metrics
        self._sessions: set[StreamSession] = set()
        self.gateway = asyncio.Event()
        """Set once a gateway has connected."""
        book.on_mapping(self._mapping_changed)

    @stream(Action.BID)
    async def BidStream(
        self, requests: AsyncIterable[BidStreamRequest], caller: Principal, context: Context
    ) -> AsyncIterator[BidStreamResponse]:
        """Pings and posts out, bids and replies in."""
        frames = aiter(requests)
        first = await anext(frames, None)
        if first is None or not first.HasField("hello"):
            raise invalid([Violation("hello", "in the first frame", "none")])
        session = self._session(first.hello, caller)
        reading = asyncio.ensure_future(self._read(frames, session))
        try:
            async for frame in session.outgoing():
                yield frame
            await reading
        finally:
            reading.cancel()
            session.end()
            self._sessions.discard(session)
            self._directory.detach(session)

    def _session(self, hello: BidderHello, caller: Principal) -> StreamSession:
        if not 0 <= hello.credit <= limits.MAX_CREDIT:
            raise invalid([Violation("hello.credit", f"1 to {limits.MAX_CREDIT}, or 0", str(hello.credit))])
        if len(hello.agent) > limits.MAX_NAME_CHARS:
            raise invalid([Violation("hello.agent", f"at most {limits.MAX_NAME_CHARS} characters", "more")])
        buyer_id = caller.party_id if caller.role == Role.BUYER else ""
        for campaign_id in hello.campaign_ids:
            campaign = self._book.campaigns.get(campaign_id)
            if campaign is None or (buyer_id and campaign.buyer_id != buyer_id):
                raise Refused(Reason.NOT_FOUND, f"There is no campaign {campaign_id[: limits.MAX_ID_CHARS]}.")
        session = StreamSession(
            self.clock.mint("ses"),
            buyer_id=buyer_id,
            campaign_ids=frozenset(hello.campaign_ids),
            credit=hello.credit or limits.DEFAULT_CREDIT,
            describe=partial(campaign_message, with_headers=caller.role == Role.GATEWAY),
            mappings=self._mappings if caller.role == Role.GATEWAY else lambda *_: (),
            metrics=self._metrics,
        )
        session.welcome(self.clock.now_ms())
        self._directory.attach(session, self._book.campaigns.values())
        self._sessions.add(session)
        if caller.role == Role.GATEWAY:
            self.gateway.set()
        return session

    def _mappings(self, campaign: Campaign, told: Mapping[str, int]) -> Iterator[MappingMessage]:
        """The mappings that the gateway needs for a campaign and was not told of as they stand."""
        for mapping_id in named_by(campaign):
            found = named(self._book.mappings, mapping_id)
            if found is not None and told.get(mapping_id) != found.revision:
                yield mapping_message(found)

    def _mapping_changed(self, item: DomainMapping) -> None:
        if self._sessions:
            message = mapping_message(item)
            for session in self._sessions:
                session.mapping_changed(message)

    async def _read(self, frames: AsyncIterator[BidStreamRequest], session: StreamSession) -> None:
        try:
            async for frame in frames:
                session.incoming(frame)
                if frame.leaving:
                    self._directory.detach(session)
                    session.drain()
        finally:
            session.end()

    def drain(self) -> None:
        """Tells every bidder that nothing more will come."""
        for session in self._sessions:
            session.drain()
