"""Buyers' systems that misbehave by lot, and the sessions that they hold with a core."""

import asyncio
import random
from collections.abc import Callable

from exchange.bidders.calls import BidSink, PingCall, PostCall
from exchange.bidders.directory import Directory
from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.campaign import Campaign, StreamBidding, StreamPosting
from exchange.domain.reasons import Reason

_REJECTIONS = [
    Reason.REJECTED,
    Reason.REJECTED_DUPLICATE,
    Reason.REJECTED_INVALID,
    Reason.REJECTED_CAPACITY,
    Reason.REJECTED_CRITERIA,
    Reason.REJECTED_PRICE,
]
_PING_WAYS = {
    "bid": 740,
    "no bid": 60,
    "silence": 40,
    "late": 40,
    "too dear": 30,
    "negative": 20,
    "twice": 40,
    "for others": 20,
    "hang up": 4,
    "bid and hang up": 4,
}
_POST_WAYS = {
    "accept": 56,
    "reject": 12,
    "silence": 4,
    "take in silence": 4,
    "accept late": 5,
    "raise": 5,
    "lower": 4,
    "lower too far": 3,
    "review": 2,
    "answer twice": 2,
    "hang up": 1,
    "take and hang up": 1,
}
_TAKING = {
    "lower too far",
    "accept",
    "answer twice",
    "accept late",
    "take in silence",
    "take and hang up",
    "raise",
    "lower",
}
Way = str


class Buyer:
    """A buyer's system. It outlives its sessions and the cores; what it took it remembers."""

    def __init__(self, buyer_id: str, chance: random.Random, happened: Callable[..., None]) -> None:
        self.id = buyer_id
        self.chance = chance
        self.happened = happened
        self.session: Session | None = None
        self.directory: Directory | None = None
        """The running core's."""
        self.ways: dict[str, Way] = {}
        """By post, how it was dealt with."""
        self.taken: dict[str, PostCall] = {}
        """Posts that it takes for bought."""
        self.voided: set[str] = set()
        self.campaigns: list[Campaign] = []

    def core_started(self, directory: Directory, campaigns: list[Campaign]) -> None:
        """Connects to a core after a while."""
        self.directory, self.campaigns = directory, campaigns
        self._later(self.chance.choice([0.0, 0.2, 1.0, 8.0]), self._connect)

    def core_died(self) -> None:
        """The connection is gone, and nobody notices on the other side."""
        self.directory = None
        if self.session is not None:
            self.session.alive = False
            self.session = None

    def hang_up(self) -> None:
        """Cuts the connection, and comes back."""
        session, directory = self.session, self.directory
        if session is None or directory is None:
            return
        self.happened("hung up", self.id)
        self.session, session.alive = None, False
        directory.detach(session)
        session.lost()
        self._later(self.chance.choice([0.01, 0.1, 1.0]), self._connect)

    def _connect(self) -> None:
        if self.session is None and self.directory is not None:
            self.session = Session(self)
            self.directory.attach(self.session, self.campaigns)

    def _later(self, most_s: float, do: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(self.chance.random() * most_s, do)


class Session:
    """A connection to one core (`exchange.bidders.calls.Session`), as the bid stream keeps it."""

    def __init__(self, buyer: Buyer) -> None:
        self.alive = True
        self._credit = buyer.chance.choice([4, 20, 1_000])
        self._buyer = buyer
        self._chance = buyer.chance
        self._pings: dict[str, tuple[BidSink, set[str]]] = {}
        self._posts: dict[str, asyncio.Future[PostVerdict]] = {}
        self._closed: set[str] = set()
        """Posts that were closed without an answer."""

    @property
    def free(self) -> int:
        return self._credit - len(self._pings) - len(self._posts)

    def serves_bids(self, campaign: Campaign) -> bool:
        return campaign.buyer_id == self._buyer.id and type(campaign.bidding) is StreamBidding

    def serves_posts(self, campaign: Campaign) -> bool:
        return campaign.buyer_id == self._buyer.id and type(campaign.posting) is StreamPosting

    def assign(self, campaign: Campaign) -> None:
        pass

    def drop(self, campaign_id: str) -> None:
        pass

    def lost(self) -> None:
        """What a core makes of a connection that ended: nobody answers any more."""
        for sink, campaign_ids in list(self._pings.values()):
            for campaign_id in sorted(campaign_ids):
                sink.put(Bid(campaign_id, Reason.BIDDER_DISCONNECTED))
        for answer in list(self._posts.values()):
            if not answer.done():
                answer.set_result(PostVerdict(Reason.POST_ERROR))

    def _at(self, seconds: float, do: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(seconds, lambda: do() if self.alive else None)

    # Pings.

    def ping(self, call: PingCall, sink: BidSink) -> None:
        self._pings[call.auction_id] = sink, set(call.campaign_ids)
        for campaign_id in call.campaign_ids:
            way = self._chance.choices(list(_PING_WAYS), list(_PING_WAYS.values()))[0]
            late = way == "late"
            seconds = call.window_ms / 1000 * (self._chance.uniform(0.95, 1.5) if late else self._chance.random())
            self._buyer.happened("pinged", call.auction_id, campaign_id, way)
            self._at(seconds, lambda campaign_id=campaign_id, way=way: self._bid(call, campaign_id, way))  # type: ignore[misc]

    def close_ping(self, auction_id: str) -> None:
        self._pings.pop(auction_id, None)

    def _bid(self, call: PingCall, campaign_id: str, way: Way) -> None:
        if call.auction_id not in self._pings or way == "silence":
            return  # late: the bid stream counts it
        sink, waiting = self._pings[call.auction_id]
        if way == "hang up":
            self._buyer.hang_up()
            return
        waiting.discard(campaign_id)
        price = self._chance.randrange(1, 40) * 500_000
        shared = price * self._chance.choice([0, 40, 60, 100]) // 100
        if way == "no bid":
            sink.put(Bid(campaign_id, Reason.NO_BID, reason_code="budget"))
        elif way == "too dear":
            sink.put(Bid(campaign_id, Reason.BID, 10**12))
        elif way == "negative":
            sink.put(Bid(campaign_id, Reason.BID, -price))
        else:
            sink.put(Bid(campaign_id, Reason.BID, price, reference="ref", shared_price_micros=shared))
        if way == "twice":
            sink.put(Bid(campaign_id, Reason.BID, price * 2))
        elif way == "for others":
            sink.put(Bid("static-win", Reason.BID, price * 2))
            sink.stray()
        elif way == "bid and hang up":
            self._buyer.hang_up()

    # Posts.

    def post(self, call: PostCall) -> "asyncio.Future[PostVerdict]":
        answer: asyncio.Future[PostVerdict] = asyncio.get_running_loop().create_future()
        self._posts[call.post_id] = answer
        buyer = self._buyer
        way = buyer.ways.get(call.post_id)
        if way is None:
            way = buyer.ways[call.post_id] = self._chance.choices(list(_POST_WAYS), list(_POST_WAYS.values()))[0]
            if way in _TAKING:
                buyer.taken[call.post_id] = call
        elif way not in {"review", "raise", "lower", "lower too far"}:  # asked again, it answers, and the same
            way = "accept" if way in _TAKING else "reject"
        buyer.happened("posted", call.lead_id, call.post_id, way, call.repeat)
        late = way == "accept late"
        seconds = call.timeout_ms / 1000 * (self._chance.uniform(1.0, 2.0) if late else self._chance.random() * 0.9)
        self._at(seconds, lambda: self._answer(call, way))
        if way == "answer twice":
            self._at(seconds * 1.01, lambda: self._answer(call, way))
        return answer

    def _answer(self, call: PostCall, way: Way) -> None:
        if way in {"hang up", "take and hang up"}:
            self._buyer.hang_up()
            return
        if way in {"silence", "take in silence"}:
            return
        answer = self._posts.pop(call.post_id, None)
        if answer is not None and not answer.done():
            answer.set_result(self._verdict(call, way))
        elif call.post_id in self._closed:  # late: the bid stream answers with a void
            self._buyer.voided.add(call.post_id)

    def _verdict(self, call: PostCall, way: Way) -> PostVerdict:
        if way == "reject" or way not in _TAKING | {"review"}:
            return PostVerdict(self._chance.choice(_REJECTIONS), reason_code="no")
        if way == "review":
            return PostVerdict(Reason.PENDING_REVIEW)
        share = {"raise": 130, "lower": 95, "lower too far": 20}.get(way)
        price = None if share is None else call.price_micros * share // 100
        return PostVerdict(Reason.ACCEPTED, price, "crm", redirect_url="https://buyer.example/next")

    def close_post(self, post_id: str) -> None:
        if self._posts.pop(post_id, None) is not None:
            self._closed.add(post_id)

    def void(self, post_id: str, campaign_id: str, lead_id: str, reason: Reason) -> None:
        self._buyer.voided.add(post_id)
