"""A buyer's own system at the end of a bid stream, written on the contract alone: it does what a test scripts.

It records the raw bytes of every frame that it is sent, and an ordered list of what happened.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Self

import grpc

from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.bidder_service_pb2 import BidderHello, BidderWelcome, BidStreamRequest, BidStreamResponse
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, POST_VERDICT_REJECTED, Post, PostReply, PostVoid
from leadexchange.v1.reason_pb2 import REASON_REJECTED, Reason
from tests.support.caller import Caller
from tests.support.campaigns import UNIT
from tests.support.waiting import eventually

Bids = Iterable[Bid] | None
Pinged = Callable[[Ping], "Bids | Awaitable[Bids]"]
Posted = Callable[[Post], "PostReply | Awaitable[PostReply | None] | None"]

_METHOD = "/leadexchange.v1.BidderService/BidStream"


def bidding(price_micros: int) -> Pinged:
    """Bids that price for each campaign asked for."""
    return lambda ping: [
        Bid(auction_id=ping.auction_id, campaign_id=one, price_micros=price_micros, bid_reference=f"ref-{one}")
        for one in ping.campaign_ids
    ]


def accept(post: Post) -> PostReply:
    """Buys."""
    return PostReply(post_id=post.post_id, verdict=POST_VERDICT_ACCEPTED, buyer_reference=f"crm-{post.lead_id}")


def reject(post: Post, reason: Reason = REASON_REJECTED) -> PostReply:
    """Does not buy."""
    return PostReply(post_id=post.post_id, verdict=POST_VERDICT_REJECTED, reason=reason)


def silent(_: object) -> None:
    """Says nothing."""


class ScriptedBuyer:
    """Answers pings with `on_ping` and posts with `on_post`, plain or async, which a test may change at any time.

    `async with ScriptedBuyer(caller): …` holds the stream open. With `reconnect` it comes back whenever the stream
    ends, as a real buyer would.
    """

    def __init__(
        self,
        caller: Caller,
        *campaign_ids: str,
        on_ping: Pinged | None = None,
        on_post: Posted = accept,
        credit: int = 0,
        reconnect: bool = False,
    ) -> None:
        self.on_ping: Pinged = on_ping or bidding(10 * UNIT)
        self.on_post: Posted = on_post
        self.frames: list[bytes] = []
        self.happened: list[tuple[str, str]] = []
        """What, and the id of the auction, post or campaign that it was about, in order."""
        self.welcome: BidderWelcome | None = None
        self.campaigns: dict[str, Campaign] = {}
        self.pings: list[Ping] = []
        self.posts: list[Post] = []
        self.voids: list[PostVoid] = []
        self.draining = False
        self.error: grpc.aio.AioRpcError | None = None
        """How the stream ended, when it failed."""
        self.ended = False
        self._caller = caller
        self._hello = BidderHello(campaign_ids=campaign_ids, credit=credit, agent="scripted")
        self._reconnect = reconnect
        self._call: Any = None
        self._writing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._serve())
        await eventually(lambda: self.welcome or self._serving_ended(), "the welcome")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reconnect = False
        await self.hang_up()
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, *self._tasks, return_exceptions=True)

    def _serving_ended(self) -> bool:
        if self._serving is not None and self._serving.done():
            self._serving.result()  # raises what was wrong with the test's own script
            return True
        return False

    async def hang_up(self) -> None:
        """Cuts the stream."""
        if self._call is not None:
            self._call.cancel()
            await eventually(lambda: self._call is None or self._call.done(), "the stream's end")

    async def send(self, *bids: Bid, replies: Iterable[PostReply] = (), hello: BidderHello | None = None) -> None:
        """Sends a frame, whatever is in it."""
        async with self._writing:
            await self._call.write(BidStreamRequest(hello=hello, bids=bids, replies=replies))

    async def leave(self) -> None:
        """Says that nothing more will come, and lets the exchange end the stream."""
        await self._call.done_writing()
        await eventually(lambda: self.ended, "the exchange to end the stream")

    async def _serve(self) -> None:
        while True:
            try:
                await self._stream()
            except grpc.aio.AioRpcError as error:
                self.error = error
            self.ended = True
            self.happened.append(("ended", ""))
            if not self._reconnect:
                return
            await asyncio.sleep(0.05)

    async def _stream(self) -> None:
        open_stream: Any = self._caller.channel.stream_stream(
            _METHOD, request_serializer=BidStreamRequest.SerializeToString, response_deserializer=None
        )
        metadata = (("authorization", f"Bearer {self._caller.key}"),)
        self._call = open_stream(metadata=metadata, wait_for_ready=self._reconnect)
        self.ended = False
        await self.send(hello=self._hello)
        while (frame := await self._call.read()) is not grpc.aio.EOF:
            self.frames.append(frame)
            self._take(BidStreamResponse.FromString(frame))
        code = await self._call.code()
        if code != grpc.StatusCode.OK:
            raise grpc.aio.AioRpcError(
                code,
                await self._call.initial_metadata(),
                await self._call.trailing_metadata(),
                await self._call.details(),
            )

    def _take(self, frame: BidStreamResponse) -> None:
        if frame.HasField("welcome"):
            self.welcome = frame.welcome
            self.happened.append(("welcome", frame.welcome.session_id))
        for campaign in frame.campaigns:
            self.campaigns[campaign.id] = campaign
            self.happened.append(("campaign", campaign.id))
        for campaign_id in frame.dropped_campaign_ids:
            self.campaigns.pop(campaign_id, None)
            self.happened.append(("dropped", campaign_id))
        for ping in frame.pings:
            self.pings.append(ping)
            self.happened.append(("ping", ping.auction_id))
            self._start(self._answer_ping(ping))
        for post in frame.posts:
            self.posts.append(post)
            self.happened.append(("post", post.post_id))
            self._start(self._answer_post(post))
        for void in frame.voids:
            self.voids.append(void)
            self.happened.append(("void", void.post_id))
        if frame.draining:
            self.draining = True
            self.happened.append(("draining", ""))

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_ping(self, ping: Ping) -> None:
        answer = self.on_ping(ping)
        bids = list((await answer if inspect.isawaitable(answer) else answer) or ())
        if bids:
            await self._try_to_send(*bids)

    async def _answer_post(self, post: Post) -> None:
        answer = self.on_post(post)
        reply = await answer if inspect.isawaitable(answer) else answer
        if reply is not None:
            self.happened.append(("reply", post.post_id))
            await self._try_to_send(replies=[reply])

    async def _try_to_send(self, *bids: Bid, replies: Iterable[PostReply] = ()) -> None:
        try:
            await self.send(*bids, replies=replies)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError, grpc.aio.UsageError):
            self.happened.append(("unsent", ""))  # the stream ended first; the exchange will ask again if it must
