"""Which bid is best, at which price it sells, and how long that may take."""

import time

import pytest

from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.post_pb2 import (
    POST_VERDICT_ACCEPTED,
    Post,
    PostReply,
)
from leadexchange.v1.reason_pb2 import (
    REASON_ALL_BELOW_FLOOR,
    REASON_NO_BIDS,
    REASON_OUT_OF_TIME,
    REASON_REJECTED_PRICE,
    REASON_WON,
)
from tests.auction.stage import BACKSTOP, bidder, replying, results, submit, trace, voids
from tests.support.buyer import ScriptedBuyer, accept, silent
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    """A source, and a buyer of last resort who takes what it wins."""
    source = await running.source()
    await running.buyer("backstop")
    await running.campaign(static("backstop", "backstop", BACKSTOP))
    return source


async def test_the_buyers_answer_reaches_the_source(running: RunningCore, source: Caller) -> None:
    reply = replying(
        verdict=POST_VERDICT_ACCEPTED, redirect_url="https://buyer.example/thanks", buyer_reference="crm-7"
    )
    async with await bidder(running, "best", 9 * UNIT, reply):
        outcome = await submit(source)
    assert outcome.redirect_url == "https://buyer.example/thanks"


async def test_a_higher_price_is_taken_up_to_the_campaigns_maximum(running: RunningCore, source: Caller) -> None:
    def raised(post: Post) -> PostReply:
        return PostReply(post_id=post.post_id, verdict=POST_VERDICT_ACCEPTED, price_micros=15 * UNIT)

    async with await bidder(running, "keen", 9 * UNIT, raised, max_bid_micros=12 * UNIT):
        outcome = await submit(source)
    assert outcome.payout.micros == 12 * UNIT * 8 // 10


async def test_a_lower_price_is_a_rejection_and_is_voided(running: RunningCore, source: Caller) -> None:
    def lowered(post: Post) -> PostReply:
        return PostReply(post_id=post.post_id, verdict=POST_VERDICT_ACCEPTED, price_micros=post.price_micros - 1)

    async with await bidder(running, "mean", 9 * UNIT, lowered) as mean:
        outcome = await submit(source)
        await eventually(lambda: mean.voids)
    assert outcome.sales[0].campaign_id == "backstop"
    assert (await results(running, outcome))["mean"] == REASON_REJECTED_PRICE
    assert len(await voids(running, "mean")) == 1


async def test_a_silent_bidder_costs_its_window_and_no_more(running: RunningCore, source: Caller) -> None:
    caller = await running.buyer("silent")
    await running.campaign(stream("silent", "silent", bid_window_ms=150))
    async with ScriptedBuyer(caller, on_ping=silent):
        begun = time.monotonic()
        outcome = await submit(source)
        assert 0.14 < time.monotonic() - begun < 0.9
    assert outcome.sales[0].campaign_id == "backstop"


async def test_the_budget_ends_the_cascade(running: RunningCore) -> None:
    source = await running.source()
    async with (
        await bidder(running, "slow", 9 * UNIT, silent) as slow,
        await bidder(running, "second", 8 * UNIT, accept) as second,
    ):
        begun = time.monotonic()
        outcome = await submit(source, budget_ms=150)
        assert time.monotonic() - begun < 1.5
        assert (outcome.status, outcome.reason) == (LEAD_STATUS_UNSOLD, REASON_OUT_OF_TIME)
        assert second.posts == []
        await eventually(lambda: slow.voids)
    assert (await results(running, outcome))["second"] == REASON_OUT_OF_TIME


async def test_a_ping_says_how_long_it_may_take_within_the_budget(running: RunningCore) -> None:
    source = await running.source()
    async with await bidder(running, "slow", 9 * UNIT, accept) as slow:
        slow.on_ping = silent
        outcome = await submit(source, budget_ms=100)
        assert outcome.reason == REASON_NO_BIDS
        assert 0 < slow.pings[0].window_ms <= 100


async def test_a_sale_on_win_needs_no_post(running: RunningCore, source: Caller) -> None:
    outcome = await submit(source)
    assert (outcome.status, outcome.payout.micros) == (LEAD_STATUS_SOLD, BACKSTOP * 8 // 10)
    seen = await trace(running, outcome)
    assert not seen.posts
    assert [one.result for one in seen.considerations] == [REASON_WON]


async def test_no_bid_below_the_sources_floor_stands(running: RunningCore) -> None:
    source = await running.source(floor_micros=5 * UNIT)
    await running.buyer()
    await running.campaign(static("low", "lender", 5 * UNIT - 1))
    outcome = await submit(source)
    assert (outcome.status, outcome.reason) == (LEAD_STATUS_UNSOLD, REASON_ALL_BELOW_FLOOR)
    await running.buyer("other")
    await running.campaign(static("enough", "other", 5 * UNIT))
    assert (await submit(source, 1)).sales[0].campaign_id == "enough"


async def test_equal_prices_go_by_priority(running: RunningCore) -> None:
    source = await running.source()
    for name, priority in (("a-buyer", 7), ("b-buyer", 3), ("c-buyer", 5)):
        await running.buyer(name)
        await running.campaign(static(name, name, priority=priority))
    for number in range(5):
        assert (await submit(source, number)).sales[0].campaign_id == "b-buyer"


async def test_the_share_of_the_source_is_its_own(running: RunningCore) -> None:
    await running.buyer()
    await running.campaign(static("all", "lender", 10_000_001))
    for name, share, earned in (("none", 0, 0), ("third", 3_333, 3_333_000), ("whole", 10_000, 10_000_001)):
        source = await running.source(name, payout_bps=share)
        assert (await submit(source)).payout.micros == earned
