"""The sale, end to end: the best bidder is posted the lead, then the next, until one has it; and nobody else does."""

import asyncio
import time
from typing import Any

import pytest

from exchange.domain.event import Event
from leadexchange.v1.auction_pb2 import Auction
from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, ON_TIMEOUT_HOLD, Cap
from leadexchange.v1.lead_pb2 import LEAD_STATUS_IN_REVIEW, LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.post_pb2 import (
    POST_VERDICT_ACCEPTED,
    POST_VERDICT_FAILED,
    POST_VERDICT_PENDING,
    POST_VERDICT_REJECTED,
    Post,
    PostReply,
)
from leadexchange.v1.reason_pb2 import (
    REASON_ACCEPTED,
    REASON_ALL_BELOW_FLOOR,
    REASON_ALL_REJECTED,
    REASON_HELD,
    REASON_NO_BIDS,
    REASON_OUT_OF_TIME,
    REASON_OUTRANKED,
    REASON_PENDING_REVIEW,
    REASON_POST_ERROR,
    REASON_POST_NOT_SENT,
    REASON_POST_TIMEOUT,
    REASON_REJECTED,
    REASON_REJECTED_CAPACITY,
    REASON_REJECTED_DUPLICATE,
    REASON_REJECTED_PRICE,
    REASON_WON,
)
from leadexchange.v1.submission_service_pb2 import LeadOutcome
from tests.support import leads
from tests.support.buyer import Posted, ScriptedBuyer, accept, bidding, reject, silent
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, posted, static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

BACKSTOP = 2 * UNIT


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    """A source, and a buyer of last resort who takes what it wins."""
    source = await running.source()
    await running.buyer("backstop")
    await running.campaign(static("backstop", "backstop", BACKSTOP))
    return source


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
    return await running.core.store.events(0, owner_id, ["lead.voided"], 100)


def replying(**fields: Any) -> Posted:
    """A reply with these fields."""
    return lambda post: PostReply(post_id=post.post_id, **fields)


async def test_the_best_bidder_has_the_lead_and_the_others_never_see_it(running: RunningCore, source: Caller) -> None:
    async with (
        await bidder(running, "best", 9 * UNIT, accept) as best,
        await bidder(running, "second", 8 * UNIT, accept) as second,
    ):
        outcome = await submit(source, 1)
        assert (outcome.status, outcome.payout.micros) == (LEAD_STATUS_SOLD, 9 * UNIT * 8 // 10)
        (post,) = best.posts
        assert second.posts == []
    assert (post.lead_id, post.price_micros, post.bid_reference) == (outcome.lead_id, 9 * UNIT, "ref-best")
    assert (post.repeat, post.test) == (False, False)
    assert post.contact.first_name == "Quillibald0001"
    assert await results(running, outcome) == {
        "best": REASON_ACCEPTED,
        "second": REASON_OUTRANKED,
        "backstop": REASON_OUTRANKED,
    }
    assert (await trace(running, outcome)).phases.post_accepted_us > 0


@pytest.mark.parametrize("reason", [REASON_REJECTED, REASON_REJECTED_DUPLICATE, REASON_REJECTED_CAPACITY])
async def test_a_rejected_lead_goes_to_the_next(running: RunningCore, source: Caller, reason: int) -> None:
    async with (
        await bidder(running, "best", 9 * UNIT, replying(verdict=POST_VERDICT_REJECTED, reason=reason)) as best,
        await bidder(running, "second", 8 * UNIT, accept) as second,
    ):
        outcome = await submit(source)
        assert (len(best.posts), len(second.posts), best.voids) == (1, 1, [])
    assert outcome.payout.micros == 8 * UNIT * 8 // 10
    seen = await trace(running, outcome)
    assert [(one.campaign_id, one.result) for one in seen.posts] == [("best", reason), ("second", REASON_ACCEPTED)]
    assert (await results(running, outcome))["best"] == reason
    assert await voids(running) == []


async def test_when_all_reject_the_lead_is_unsold(running: RunningCore) -> None:
    source = await running.source()
    async with (
        await bidder(running, "best", 9 * UNIT, reject) as best,
        await bidder(running, "second", 8 * UNIT, reject) as second,
    ):
        outcome = await submit(source)
        assert (len(best.posts), len(second.posts)) == (1, 1)
    assert (outcome.status, outcome.reason) == (LEAD_STATUS_UNSOLD, REASON_ALL_REJECTED)
    assert not outcome.sales


async def test_a_rejection_uses_up_no_cap(running: RunningCore) -> None:
    source = await running.source()
    caps = [Cap(period=CAP_PERIOD_MONTH, max_leads=1)]
    async with await bidder(running, "best", 9 * UNIT, reject, caps=caps) as best:
        for number in range(3):
            assert (await submit(source, number)).reason == REASON_ALL_REJECTED
        best.on_post = accept
        assert (await submit(source, 3)).status == LEAD_STATUS_SOLD
        assert (await submit(source, 4)).status == LEAD_STATUS_UNSOLD


# Posts whose outcome is not known.


async def test_a_post_that_is_not_answered_goes_to_the_next_and_is_voided(running: RunningCore, source: Caller) -> None:
    async with await bidder(running, "slow", 9 * UNIT, silent, post_timeout_ms=60) as slow:
        outcome = await submit(source)
        assert (outcome.status, outcome.sales[0].campaign_id) == (LEAD_STATUS_SOLD, "backstop")
        await eventually(lambda: slow.voids)
        (post,), (void,) = slow.posts, slow.voids
        assert (void.post_id, void.campaign_id, void.lead_id) == (post.post_id, "slow", outcome.lead_id)
        assert void.reason == REASON_POST_TIMEOUT
        # And its acceptance, when it comes at last, is answered in the same way.
        await slow.send(replies=[accept(post)])
        await eventually(lambda: len(slow.voids) == 2)
        assert slow.voids[1].post_id == post.post_id
        assert running.core.metrics.counts["replies_late"] == 1
    (event,) = await voids(running, "slow")
    assert event.lead_id == outcome.lead_id
    assert (await results(running, outcome))["slow"] == REASON_POST_TIMEOUT


async def test_a_lead_that_is_held_goes_to_nobody_else(running: RunningCore, source: Caller) -> None:
    async with await bidder(running, "slow", 9 * UNIT, silent, post_timeout_ms=60, on_timeout=ON_TIMEOUT_HOLD) as slow:
        outcome = await submit(source)
        assert (outcome.status, outcome.reason) == (LEAD_STATUS_UNSOLD, REASON_HELD)
        await slow.send(replies=[accept(slow.posts[0])])
        await eventually(lambda: slow.voids)
    assert (await results(running, outcome))["backstop"] == REASON_OUTRANKED


async def test_a_buyer_that_hangs_up_in_the_middle_of_a_post(running: RunningCore, source: Caller) -> None:
    async with await bidder(running, "gone", 9 * UNIT, silent) as gone:
        auction = asyncio.ensure_future(submit(source))
        await eventually(lambda: gone.posts)
        begun = time.monotonic()
        await gone.hang_up()
        outcome = await auction
        assert time.monotonic() - begun < 2
    assert outcome.sales[0].campaign_id == "backstop"
    assert (await results(running, outcome))["gone"] == REASON_POST_ERROR
    (event,) = await voids(running, "gone")
    assert event.lead_id == outcome.lead_id


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"verdict": 99},
        {"verdict": POST_VERDICT_ACCEPTED, "reason_code": "two words"},
        {"verdict": POST_VERDICT_ACCEPTED, "buyer_reference": "x" * 129},
        {"verdict": POST_VERDICT_ACCEPTED, "redirect_url": "http://buyer.example/next"},
        {"verdict": POST_VERDICT_ACCEPTED, "redirect_url": "javascript:alert(1)"},
        {"verdict": POST_VERDICT_ACCEPTED, "redirect_url": "https://x/" + "y" * 2_048},
        {"verdict": POST_VERDICT_ACCEPTED, "price_micros": -1},
        {"verdict": POST_VERDICT_FAILED, "reason": REASON_POST_ERROR},
        {"verdict": POST_VERDICT_FAILED, "reason": REASON_ACCEPTED},
    ],
)
async def test_an_answer_that_cannot_be_read_is_no_sale_and_is_voided(
    running: RunningCore, source: Caller, fields: dict[str, Any]
) -> None:
    async with await bidder(running, "odd", 9 * UNIT, replying(**fields)) as odd:
        outcome = await submit(source)
        assert outcome.sales[0].campaign_id == "backstop"
        await eventually(lambda: odd.voids)
    assert (await results(running, outcome))["odd"] == REASON_POST_ERROR
    assert len(await voids(running, "odd")) == 1


async def test_a_post_that_never_left_is_not_voided(running: RunningCore, source: Caller) -> None:
    async with await bidder(
        running, "gateway-like", 9 * UNIT, replying(verdict=POST_VERDICT_FAILED, reason=REASON_POST_NOT_SENT)
    ) as unreached:
        outcome = await submit(source)
        assert unreached.voids == []
    assert outcome.sales[0].campaign_id == "backstop"
    assert await voids(running) == []


async def test_a_buyer_that_is_not_connected_is_passed_over(running: RunningCore, source: Caller) -> None:
    await running.buyer("absent")
    await running.campaign(posted("absent", "absent", 9 * UNIT))
    outcome = await submit(source)
    assert outcome.sales[0].campaign_id == "backstop"
    assert (await results(running, outcome))["absent"] == REASON_POST_NOT_SENT
    assert await voids(running) == []


async def test_a_lead_kept_for_review_is_in_review(running: RunningCore, source: Caller) -> None:
    async with await bidder(running, "careful", 9 * UNIT, replying(verdict=POST_VERDICT_PENDING)):
        outcome = await submit(source)
    assert (outcome.status, outcome.reason) == (LEAD_STATUS_IN_REVIEW, REASON_PENDING_REVIEW)
    assert not outcome.sales


# Prices and references in answers.


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


# Time.


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


# Which bid is best.


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
