"""A bidder's stream: frames of pings and posts out, frames of bids and replies in."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Final

from exchange.bidders import frames
from exchange.bidders.calls import BidSink, PingCall, PostCall
from exchange.domain import limits
from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.campaign import Campaign, HttpBidding, HttpPosting, StreamBidding, StreamPosting
from exchange.domain.errors import Violation, invalid
from exchange.domain.metrics import Metrics
from exchange.domain.reasons import Reason
from leadexchange.v1.bidder_service_pb2 import BidderWelcome, BidStreamRequest, BidStreamResponse
from leadexchange.v1.campaign_pb2 import Campaign as CampaignMessage
from leadexchange.v1.mapping_pb2 import Mapping as MappingMessage
from leadexchange.v1.post_pb2 import PostVoid

_REMEMBERED: Final = 4_096  # closed pings and posts kept, to tell a late answer from one nobody asked for
_FRAME_ITEMS: Final = 256
_ITEM_BYTES: Final = 4_096  # larger ones count as several, so that a frame stays near 1 MiB: clients take 4 by default
_UNSENT_FRAMES: Final = 64  # beyond this the bidder does not read: it is asked no more until it does


class StreamSession:
    """One open bid stream (`exchange.bidders.calls.Session`)."""

    def __init__(
        self,
        session_id: str,
        *,
        buyer_id: str,
        campaign_ids: frozenset[str],
        credit: int,
        describe: Callable[[Campaign], CampaignMessage],
        mappings: Callable[[Campaign, Mapping[str, int]], Iterable[MappingMessage]],
        metrics: Metrics,
    ) -> None:
        """`buyer_id` is empty for the gateway; `campaign_ids` empty for all that it may serve.

        `describe` and `mappings`: what it is told of a campaign, and the mappings that it needs for it, but for those
        that it was told of, by id and revision.
        """
        self.id = session_id
        self._buyer_id = buyer_id
        self._campaign_ids = campaign_ids
        self._credit = credit
        self._describe = describe
        self._mappings = mappings
        self._mappings_told: dict[str, int] = {}
        self._metrics = metrics
        self._frames: deque[BidStreamResponse] = deque()
        self._items = 0
        self._ready = asyncio.Event()
        self._ended = False
        self._pings: dict[str, tuple[tuple[str, ...], BidSink]] = {}
        """The campaigns that it was asked for, and who collects their bids."""
        self._posts: dict[str, tuple[PostCall, asyncio.Future[PostVerdict]]] = {}
        self._closed: OrderedDict[str, PostVoid | None] = OrderedDict()

    @property
    def free(self) -> int:
        """See `Session`."""
        if len(self._frames) > _UNSENT_FRAMES:
            return 0
        return self._credit - len(self._pings) - len(self._posts)

    def serves_bids(self, campaign: Campaign) -> bool:
        """See `Session`."""
        return isinstance(campaign.bidding, StreamBidding if self._buyer_id else HttpBidding) and self._may(campaign)

    def serves_posts(self, campaign: Campaign) -> bool:
        """See `Session`."""
        return isinstance(campaign.posting, StreamPosting if self._buyer_id else HttpPosting) and self._may(campaign)

    def _may(self, campaign: Campaign) -> bool:
        return (not self._buyer_id or campaign.buyer_id == self._buyer_id) and (
            not self._campaign_ids or campaign.id in self._campaign_ids
        )

    # Out.

    def _frame(self, size: int = 0) -> BidStreamResponse:
        """The frame that has room for one more item of that size in bytes; small ones need not be measured."""
        items = 1 + size // _ITEM_BYTES
        if not self._frames or self._items + items > _FRAME_ITEMS:
            self._frames.append(BidStreamResponse())
            self._items = 0
        self._items += items
        self._ready.set()
        return self._frames[-1]

    def welcome(self, now_ms: int) -> None:
        """Greets the bidder in the first frame."""
        self._frame().welcome.CopyFrom(
            BidderWelcome(session_id=self.id, server_time_ms=now_ms, credit=self._credit),
        )

    def assign(self, campaign: Campaign) -> None:
        """See `Session`."""
        for mapping in self._mappings(campaign, self._mappings_told):
            self._tell(mapping)
        message = self._describe(campaign)
        self._frame(message.ByteSize()).campaigns.append(message)

    def mapping_changed(self, message: MappingMessage) -> None:
        """Tells it of a mapping that has changed, if it was told of it before."""
        if message.id in self._mappings_told:
            self._tell(message)

    def _tell(self, message: MappingMessage) -> None:
        self._mappings_told[message.id] = message.revision
        self._frame(message.ByteSize()).mappings.append(message)

    def drop(self, campaign_id: str) -> None:
        """See `Session`."""
        self._frame().dropped_campaign_ids.append(campaign_id)

    def ping(self, call: PingCall, campaign_ids: tuple[str, ...], sink: BidSink) -> None:
        """See `Session`."""
        self._pings[call.auction_id] = (campaign_ids, sink)
        shared = frames.ping(call)
        message = self._frame(shared.ByteSize() + sum(map(len, campaign_ids))).pings.add()
        message.CopyFrom(shared)
        message.campaign_ids.extend(campaign_ids)

    def post(self, call: PostCall) -> "asyncio.Future[PostVerdict]":
        """See `Session`."""
        future: asyncio.Future[PostVerdict] = asyncio.get_running_loop().create_future()
        self._posts[call.post_id] = (call, future)
        message = frames.post(call)
        self._frame(message.ByteSize()).posts.append(message)
        return future

    def void(self, post_id: str, campaign_id: str, lead_id: str, reason: Reason) -> None:
        """See `Session`."""
        self._void(PostVoid(post_id=post_id, campaign_id=campaign_id, lead_id=lead_id, reason=int(reason)))  # type: ignore[arg-type]

    def _void(self, message: PostVoid) -> None:
        self._frame().voids.append(message)

    def drain(self) -> None:
        """Tells the bidder that nothing more comes over its stream."""
        self._frame().draining = True

    def end(self) -> None:
        """Ends the stream: what was asked and not answered ends as disconnected."""
        self._ended = True
        self._ready.set()
        pings, self._pings = self._pings, {}
        for campaign_ids, sink in pings.values():
            for campaign_id in campaign_ids:
                sink.put(Bid(campaign_id, Reason.BIDDER_DISCONNECTED))
        posts, self._posts = self._posts, {}
        for _, future in posts.values():
            if not future.done():
                future.set_result(PostVerdict(Reason.POST_ERROR, reason_code="disconnected"))

    async def outgoing(self) -> AsyncIterator[BidStreamResponse]:
        """Frames as they become ready: whatever gathered while the last one was being sent goes into one."""
        while True:
            await self._ready.wait()
            if self._ended:
                return
            frame = self._frames.popleft()
            if not self._frames:
                self._ready.clear()
            yield frame

    # In.

    def incoming(self, frame: BidStreamRequest) -> None:
        """Takes a frame. Raises Refused when it breaks the contract."""
        if frame.HasField("hello"):
            raise invalid([Violation("hello", "only in the first frame", "a second one")])
        for name, count in (("bids", len(frame.bids)), ("replies", len(frame.replies))):
            if count > limits.MAX_FRAME_BIDS:
                raise invalid([Violation(name, f"at most {limits.MAX_FRAME_BIDS} a frame", str(count))])
        for message in frame.bids:
            pinged = self._pings.get(message.auction_id)
            if pinged is None:
                late = message.auction_id in self._closed
                self._metrics.count("bids_late" if late else "bids_unsolicited")
                continue
            campaign_ids, sink = pinged
            if message.campaign_id in campaign_ids:
                sink.put(frames.bid(message))
            else:  # others' campaigns take part in the same auction
                sink.stray()
        for reply in frame.replies:
            posted = self._posts.pop(reply.post_id, None)
            if posted is None:
                self._late_reply(reply.post_id)
            elif not posted[1].done():
                posted[1].set_result(frames.verdict(reply))

    def _late_reply(self, post_id: str) -> None:
        void = self._closed.get(post_id)
        self._metrics.count("replies_unsolicited" if void is None else "replies_late")
        if void is not None:
            self._void(void)

    def close_ping(self, auction_id: str) -> None:
        """See `Session`."""
        if self._pings.pop(auction_id, None) is not None:
            self._remember(auction_id, None)

    def close_post(self, post_id: str) -> None:
        """See `Session`."""
        posted = self._posts.pop(post_id, None)
        if posted is not None:
            call = posted[0]
            void = PostVoid(
                post_id=post_id,
                campaign_id=call.campaign_id,
                lead_id=call.lead_id,
                reason=int(Reason.POST_TIMEOUT),  # type: ignore[arg-type]
            )
            self._remember(post_id, void)

    def _remember(self, closed_id: str, void: PostVoid | None) -> None:
        self._closed[closed_id] = void
        if len(self._closed) > _REMEMBERED:
            self._closed.popitem(last=False)
