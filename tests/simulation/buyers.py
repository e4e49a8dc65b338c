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
        self.lines: dict[int, Line] = {}
        """By core that runs."""
        self.ways: dict[str, Way] = {}
        """By post, how it was dealt with."""
        self.taken: dict[str, PostCall] = {}
        """Posts that it takes for bought."""
        self.voided: set[str] = set()
        self.campaigns: list[Campaign] = []

    def core_started(self, core: int, directory: Directory, campaigns: list[Campaign]) -> None:
        """Connects to a core after a while."""
        self.campaigns = campaigns
        self.lines[core] = line = Line(self, directory)
        line.connect_within(self.chance.choice([0.0, 0.2, 1.0, 8.0]))

    def core_died(self, core: int) -> None:
        """The connection is gone, and nobody notices on the other side."""
        self.lines.pop(core).core_died()


class Line:
    """A buyer's way to one core."""

    def __init__(self, buyer: Buyer, directory: Directory) -> None:
        self._buyer = buyer
        self._directory: Directory | None = directory
        self._session: Session | None = None

    def core_died(self) -> None:
        """There is nobody at the other end any more."""
        self._directory = None
        if self._session is not None:
            self._session.alive = False
            self._session = None

    def hang_up(self) -> None:
        """Cuts the connection, and comes back."""
        session, directory = self._session, self._directory
        if session is None or directory is None:
            return
        self._buyer.happened("hung up", self._buyer.id)
        self._session, session.alive = None, False
        directory.detach(session)
        session.lost()
        self.connect_within(self._buyer.chance.choice([0.01, 0.1, 1.0]))

    def connect_within(self, most_s: float) -> None:
        """Connects at some time within so long."""
        asyncio.get_running_loop().call_later(self._buyer.chance.random() * most_s, self._connect)

    def _connect(self) -> None:
        if self._session is None and self._directory is not None:
            self._session = Session(self._buyer, self)
            self._directory.attach(self._session, self._buyer.campaigns)


class Session:
    """A connection to one core (`exchange.bidders.calls.Session`), as the bid stream keeps it."""

    def __init__(self, buyer: Buyer, line: Line) -> None:
        self.alive = True
        self._line = line
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

    def ping(self, call: PingCall, campaign_ids: tuple[str, ...], sink: BidSink) -> None:
        self._pings[call.auction_id] = sink, set(campaign_ids)
        for campaign_id in campaign_ids:
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
            self._line.hang_up()
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
            self._line.hang_up()

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
            self._line.hang_up()
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
