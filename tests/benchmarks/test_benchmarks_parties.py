"""Buyers of the benchmarks against a real core: the good ones bid and take leads, the silent one says nothing."""

import asyncio

from benchmarks.harness.catalogue import campaign_id, http_campaigns, stream_campaigns
from benchmarks.parties.bidders import Bidder
from benchmarks.parties.stream_bidders import StreamBidder
from leadexchange.v1.bidder_service_pb2_grpc import BidderServiceStub
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.reason_pb2 import REASON_BID, REASON_BID_TIMEOUT
from tests.support import leads
from tests.support.exchange import RunningCore


async def test_stream_bidders_bid_accept_and_stay_silent(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer("buyer-0000")
    buyer = running.caller(await running.key(3, "buyer-0000"))  # type: ignore[arg-type]
    for campaign in stream_campaigns(range(3), posted=True):
        campaign.bid_window_ms = 500
        campaign.post_timeout_ms = 5_000
        await running.campaign(campaign)
    assert buyer.key is not None
    bidders = [StreamBidder(place, silent=place == 2) for place in range(3)]
    stub = BidderServiceStub(buyer.channel)
    running_ = [asyncio.create_task(one.run(stub, buyer.key)) for one in bidders]
    try:
        await asyncio.gather(*(asyncio.wait_for(one.serving.wait(), 10) for one in bidders))
        outcome = (await source.submission.SubmitLead(leads.findable(1))).outcome
    finally:
        for task in running_:
            task.cancel()
        await asyncio.gather(*running_, return_exceptions=True)
    assert outcome.status == LEAD_STATUS_SOLD
    request = GetAuctionRequest(auction_id=outcome.auction_id)
    auction = (await running.operator.leads.GetAuction(request)).auction
    pings = {one.campaign_id: one.ping for one in auction.considerations}
    assert pings == {
        campaign_id(0): REASON_BID,
        campaign_id(1): REASON_BID,
        campaign_id(2): REASON_BID_TIMEOUT,
    }
    assert len(auction.posts) == 1


def test_http_bidders_take_posts_and_bid_at_prices_that_go_round() -> None:
    bidder = Bidder(0)
    assert b'"accepted"' in bidder.answer("/post", b"{}")
    assert len({bidder.answer("/ping", b"{}") for _ in range(100)}) == 50
    assert bidder.answer("/sample", b"").endswith(b"{}")


def test_campaigns_of_http_bidders_are_posted_to_where_they_are_asked() -> None:
    (won,) = http_campaigns(["http://a"])
    (posted,) = http_campaigns(["http://a"], posted=True)
    assert (won.http_bidding.call.url, won.HasField("http_posting")) == ("http://a/ping", False)
    assert (posted.http_bidding.call.url, posted.http_posting.call.url) == ("http://a/ping", "http://a/post")
