"""Pings, bids and credit: what is done with each kind of answer over the bid stream."""

import asyncio
import time
from typing import Any

import pytest

from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.catalog_service_pb2 import UpdateCampaignRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.reason_pb2 import (
    REASON_BID,
    REASON_BID_INVALID,
    REASON_BID_TIMEOUT,
    REASON_BIDDER_DISCONNECTED,
    REASON_BIDDER_ERROR,
    REASON_BIDDER_SATURATED,
    REASON_NO_BID,
    REASON_NO_BIDS,
)
from tests.rpc.bid_stream import considered, submit, trace
from tests.support.buyer import Bids, ScriptedBuyer, bidding, silent
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    return await running.source()


@pytest.fixture
async def lender(running: RunningCore) -> Caller:
    """A buyer with one campaign on its stream."""
    lender = await running.buyer()
    await running.campaign(stream("camp", "lender"))
    return lender


async def test_a_ping_says_what_the_bidder_needs(running: RunningCore, source: Caller, lender: Caller) -> None:
    await running.campaign(stream("second", "lender"))
    async with ScriptedBuyer(lender) as buyer:
        outcome = await submit(source)
        (ping,) = buyer.pings
    assert ping.auction_id == outcome.auction_id
    assert set(ping.campaign_ids) == {"camp", "second"}  # one ping for all of a bidder's campaigns
    assert (ping.vertical, ping.source_id, ping.sub_source) == ("mortgage", "ratewise", "aff-36")
    told = {one.name: getattr(one, str(one.WhichOneof("value"))) for one in ping.attributes}
    assert (told["state"], told["zip"], told["loan_amount"], told["self_employed"]) == ("TX", "78251", 89000.0, False)
    assert ping.consent.has_time
    assert ping.consent.has_trustedform
    assert not ping.consent.has_jornaya
    assert 0 < ping.window_ms <= 1_000
    assert abs(ping.deadline_ms - running.core.clock.now_ms()) < 5_000


async def test_the_first_bid_stands(running: RunningCore, source: Caller, lender: Caller) -> None:
    def twice(ping: Ping) -> Bids:
        return [
            Bid(auction_id=ping.auction_id, campaign_id="camp", price_micros=price) for price in (5 * UNIT, 50 * UNIT)
        ]

    slow = await running.buyer("slow")
    await running.campaign(stream("slow", "slow", bid_window_ms=100))
    async with ScriptedBuyer(lender, on_ping=twice), ScriptedBuyer(slow, on_ping=silent):
        outcome = await submit(source)
    assert (await considered(running, outcome)).price_micros == 5 * UNIT
    assert (await trace(running, outcome)).stray_bids == 1
    assert running.core.metrics.counts["bids_duplicate"] == 1


async def test_a_late_bid_is_counted_and_not_used(running: RunningCore, source: Caller, lender: Caller) -> None:
    change = UpdateCampaignRequest(campaign=Campaign(id="camp", bid_window_ms=50))
    await running.operator.catalog.UpdateCampaign(change)
    async with ScriptedBuyer(lender, on_ping=silent) as buyer:
        outcome = await submit(source)
        assert outcome.reason == REASON_NO_BIDS
        await buyer.send(Bid(auction_id=outcome.auction_id, campaign_id="camp", price_micros=UNIT))
        await eventually(lambda: running.core.metrics.counts["bids_late"] == 1)
        buyer.on_ping = bidding(UNIT)
        assert (await submit(source, 1)).status == LEAD_STATUS_SOLD  # and the stream lives
    found = await considered(running, outcome)
    assert found.ping == REASON_BID_TIMEOUT
    assert found.latency_us >= 45_000


async def test_a_bid_nobody_asked_for_is_counted(running: RunningCore, source: Caller, lender: Caller) -> None:
    async with ScriptedBuyer(lender) as buyer:
        await buyer.send(
            Bid(auction_id="auc_01M884XZT9D21THHFY2N5R82HH", campaign_id="camp", price_micros=UNIT), Bid(), Bid()
        )
        await eventually(lambda: running.core.metrics.counts["bids_unsolicited"] == 3)
        assert (await submit(source)).status == LEAD_STATUS_SOLD


async def test_nobody_bids_for_anothers_campaign(running: RunningCore, source: Caller, lender: Caller) -> None:
    """A bidder knows the auction's id; it must not speak for others who take part in it."""
    rival = await running.buyer("rival")
    await running.campaign(stream("theirs", "rival", bid_window_ms=300))

    def meddle(ping: Ping) -> Bids:
        return [
            Bid(auction_id=ping.auction_id, campaign_id="theirs", price_micros=900 * UNIT),
            Bid(auction_id=ping.auction_id, campaign_id="camp", price_micros=2 * UNIT),
        ]

    async def honest(ping: Ping) -> Bids:
        await asyncio.sleep(0.05)
        return [Bid(auction_id=ping.auction_id, campaign_id="theirs", price_micros=5 * UNIT)]

    async with ScriptedBuyer(lender, on_ping=meddle), ScriptedBuyer(rival, on_ping=honest):
        outcome = await submit(source)
    theirs = await considered(running, outcome, "theirs")
    assert theirs.price_micros == 5 * UNIT
    assert outcome.payout.micros == 4 * UNIT
    assert running.core.metrics.counts["bids_unsolicited"] == 1
    assert (await trace(running, outcome)).stray_bids == 1


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"price_micros": -1}, REASON_BID_INVALID),
        ({"price_micros": 2**62}, REASON_BID_INVALID),
        ({"price_micros": 1_001 * UNIT}, REASON_BID_INVALID),
        ({"price_micros": UNIT, "reason_code": "two words"}, REASON_BID_INVALID),
        ({"price_micros": UNIT, "reason_code": "x" * 65}, REASON_BID_INVALID),
        ({"price_micros": UNIT, "bid_reference": "x" * 129}, REASON_BID_INVALID),
        ({}, REASON_NO_BID),
        ({"reason": REASON_NO_BID}, REASON_NO_BID),
        ({"reason": REASON_BIDDER_ERROR}, REASON_BIDDER_ERROR),
        ({"reason": REASON_BID}, REASON_NO_BID),
        ({"reason": 999}, REASON_NO_BID),
    ],
)
async def test_an_answer_without_a_good_price_is_noted_as_such(
    running: RunningCore, source: Caller, lender: Caller, fields: dict[str, Any], result: int
) -> None:
    def answer(ping: Ping) -> Bids:
        return [Bid(auction_id=ping.auction_id, campaign_id="camp", **fields)]

    async with ScriptedBuyer(lender, on_ping=answer) as buyer:
        begun = time.monotonic()
        outcome = await submit(source)
        assert time.monotonic() - begun < 0.9  # an answer, if a bad one: nobody waits for the window to close
        assert outcome.status == LEAD_STATUS_UNSOLD
        found = await considered(running, outcome)
        assert (found.ping, found.price_micros) == (result, 0)
        buyer.on_ping = bidding(UNIT)
        assert (await submit(source, 1)).status == LEAD_STATUS_SOLD


async def test_a_declined_ping_keeps_the_buyers_own_code(running: RunningCore, source: Caller, lender: Caller) -> None:
    def decline(ping: Ping) -> Bids:
        return [Bid(auction_id=ping.auction_id, campaign_id="camp", reason=REASON_NO_BID, reason_code="ltv.too-high")]

    async with ScriptedBuyer(lender, on_ping=decline):
        outcome = await submit(source)
    assert (await considered(running, outcome)).reason_code == "ltv.too-high"


async def test_credit_bounds_what_is_unanswered(running: RunningCore, source: Caller, lender: Caller) -> None:
    release = asyncio.Event()

    async def held(ping: Ping) -> Bids:
        await release.wait()
        return bidding(UNIT)(ping)  # type: ignore[return-value]

    async with ScriptedBuyer(lender, on_ping=held, credit=2) as buyer:
        open_ = [asyncio.ensure_future(submit(source, number)) for number in range(2)]
        await eventually(lambda: len(buyer.pings) == 2)
        third = await submit(source, 2)
        assert (await considered(running, third)).ping == REASON_BIDDER_SATURATED
        assert len(buyer.pings) == 2
        release.set()
        assert [(await one).status for one in open_] == [LEAD_STATUS_SOLD] * 2
        assert (await submit(source, 3)).status == LEAD_STATUS_SOLD


async def test_a_bidder_that_hangs_up_holds_up_nobody(running: RunningCore, source: Caller, lender: Caller) -> None:
    rival = await running.buyer("rival")
    await running.campaign(stream("theirs", "rival"))
    async with ScriptedBuyer(lender, on_ping=silent) as buyer, ScriptedBuyer(rival, on_ping=bidding(3 * UNIT)):
        begun = time.monotonic()
        auction = asyncio.ensure_future(submit(source))
        await eventually(lambda: buyer.pings)
        await buyer.hang_up()
        outcome = await auction
        assert time.monotonic() - begun < 0.9  # before the window of a second has closed
    assert outcome.payout.micros == 3 * UNIT * 8 // 10
    assert (await considered(running, outcome)).ping == REASON_BIDDER_DISCONNECTED


async def test_a_bid_stands_though_its_bidder_hung_up_afterwards(
    running: RunningCore, source: Caller, lender: Caller
) -> None:
    rival = await running.buyer("rival")
    await running.campaign(stream("theirs", "rival", bid_window_ms=400))
    async with ScriptedBuyer(lender, on_ping=bidding(9 * UNIT)) as buyer, ScriptedBuyer(rival, on_ping=silent) as slow:
        auction = asyncio.ensure_future(submit(source))
        await eventually(lambda: slow.pings and buyer.pings)
        await asyncio.sleep(0.05)
        await buyer.hang_up()
        outcome = await auction
    found = await considered(running, outcome)
    assert (found.ping, found.price_micros) == (REASON_BID, 9 * UNIT)
    assert (await trace(running, outcome)).stray_bids == 0  # hanging up is no bid
    assert running.core.metrics.counts["bids_duplicate"] == 0


async def test_several_streams_share_a_campaign(running: RunningCore, source: Caller, lender: Caller) -> None:
    async with ScriptedBuyer(lender, credit=50) as one, ScriptedBuyer(lender, credit=50) as two:
        outcomes = await asyncio.gather(*(submit(source, number) for number in range(40)))
        assert {outcome.status for outcome in outcomes} == {LEAD_STATUS_SOLD}
        assert len(one.posts) + len(two.posts) == 40
        assert one.posts
        assert two.posts
        await one.hang_up()
        assert (await submit(source, 41)).status == LEAD_STATUS_SOLD


async def test_a_stream_of_many_large_campaigns_opens(running: RunningCore, lender: Caller) -> None:
    """Its frames stay within what gRPC clients take by default (4 MiB)."""
    zips = [f"{number:05}" for number in range(50_000)]
    targeting = {"vertical": "mortgage", "conditions": [{"attribute": "zip", "in": {"codes": zips}}]}
    for number in range(14):
        await running.campaign(stream(f"large{number}", "lender", targeting=targeting))
    async with ScriptedBuyer(lender) as buyer:
        await eventually(lambda: len(buyer.campaigns) == 15 or buyer.error)
        assert buyer.error is None
