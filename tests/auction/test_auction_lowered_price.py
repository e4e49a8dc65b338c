"""A buyer that accepts at less than it bid has rejected: nothing of it counts as bought."""

from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Cap
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, Post, PostReply
from leadexchange.v1.reason_pb2 import REASON_ALL_REJECTED, REASON_REJECTED_PRICE
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept
from tests.support.campaigns import UNIT, stream
from tests.support.exchange import RunningCore


def lower(post: Post) -> PostReply:
    return PostReply(post_id=post.post_id, verdict=POST_VERDICT_ACCEPTED, price_micros=post.price_micros - UNIT)


async def test_a_lowered_price_is_a_rejection_and_uses_up_no_cap(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("one", "lender", caps=[Cap(period=CAP_PERIOD_MONTH, max_leads=1)]))
    async with ScriptedBuyer(lender, on_post=lower) as buyer:
        first = (await source.submission.SubmitLead(leads.request(0))).outcome
        assert (first.status, first.reason) == (LEAD_STATUS_UNSOLD, REASON_ALL_REJECTED)
        request = GetAuctionRequest(auction_id=first.auction_id)
        auction = (await running.operator.leads.GetAuction(request)).auction
        assert auction.posts[0].result == auction.considerations[0].result == REASON_REJECTED_PRICE

        buyer.on_post = accept
        second = (await source.submission.SubmitLead(leads.request(1))).outcome
        assert second.status == LEAD_STATUS_SOLD
        assert [void.reason for void in buyer.voids] == [REASON_REJECTED_PRICE]
