"""The sale, end to end: the best bidder is posted the lead, then the next, until one has it; and nobody else does."""

import asyncio
import time
from typing import Any

import pytest

from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, ON_TIMEOUT_HOLD, Cap
from leadexchange.v1.lead_pb2 import LEAD_STATUS_IN_REVIEW, LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.post_pb2 import (
    POST_VERDICT_ACCEPTED,
    POST_VERDICT_FAILED,
    POST_VERDICT_PENDING,
    POST_VERDICT_REJECTED,
)
from leadexchange.v1.reason_pb2 import (
    REASON_ACCEPTED,
    REASON_ALL_REJECTED,
    REASON_HELD,
    REASON_OUTRANKED,
    REASON_PENDING_REVIEW,
    REASON_POST_ERROR,
    REASON_POST_NOT_SENT,
    REASON_POST_TIMEOUT,
    REASON_REJECTED,
    REASON_REJECTED_CAPACITY,
    REASON_REJECTED_DUPLICATE,
)
from tests.auction.stage import BACKSTOP, bidder, replying, results, submit, trace, voids
from tests.support.buyer import accept, reject, silent
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, posted, static
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    """A source, and a buyer of last resort who takes what it wins."""
    source = await running.source()
    await running.buyer("backstop")
    await running.campaign(static("backstop", "backstop", BACKSTOP))
    return source


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
