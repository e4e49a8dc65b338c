"""What the auction's tests share: bidders by name, and what became of each."""

from typing import Any

from exchange.domain.event import Event
from exchange.store.base import EventQuery
from leadexchange.v1.auction_pb2 import Auction
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.post_pb2 import (
    PostReply,
)
from leadexchange.v1.submission_service_pb2 import LeadOutcome
from tests.support import leads
from tests.support.buyer import Posted, ScriptedBuyer, bidding
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, stream
from tests.support.exchange import RunningCore

BACKSTOP = 2 * UNIT
"""What the buyer of last resort bids."""


async def bidder(running: RunningCore, name: str, price_micros: int, on_post: Posted, **fields: Any) -> ScriptedBuyer:
    """A buyer with one campaign of its own name, bidding one price; to be opened with `async with`."""
    caller = await running.buyer(name)
    await running.campaign(stream(name, name, **fields))
    return ScriptedBuyer(caller, on_ping=bidding(price_micros), on_post=on_post)


async def submit(source: Caller, number: int = 0, **options: Any) -> LeadOutcome:
    request = leads.findable(number)
    for name, value in options.items():
        setattr(request, name, value)
    return (await source.submission.SubmitLead(request)).outcome


async def trace(running: RunningCore, outcome: LeadOutcome) -> Auction:
    return (await running.operator.leads.GetAuction(GetAuctionRequest(auction_id=outcome.auction_id))).auction


async def results(running: RunningCore, outcome: LeadOutcome) -> dict[str, int]:
    """How each campaign fared."""
    return {one.campaign_id: one.result for one in (await trace(running, outcome)).considerations}


async def voids(running: RunningCore, owner_id: str = "") -> list[Event]:
    """Voids as events."""
    return await running.core.store.events(EventQuery(owner_id=owner_id, types=("lead.voided",)))


def replying(**fields: Any) -> Posted:
    """A reply with these fields."""
    return lambda post: PostReply(post_id=post.post_id, **fields)
