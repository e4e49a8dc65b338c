"""The bidder's end of the bid stream: connects outward to the exchange, takes pings and posts, answers in frames.

A buyer says what it decides, the client does the rest:

    class Carrier(Bidder):
        async def on_ping(self, ping: Ping) -> list[Bid]:
            price_micros = await rate(values(ping.attributes))
            return [bid(ping, campaign_id, price_micros) for campaign_id in ping.campaign_ids]

        async def on_post(self, post: Post) -> PostReply:
            return accept(post, reference=await file(post))

    await BidderClient(Carrier(), connect("exchange.example:50051"), key).run()

That is one stream, to one core. `adapters.common.bidders` keeps one to each core of an exchange that has several.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Iterable, Sequence
from typing import Final

import grpc

from adapters.common.bid_session import BidSession
from adapters.common.core import credential
from leadexchange.v1.attribute_pb2 import Attribute
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.bidder_service_pb2 import BidderHello, BidStreamResponse
from leadexchange.v1.bidder_service_pb2_grpc import BidderServiceStub
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.mapping_pb2 import Mapping
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, POST_VERDICT_REJECTED, Post, PostReply, PostVoid
from leadexchange.v1.reason_pb2 import REASON_NO_BID, REASON_REJECTED, Reason

_FIRST_DELAY_S: Final = 0.1
_LAST_DELAY_S: Final = 5.0
_HOPELESS: Final = (  # what trying again at once cannot mend
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNIMPLEMENTED,
)

log = logging.getLogger(__name__)


class Bidder:
    """What a buyer's system decides. Override what it needs, as plain methods or, for pings and posts, `async` ones.

    Plain methods run on the event loop and must not block. An exception declines the ping, or fails the post.
    """

    def on_connected(self) -> None:
        """The stream is open; the campaigns that it serves follow."""

    def on_frame(self, frame: BidStreamResponse) -> None:
        """A frame as it came, before it is taken apart; for those who record."""

    def on_mappings(self, mappings: Sequence[Mapping]) -> None:
        """Mappings that the campaigns to come may name, as they stand; only the gateway is told of any."""

    def on_campaigns(self, campaigns: Sequence[Campaign], dropped: Sequence[str]) -> None:
        """Campaigns now served, as they stand, and the ids of those served no longer."""

    def on_ping(self, ping: Ping) -> Iterable[Bid] | Awaitable[Iterable[Bid]] | None:
        """Bids for the ping's campaigns; those left out are declined. None: they come by `BidderClient.answer`."""
        return ()

    def on_post(self, post: Post) -> PostReply | Awaitable[PostReply]:
        """Accepts or rejects a lead. A `post_id` seen before must get the answer it got then."""
        return reject(post)

    def on_void(self, void: PostVoid) -> None:
        """A post whose outcome the exchange never learned is not a sale: forget the lead."""


def values(attributes: Iterable[Attribute]) -> dict[str, str | float | int | bool]:
    """Attributes by name, as plain values."""
    return {a.name: getattr(a, kind) for a in attributes if (kind := a.WhichOneof("value"))}


def bid(ping: Ping, campaign_id: str, price_micros: int, reference: str = "") -> Bid:
    """A bid for one of a ping's campaigns; `reference` (at most 128 characters) comes back with the post."""
    return Bid(auction_id=ping.auction_id, campaign_id=campaign_id, price_micros=price_micros, bid_reference=reference)


def decline(ping: Ping, campaign_id: str, reason_code: str = "") -> Bid:
    """No bid; the code, the buyer's own, is kept in the auction's trace."""
    return Bid(auction_id=ping.auction_id, campaign_id=campaign_id, reason=REASON_NO_BID, reason_code=reason_code)


def accept(post: Post, reference: str = "") -> PostReply:
    """The lead is bought; `reference` is the buyer's own for it."""
    return PostReply(post_id=post.post_id, verdict=POST_VERDICT_ACCEPTED, buyer_reference=reference)


def reject(post: Post, reason: Reason = REASON_REJECTED, reason_code: str = "") -> PostReply:
    """The lead is not bought; `reason` is one of REASON_REJECTED_*."""
    return PostReply(post_id=post.post_id, verdict=POST_VERDICT_REJECTED, reason=reason, reason_code=reason_code)


class BidderClient:
    """Keeps a bidder connected to the exchange. `credit` is how many pings and posts may be unanswered at once."""

    def __init__(
        self,
        bidder: Bidder,
        channel: grpc.aio.Channel,
        key: str,
        *,
        campaign_ids: Sequence[str] = (),
        credit: int = 1_024,
        agent: str = "leadexchange-bidder",
    ) -> None:
        self._bidder = bidder
        self._stub = BidderServiceStub(channel)
        self._metadata = credential(key)
        self._hello = BidderHello(campaign_ids=campaign_ids, credit=credit, agent=agent)
        self._session: BidSession | None = None
        self._retired = False
        self._serving: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()
        """Set while the exchange has taken it on."""
        self.strays = 0
        """Bids given to `answer` that nobody waited for, or no longer."""

    def answer(self, answer: Bid) -> None:
        """Sends a bid for a ping to which `on_ping` returned None. One that comes after its deadline is not sent."""
        if self._session is None or not self._session.answer(answer):
            self.strays += 1

    def retire(self) -> None:
        """Its core goes: it serves what is open there, and does not connect again."""
        self._retired = True
        if self._serving and not (self._session and self._session.welcomed):
            self._serving.cancel()

    async def run(self, stopping: asyncio.Event | None = None) -> None:
        """Serves until `stopping` is set, then answers what is open and leaves; reconnects whenever it must."""
        serving = self._serving = asyncio.create_task(self._serve())
        stopped = asyncio.create_task((stopping or asyncio.Event()).wait())
        try:
            await asyncio.wait((serving, stopped), return_when=asyncio.FIRST_COMPLETED)
            if serving.done() and not serving.cancelled():
                serving.result()  # it was retired, or there is a fault of this class
            if self._session:
                await self._session.leave()
        finally:
            serving.cancel()
            stopped.cancel()
            await asyncio.gather(serving, stopped, return_exceptions=True)

    async def _serve(self) -> None:
        delay_s = _FIRST_DELAY_S
        while not self._retired:
            session = self._session = BidSession(self._bidder, self._hello, self.connected.set)
            call = self._stub.BidStream(session.outgoing(), metadata=self._metadata, wait_for_ready=True)
            try:
                await session.run(call)
                log.info("the exchange ended the bid stream")
            except grpc.aio.AioRpcError as error:
                hopeless = error.code() in _HOPELESS
                log.log(
                    logging.ERROR if hopeless else logging.WARNING,
                    "bid stream: %s, %s",
                    error.code().name,
                    error.details(),
                )
                delay_s = _LAST_DELAY_S if hopeless else delay_s
            finally:
                self._session = None
                self.connected.clear()
            if session.welcomed:
                delay_s = _FIRST_DELAY_S
            await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))  # many bidders do not come back in one instant
            delay_s = min(delay_s * 2, _LAST_DELAY_S)
