"""A buyer that accepts at a higher price, where several cores count against one cap in the same store."""

import asyncio
from pathlib import Path

from leadexchange.v1.api_key_pb2 import ROLE_BUYER, ROLE_SOURCE
from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Cap
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, Post, PostReply
from tests.support import leads, postgres
from tests.support.buyer import ScriptedBuyer
from tests.support.campaigns import UNIT, posted
from tests.support.exchange import RunningCore


async def test_it_is_charged_as_far_as_the_cap_has_room_for_it(tmp_path: Path) -> None:
    """Both cores hold 40 of 100, and both buyers say 60: one is charged that, and 40 are left for the other."""
    postgres.require()
    both = asyncio.Barrier(2)

    async def at_more(post: Post) -> PostReply:
        await both.wait()
        return PostReply(post_id=post.post_id, verdict=POST_VERDICT_ACCEPTED, price_micros=60 * UNIT)

    with postgres.shared_server() as server, server.database() as url:
        async with RunningCore(tmp_path, EXCHANGE_STORE_URL=url) as one:
            await one.source()
            await one.buyer()
            cap = Cap(period=CAP_PERIOD_MONTH, max_spend_micros=100 * UNIT)
            await one.campaign(posted("keen", "lender", 40 * UNIT, caps=[cap], max_bid_micros=90 * UNIT))
            keys = await one.key(ROLE_BUYER, "lender"), await one.key(ROLE_SOURCE, "ratewise")
            async with RunningCore(tmp_path, EXCHANGE_STORE_URL=url) as two:
                buyers, sources = (tuple(core.caller(key) for core in (one, two)) for key in keys)
                async with (
                    ScriptedBuyer(buyers[0], on_post=at_more),
                    ScriptedBuyer(buyers[1], on_post=at_more),
                ):
                    submitted = (
                        source.submission.SubmitLead(leads.request(number)) for number, source in enumerate(sources)
                    )
                    answers = await asyncio.gather(*submitted)
    paid_out = [sale.payout.micros // UNIT for answer in answers for sale in answer.outcome.sales]
    assert sorted(paid_out) == [32, 48]  # 80 % of 40 and of 60
