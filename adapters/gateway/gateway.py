"""The gateway as a bidder: each ping and each post becomes an HTTP request to the campaign's buyer."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

import grpc
import msgspec

from adapters.common.bidder import Bidder, BidderClient
from adapters.common.egress import EgressError
from adapters.gateway import generic_json
from adapters.gateway.call import Answer
from adapters.gateway.transport import Endpoint, Transport, header
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.campaign_pb2 import Campaign, HttpCall
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import Post, PostReply
from leadexchange.v1.reason_pb2 import REASON_BIDDER_ERROR, REASON_POST_NOT_SENT, Reason

_CREDIT: Final = 4_096  # as many auctions as the core has open at once
_PING_CONNECTIONS: Final = 128  # an origin: 1,000 pings a second that take 100 ms each are 100 at once
_POST_CONNECTIONS: Final = 64
_MARGIN_S: Final = 0.003  # what an answer needs from here to the core; later it would not count
_DEFAULT_MAX_BID_MICROS: Final = 1_000_000_000

log = logging.getLogger(__name__)


class _Way(msgspec.Struct, frozen=True):
    """How a campaign is called; `most_s` is 0 for as long as the exchange allows."""

    endpoint: Endpoint
    most_s: float
    max_bid_micros: int

    def time_s(self, window_ms: int) -> float:
        """How long a call may take in a window."""
        window_s = max(0.0, window_ms / 1_000 - _MARGIN_S)
        return min(window_s, self.most_s) if self.most_s else window_s


class Gateway(Bidder):
    """Speaks for the campaigns with HTTP bidding or posting. `counts` has how each ping and post ended, by reason."""

    def __init__(
        self, channel: grpc.aio.Channel, key: str, *, development: bool, on_ready: Callable[[], None] = lambda: None
    ) -> None:
        """`on_ready` is called when the exchange first takes it on."""
        self.client = BidderClient(self, channel, key, credit=_CREDIT, agent="leadexchange-gateway")
        self.counts: Counter[str] = Counter()
        self._pings = Transport(connections=_PING_CONNECTIONS, development=development)
        self._posts = Transport(connections=_POST_CONNECTIONS, development=development)  # never behind pings
        self._ping_ways: dict[str, _Way] = {}
        self._post_ways: dict[str, _Way] = {}
        self._loop = asyncio.get_running_loop()
        self._on_ready = on_ready
        self._was_ready = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Serves until told to stop; what is open is answered first."""
        try:
            await self.client.run(stopping)
        finally:
            self._pings.close()
            self._posts.close()
            log.info("stopped: %s", dict(self.counts))

    def on_connected(self) -> None:
        """A new stream tells all its campaigns again."""
        self._ping_ways.clear()
        self._post_ways.clear()
        if not self._was_ready:
            self._was_ready = True
            self._on_ready()

    def on_campaigns(self, campaigns: Sequence[Campaign], dropped: Sequence[str]) -> None:
        """Prepares how each is called."""
        for campaign_id in (*dropped, *(campaign.id for campaign in campaigns)):
            self._ping_ways.pop(campaign_id, None)
            self._post_ways.pop(campaign_id, None)
        for campaign in campaigns:
            if campaign.HasField("http_bidding") and (way := _way(campaign, campaign.http_bidding.call, self._pings)):
                self._ping_ways[campaign.id] = way
            if campaign.HasField("http_posting") and (way := _way(campaign, campaign.http_posting.call, self._posts)):
                self._post_ways[campaign.id] = way

    def on_ping(self, ping: Ping) -> None:
        """Asks every campaign at once; each bid goes back as it comes."""
        now = self._loop.time()
        tail = generic_json.ping_tail(ping)
        for campaign_id in ping.campaign_ids:
            way = self._ping_ways.get(campaign_id)
            if way is None:
                self._bid(Bid(auction_id=ping.auction_id, campaign_id=campaign_id, reason=REASON_BIDDER_ERROR))
                continue
            time_s = way.time_s(ping.window_ms)
            body = generic_json.ping_body(tail, campaign_id, int(time_s * 1_000))
            answered = partial(self._bid_answered, ping.auction_id, campaign_id, way.max_bid_micros)
            self._pings.send(way.endpoint, body, now + time_s, answered)

    def _bid_answered(self, auction_id: str, campaign_id: str, most_micros: int, answer: Answer) -> None:
        self._bid(generic_json.read_bid(answer, auction_id, campaign_id, most_micros))

    def _bid(self, bid: Bid) -> None:
        self.counts["REASON_BID" if bid.price_micros else Reason.Name(bid.reason)] += 1
        self.client.answer(bid)

    def on_post(self, post: Post) -> PostReply | Awaitable[PostReply]:
        """Hands the lead to its buyer."""
        way = self._post_ways.get(post.campaign_id)
        if way is None:
            return generic_json.failed(post.post_id, REASON_POST_NOT_SENT)
        return self._post(post, way)

    async def _post(self, post: Post, way: _Way) -> PostReply:
        time_s = way.time_s(post.window_ms)
        body = generic_json.post_body(post, int(time_s * 1_000))
        key = header("idempotency-key", post.post_id)
        answer = await self._posts.call(way.endpoint, body, self._loop.time() + time_s, key)
        reply = generic_json.read_post(answer, post.post_id)
        self.counts[Reason.Name(reply.reason) if reply.reason else "REASON_ACCEPTED"] += 1
        return reply


def _way(campaign: Campaign, call: HttpCall, transport: Transport) -> _Way | None:
    """How to call a campaign; None, and a line in the log, when its URL or headers cannot be used."""
    try:
        endpoint = transport.endpoint(call.url, call.headers)
    except (EgressError, ValueError) as error:
        log.error("campaign %s cannot be called: %s", campaign.id, error)
        return None
    return _Way(endpoint, call.timeout_ms / 1_000, campaign.max_bid_micros or _DEFAULT_MAX_BID_MICROS)
