"""One bid stream from its hello to its end: frames taken apart, answers gathered into frames."""

import asyncio
import contextlib
import logging
import traceback
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final

from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.bidder_service_pb2 import BidderHello, BidStreamRequest, BidStreamResponse
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import POST_VERDICT_FAILED, Post, PostReply
from leadexchange.v1.reason_pb2 import (
    REASON_BIDDER_ERROR,
    REASON_NO_BID,
    REASON_POST_ERROR,
    REASON_POST_NOT_SENT,
    Reason,
)

if TYPE_CHECKING:
    from grpc.aio import StreamStreamCall

    from adapters.common.bidder import Bidder

_MAX_FRAME: Final = 1_024  # the contract's bound on bids, and on replies, in one frame
_SWEEP_S: Final = 0.05  # how often what is past its deadline is let go: one timer for all of it
_POST_GRACE_S: Final = 30.0  # a late post reply is still told (the exchange answers with a void); then it is given up
_NOTICE_S: Final = 1.0  # for the exchange to stop sending
_LEAVE_S: Final = 6.0  # the longest post timeout that the contract allows, and a little

log = logging.getLogger(__name__)


class _Open:
    """A ping or a post that waits for its answer."""

    __slots__ = ("campaign_ids", "deadline", "task")

    def __init__(self, deadline: float, campaign_ids: Iterable[str] = ()) -> None:
        self.deadline = deadline
        self.campaign_ids = set(campaign_ids)
        self.task: asyncio.Task[None] | None = None


class BidSession:
    """One stream. All that it holds is bounded by its credit."""

    def __init__(self, bidder: "Bidder", hello: BidderHello, on_welcome: Callable[[], None] = lambda: None) -> None:
        self._bidder = bidder
        self._hello = hello
        self._on_welcome = on_welcome
        self._credit = hello.credit
        self._loop = asyncio.get_running_loop()
        self._pings: dict[str, _Open] = {}
        self._posts: dict[str, _Open] = {}
        self._bids: deque[tuple[float, Bid]] = deque()
        self._replies: deque[PostReply] = deque()
        self._filing: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = asyncio.Event()
        self._sweeping = False
        self._parting = False
        """Told to leave: the exchange is asked to send nothing new."""
        self._leaving = False
        """Nothing new is taken."""
        self.welcomed = False

    async def run(self, call: "StreamStreamCall[BidStreamRequest, BidStreamResponse]") -> None:
        """Reads until the stream, to which `outgoing` was given, ends; raises AioRpcError when it breaks."""
        try:
            async for frame in call:
                self._take(frame)
                # More than was granted (twice, for what the exchange has given up may not have been swept here yet) is
                # left unread, which holds the exchange back through HTTP/2's own flow control.
                while self._unanswered() > 2 * self._credit:
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._ended.set()
            call.cancel()
            for asked in self._pings.values():  # posts are left to finish: the buyer may be filing them
                if asked.task:
                    asked.task.cancel()

    async def leave(self) -> None:
        """Asks to be sent nothing new, answers what is open, and waits for the stream to end."""
        self._parting = True
        self._ready.set()
        if not self.welcomed or await self._ends_within(_NOTICE_S):
            return
        self._leaving = True
        self._ready.set()
        if not await self._ends_within(_LEAVE_S):
            log.warning("left the bid stream with %d answers open", self._unanswered())

    async def _ends_within(self, most_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), most_s)
        return self._ended.is_set()

    def answer(self, answer: Bid) -> bool:
        """Queues a bid; False when nobody waits for it."""
        asked = self._pings.get(answer.auction_id)
        if asked is None or answer.campaign_id not in asked.campaign_ids:
            return False
        asked.campaign_ids.remove(answer.campaign_id)
        if not asked.campaign_ids:
            del self._pings[answer.auction_id]
        self._bids.append((asked.deadline, answer))
        self._ready.set()
        return True

    def _unanswered(self) -> int:
        return len(self._pings) + len(self._posts) + len(self._bids) + len(self._replies)

    def _take(self, frame: BidStreamResponse) -> None:
        self._bidder.on_frame(frame)
        if frame.HasField("welcome"):
            self._credit = frame.welcome.credit or self._credit
            self.welcomed = True
            self._on_welcome()
            self._bidder.on_connected()
        if frame.mappings:
            self._bidder.on_mappings(frame.mappings)
        if frame.campaigns or frame.dropped_campaign_ids:
            self._bidder.on_campaigns(frame.campaigns, frame.dropped_campaign_ids)
        for void in frame.voids:
            self._bidder.on_void(void)
        for post in frame.posts:
            self._take_post(post)
        for ping in frame.pings:
            self._take_ping(ping)
        if frame.draining:
            self._leaving = True
            self._ready.set()
        if not self._sweeping and (self._pings or self._posts):
            self._sweeping = True
            self._loop.call_later(_SWEEP_S, self._sweep)

    def _take_ping(self, ping: Ping) -> None:
        asked = self._pings[ping.auction_id] = _Open(self._loop.time() + ping.window_ms / 1_000, ping.campaign_ids)
        if self._leaving:
            self._settle(ping, ())
            return
        try:
            answer = self._bidder.on_ping(ping)
            if isinstance(answer, Awaitable):
                asked.task = asyncio.create_task(self._await_bids(ping, answer))
            elif answer is not None:
                self._settle(ping, answer)
        except Exception as error:  # noqa: BLE001  a bidder's fault must not end its stream
            _log_fault("on_ping", ping.auction_id, error)
            self._settle(ping, (), REASON_BIDDER_ERROR)

    async def _await_bids(self, ping: Ping, answer: Awaitable[Iterable[Bid]]) -> None:
        try:
            self._settle(ping, await answer)
        except Exception as error:  # noqa: BLE001
            _log_fault("on_ping", ping.auction_id, error)
            self._settle(ping, (), REASON_BIDDER_ERROR)

    def _settle(self, ping: Ping, bids: Iterable[Bid], otherwise: Reason = REASON_NO_BID) -> None:
        """Answers a whole ping: with the bids given, and with `otherwise` for campaigns without one."""
        for given in bids:
            self.answer(given)
        if asked := self._pings.get(ping.auction_id):
            for campaign_id in tuple(asked.campaign_ids):
                self.answer(Bid(auction_id=ping.auction_id, campaign_id=campaign_id, reason=otherwise))

    def _take_post(self, post: Post) -> None:
        if self._leaving:
            self._reply(_failed(post, REASON_POST_NOT_SENT))
            return
        self._posts[post.post_id] = _Open(self._loop.time() + post.window_ms / 1_000)
        try:
            answer = self._bidder.on_post(post)
            if isinstance(answer, Awaitable):
                filing = asyncio.create_task(self._await_reply(post, answer))
                self._filing.add(filing)  # the loop itself holds tasks only weakly
                filing.add_done_callback(self._filing.discard)
            else:
                self._reply(answer)
        except Exception as error:  # noqa: BLE001
            _log_fault("on_post", post.post_id, error)
            self._reply(_failed(post, REASON_POST_ERROR))

    async def _await_reply(self, post: Post, answer: Awaitable[PostReply]) -> None:
        try:
            async with asyncio.timeout(post.window_ms / 1_000 + _POST_GRACE_S):
                self._reply(await answer)
        except Exception as error:  # noqa: BLE001
            _log_fault("on_post", post.post_id, error)
            self._reply(_failed(post, REASON_POST_ERROR))

    def _reply(self, reply: PostReply) -> None:
        self._posts.pop(reply.post_id, None)
        self._replies.append(reply)
        self._ready.set()

    def _sweep(self) -> None:
        """Lets go of what is past its deadline: it takes up no more credit."""
        now = self._loop.time()
        for auction_id in [key for key, asked in self._pings.items() if asked.deadline <= now]:
            task = self._pings.pop(auction_id).task
            if task:
                task.cancel()
        for post_id in [key for key, asked in self._posts.items() if asked.deadline <= now]:
            del self._posts[post_id]
        self._room.set()
        self._ready.set()
        self._sweeping = bool(self._pings or self._posts)
        if self._sweeping:
            self._loop.call_later(_SWEEP_S, self._sweep)

    async def outgoing(self) -> AsyncIterator[BidStreamRequest]:
        """Hello, then whatever gathered while the last frame was being sent."""
        yield BidStreamRequest(hello=self._hello)
        said = False
        while True:
            await self._ready.wait()
            self._ready.clear()
            if self._parting and not said:
                said = True
                yield BidStreamRequest(leaving=True)
            while self._bids or self._replies:
                frame = self._frame()
                if frame.bids or frame.replies:
                    yield frame
                self._room.set()
            if self._leaving and not self._pings and not self._posts:
                return

    def _frame(self) -> BidStreamRequest:
        now = self._loop.time()
        bids: list[Bid] = []
        while self._bids and len(bids) < _MAX_FRAME:
            deadline, answer = self._bids.popleft()
            if deadline > now:  # a late bid is of no use to anyone
                bids.append(answer)
        replies = [self._replies.popleft() for _ in range(min(len(self._replies), _MAX_FRAME))]
        return BidStreamRequest(bids=bids, replies=replies)


def _failed(post: Post, reason: Reason) -> PostReply:
    return PostReply(post_id=post.post_id, verdict=POST_VERDICT_FAILED, reason=reason)


def _log_fault(method: str, about: str, error: Exception) -> None:
    """Where it happened and its kind; not its message, which may quote the lead."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    log.error("%s of %s failed at %s: %s", method, about, where, type(error).__name__)
