"""The gateway as a bidder: each ping and each post becomes an HTTP request to the campaign's buyer."""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Final

import grpc
import msgspec

from adapters.common.bidder import Bidder, BidderClient
from adapters.common.egress import Egress, EgressError
from adapters.gateway.call import Answer
from adapters.gateway.dialect import Dialect, GenericJson, Round
from adapters.gateway.generic_json import failed
from adapters.gateway.mapped import Mapped, compiled, ping_values
from adapters.gateway.soap import Soap
from adapters.gateway.transport import Endpoint, Transport, header
from adapters.gateway.wsdl import pinned
from leadexchange.mapping import Mapping, MappingError
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.campaign_pb2 import Campaign, HttpCall
from leadexchange.v1.mapping_pb2 import Mapping as MappingMessage
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import Post, PostReply
from leadexchange.v1.reason_pb2 import REASON_BIDDER_ERROR, REASON_POST_NOT_SENT, Reason

_CREDIT: Final = 4_096  # as many auctions as the core has open at once
_PING_CONNECTIONS: Final = 128  # an origin: 1,000 pings a second that take 100 ms each are 100 at once
_POST_CONNECTIONS: Final = 64
_MARGIN_S: Final = 0.003  # what an answer needs from here to the core; later it would not count
_DEFAULT_MAX_BID_MICROS: Final = 1_000_000_000
_GENERIC: Final = GenericJson()
_UNMAPPED: Final = "mapping"  # the lead lacks what the buyer's format must have

log = logging.getLogger(__name__)


class _Way(msgspec.Struct, frozen=True):
    """How a campaign is called; `most_s` is 0 for as long as the exchange allows."""

    endpoint: Endpoint
    dialect: Dialect
    most_s: float
    max_bid_micros: int

    def time_s(self, window_ms: int) -> float:
        """How long a call may take in a window."""
        window_s = max(0.0, window_ms / 1_000 - _MARGIN_S)
        return min(window_s, self.most_s) if self.most_s else window_s


class Buyers:
    """The connections to buyers' endpoints. `counts` has how each ping and post ended, by reason."""

    def __init__(self, egress: Egress) -> None:
        self.counts: Counter[str] = Counter()
        self.pings = Transport(connections=_PING_CONNECTIONS, egress=egress)
        self.posts = Transport(connections=_POST_CONNECTIONS, egress=egress)  # never behind pings

    def close(self) -> None:
        """Closes them."""
        self.pings.close()
        self.posts.close()
        log.info("stopped: %s", dict(self.counts))


class Gateway(Bidder):
    """Speaks, to one core, for the campaigns with HTTP bidding or posting: what each core tells of them is its own."""

    def __init__(self, channel: grpc.aio.Channel, key: str, buyers: Buyers) -> None:
        self.client = BidderClient(self, channel, key, credit=_CREDIT, agent="leadexchange-gateway")
        self.counts = buyers.counts
        self._pings = buyers.pings
        self._posts = buyers.posts
        self._mappings: dict[str, Mapping] = {}
        self._ping_ways: dict[str, _Way] = {}
        self._post_ways: dict[str, _Way] = {}
        self._loop = asyncio.get_running_loop()

    def on_connected(self) -> None:
        """A new stream tells all its campaigns and mappings again."""
        self._mappings.clear()
        self._ping_ways.clear()
        self._post_ways.clear()

    def on_mappings(self, mappings: Sequence[MappingMessage]) -> None:
        """Compiles them; campaigns that speak by one follow it from now on, and one at fault changes nothing."""
        for message in mappings:
            try:
                self._mappings[message.id] = compiled(message)
            except MappingError as error:
                log.error("mapping %s cannot be used: %s", message.id, error)

    def on_campaigns(self, campaigns: Sequence[Campaign], dropped: Sequence[str]) -> None:
        """Prepares how each is called."""
        for campaign_id in (*dropped, *(campaign.id for campaign in campaigns)):
            self._ping_ways.pop(campaign_id, None)
            self._post_ways.pop(campaign_id, None)
        for campaign in campaigns:
            for field, transport, ways in (
                ("http_bidding", self._pings, self._ping_ways),
                ("http_posting", self._posts, self._post_ways),
            ):
                if campaign.HasField(field) and (way := self._way(campaign, getattr(campaign, field).call, transport)):
                    ways[campaign.id] = way

    def _way(self, campaign: Campaign, call: HttpCall, transport: Transport) -> _Way | None:
        """How to call a campaign; None, and a line in the log, when its URL, headers or mapping cannot be used."""
        dialect: Dialect = _GENERIC
        if call.mapping_id:
            if call.mapping_id not in self._mappings:
                log.error("campaign %s cannot be called: there is no mapping %s", campaign.id, call.mapping_id)
                return None
            dialect = Mapped(partial(self._mappings.__getitem__, call.mapping_id), campaign, call)
        try:
            if call.HasField("soap"):
                wsdl = pinned(call.soap.wsdl, call.soap.operation) if call.soap.wsdl else None
                dialect = Soap(dialect, call.soap, wsdl, now_ms=_now_ms, entropy=os.urandom)
            endpoint = transport.endpoint(call.url, call.headers, dialect.content_type)
        except (EgressError, ValueError) as error:
            log.error("campaign %s cannot be called: %s", campaign.id, error)
            return None
        return _Way(endpoint, dialect, call.timeout_ms / 1_000, campaign.max_bid_micros or _DEFAULT_MAX_BID_MICROS)

    def on_ping(self, ping: Ping) -> None:
        """Asks every campaign at once; each bid goes back as it comes."""
        now = self._loop.time()
        asked = Round(ping, ping_values)
        for campaign_id in ping.campaign_ids:
            way = self._ping_ways.get(campaign_id)
            if way is None:
                self._bid(_no_bid(ping, campaign_id))
                continue
            time_s = way.time_s(ping.window_ms)
            try:
                request = way.dialect.ping(asked, campaign_id, int(time_s * 1_000))
            except ValueError:
                self._bid(_no_bid(ping, campaign_id, _UNMAPPED))
                continue
            answered = partial(self._bid_answered, way, ping.auction_id, campaign_id)
            self._pings.send(way.endpoint, request.body, now + time_s, answered, request.headers, request.query)

    def _bid_answered(self, way: _Way, auction_id: str, campaign_id: str, answer: Answer) -> None:
        self._bid(way.dialect.read_bid(answer, auction_id, campaign_id, way.max_bid_micros))

    def _bid(self, bid: Bid) -> None:
        self.counts["REASON_BID" if bid.price_micros else Reason.Name(bid.reason)] += 1
        self.client.answer(bid)

    def on_post(self, post: Post) -> PostReply | Awaitable[PostReply]:
        """Hands the lead to its buyer."""
        way = self._post_ways.get(post.campaign_id)
        if way is None:
            return failed(post.post_id, REASON_POST_NOT_SENT)
        return self._post(post, way)

    async def _post(self, post: Post, way: _Way) -> PostReply:
        time_s = way.time_s(post.window_ms)
        try:
            request = way.dialect.post(post, int(time_s * 1_000))
        except ValueError:
            return failed(post.post_id, REASON_POST_NOT_SENT, _UNMAPPED)
        lines = header("idempotency-key", post.post_id) + request.headers
        deadline = self._loop.time() + time_s
        answer = await self._posts.call(way.endpoint, request.body, deadline, lines, request.query)
        reply = way.dialect.read_post(answer, post.post_id)
        self.counts[Reason.Name(reply.reason) if reply.reason else "REASON_ACCEPTED"] += 1
        return reply


def _no_bid(ping: Ping, campaign_id: str, reason_code: str = "") -> Bid:
    """The buyer could not be asked."""
    return Bid(auction_id=ping.auction_id, campaign_id=campaign_id, reason=REASON_BIDDER_ERROR, reason_code=reason_code)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
