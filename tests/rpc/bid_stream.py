"""What the bid stream's tests share."""

from typing import Any

import grpc

from leadexchange.v1.auction_pb2 import Auction, Consideration
from leadexchange.v1.bidder_service_pb2 import BidStreamRequest
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.submission_service_pb2 import LeadOutcome
from tests.support import leads
from tests.support.caller import Caller, Refusal, refusal
from tests.support.exchange import RunningCore


async def submit(source: Caller, number: int = 0, **options: Any) -> LeadOutcome:
    request = leads.request(number)
    for name, value in options.items():
        setattr(request, name, value)
    return (await source.submission.SubmitLead(request)).outcome


async def trace(running: RunningCore, outcome: LeadOutcome) -> Auction:
    request = GetAuctionRequest(auction_id=outcome.auction_id)
    return (await running.operator.leads.GetAuction(request)).auction


async def considered(running: RunningCore, outcome: LeadOutcome, campaign_id: str = "camp") -> Consideration:
    (found,) = [one for one in (await trace(running, outcome)).considerations if one.campaign_id == campaign_id]
    return found


async def ended(caller: Caller, *frames: BidStreamRequest) -> Refusal:
    """How a stream with these frames is refused."""
    try:
        async for _ in caller.bidders.BidStream(iter(frames)):
            pass
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    raise AssertionError("the stream was not refused")
