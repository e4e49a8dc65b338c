"""One auction while it runs."""

import asyncio
from collections.abc import Mapping

import msgspec

from exchange.domain.auction import Phases, Trace
from exchange.domain.bid import Bid
from exchange.domain.lead import Profile
from exchange.domain.quota import Purchase
from exchange.domain.reasons import Reason
from exchange.store.base import Unseen


class Run(msgspec.Struct):
    """What the steps of one auction share."""

    auction_id: str
    profile: Profile
    submitted_ms: int
    """Unix ms."""
    started_us: int
    """Monotonic, as are the other times here."""
    ends_us: int
    """The whole transaction's budget ends."""
    bids: list[Bid] = []
    trace: Trace = msgspec.field(default_factory=Trace)
    unwanted: Mapping[str, Reason] = {}
    """Buyers that are not to be offered the consumer, and why."""
    consumer_keys: tuple[str, ...] = ()
    """What the store keeps to find the consumer again."""
    unseen: Unseen | None = None
    """In a shared store: no other lead about the consumer may have come before this one is kept."""
    purchases: dict[str, Purchase] = {}
    """In a shared store, by campaign: what room is held for, or used by a sale."""
    opened: bool = False
    """The store knows the lead: a post has left, or was about to."""
    opening: "asyncio.Future[None] | None" = None
    """Done once it does; fails when the lead is another run's."""

    @property
    def phases(self) -> Phases:
        """Where the time went."""
        return self.trace.phases
