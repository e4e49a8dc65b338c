"""What the auction asks of a bidder, and who answers. Plain values: the session turns them into its protocol's."""

import asyncio
from typing import Protocol

import msgspec

from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.campaign import Campaign
from exchange.domain.lead import Person, Profile
from exchange.domain.reasons import Reason


class PingCall(msgspec.Struct, frozen=True, eq=False):
    """One auction's ping, the same for every bidder. Has no field for a person."""

    auction_id: str
    profile: Profile
    deadline_ms: int
    """Unix ms."""
    window_ms: int
    max_buyers: int = 1
    """How many a shared sale may have."""


class PostCall(msgspec.Struct, frozen=True):
    """The full lead to one winner."""

    post_id: str
    auction_id: str
    lead_id: str
    campaign_id: str
    price_micros: int
    bid_reference: str
    profile: Profile
    person: Person
    deadline_ms: int
    """Unix ms."""
    timeout_ms: int
    repeat: bool = False
    shared: bool = False
    submitted_ms: int = 0
    """When the source submitted the lead, Unix ms."""


class BidSink(Protocol):
    """Who collects the bids of one auction."""

    def put(self, bid: Bid) -> None:
        """Takes what came of pinging one campaign; `latency_us` is filled in by the sink."""

    def stray(self) -> None:
        """Counts a bid for a campaign that its bidder was not asked about."""


class Session(Protocol):
    """A bidder that is connected."""

    @property
    def free(self) -> int:
        """How many more pings and posts its credit allows."""

    def serves_bids(self, campaign: Campaign) -> bool:
        """Whether it bids for the campaign."""

    def serves_posts(self, campaign: Campaign) -> bool:
        """Whether it takes the campaign's posts."""

    def assign(self, campaign: Campaign) -> None:
        """Tells it of a campaign that it serves, as it now stands."""

    def drop(self, campaign_id: str) -> None:
        """Tells it of a campaign that it serves no longer."""

    def ping(self, call: PingCall, campaign_ids: tuple[str, ...], sink: BidSink) -> None:
        """Asks for all its campaigns that qualified; each bid goes to the sink, until the ping is closed."""

    def close_ping(self, auction_id: str) -> None:
        """Ends the wait: what comes later is late."""

    def post(self, call: PostCall) -> "asyncio.Future[PostVerdict]":
        """Posts; the future ends with the bidder's verdict, or POST_ERROR when the session ends first."""

    def close_post(self, post_id: str) -> None:
        """Ends the wait: an answer that comes later is answered with a void."""

    def void(self, post_id: str, campaign_id: str, lead_id: str, reason: Reason) -> None:
        """Tells the bidder that a post whose outcome was unknown is not a sale."""
