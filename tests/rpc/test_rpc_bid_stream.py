"""The bid stream as a buyer sees it: the rules of the hello, and which campaigns it serves."""

from typing import Any

import grpc
import pytest

from leadexchange.v1.api_key_pb2 import ROLE_GATEWAY
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.bidder_service_pb2 import BidderHello, BidStreamRequest
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.catalog_service_pb2 import UpdateCampaignRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.party_pb2 import PARTY_STATE_ACTIVE, PARTY_STATE_ARCHIVED
from leadexchange.v1.reason_pb2 import (
    REASON_BIDDER_OFFLINE,
    REASON_NO_BIDS,
)
from tests.rpc.bid_stream import considered, ended, submit
from tests.support.buyer import ScriptedBuyer
from tests.support.caller import Caller
from tests.support.campaigns import http, static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

INVALID = grpc.StatusCode.INVALID_ARGUMENT


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    return await running.source()


@pytest.fixture
async def lender(running: RunningCore) -> Caller:
    """A buyer with one campaign on its stream."""
    lender = await running.buyer()
    await running.campaign(stream("camp", "lender"))
    return lender


@pytest.mark.parametrize(
    ("frames", "field"),
    [
        ([BidStreamRequest()], "hello"),
        ([BidStreamRequest(bids=[Bid()])], "hello"),
        ([], "hello"),
        ([BidStreamRequest(hello=BidderHello()), BidStreamRequest(hello=BidderHello())], "hello"),
        ([BidStreamRequest(hello=BidderHello(credit=-1))], "hello.credit"),
        ([BidStreamRequest(hello=BidderHello(credit=65_537))], "hello.credit"),
        ([BidStreamRequest(hello=BidderHello(agent="x" * 201))], "hello.agent"),
        ([BidStreamRequest(hello=BidderHello()), BidStreamRequest(bids=[Bid()] * 1_025)], "bids"),
        ([BidStreamRequest(hello=BidderHello()), BidStreamRequest(replies=[{}] * 1_025)], "replies"),
    ],
)
async def test_a_stream_that_breaks_the_rules_is_ended(
    running: RunningCore, lender: Caller, frames: list[BidStreamRequest], field: str
) -> None:
    with running.unchanged():
        found = await ended(lender, *frames)
    assert (found.code, found.reason, set(found.fields)) == (INVALID, "INVALID_FIELD", {field})


@pytest.mark.parametrize("campaign_id", ["theirs", "nobodys", ""])
async def test_a_campaign_of_others_does_not_exist(running: RunningCore, lender: Caller, campaign_id: str) -> None:
    await running.buyer("rival")
    await running.campaign(stream("theirs", "rival"))
    found = await ended(lender, BidStreamRequest(hello=BidderHello(campaign_ids=["camp", campaign_id])))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")


async def test_the_welcome_comes_first(running: RunningCore, lender: Caller) -> None:
    async with ScriptedBuyer(lender) as buyer:
        assert buyer.happened[0][0] == "welcome"
        assert buyer.welcome is not None
        assert buyer.welcome.credit == 1_024
        assert buyer.welcome.session_id.startswith("ses_")
        assert abs(buyer.welcome.server_time_ms - running.core.clock.now_ms()) < 5_000
    async with ScriptedBuyer(lender, credit=7) as buyer:
        assert buyer.welcome is not None
        assert buyer.welcome.credit == 7


async def test_a_bidder_is_told_of_its_campaigns_and_of_each_change(running: RunningCore, lender: Caller) -> None:
    rival = await running.buyer("rival")
    await running.campaign(stream("theirs", "rival"))
    await running.campaign(static("not-streamed", "lender"))
    async with ScriptedBuyer(lender) as buyer, ScriptedBuyer(rival) as other:
        await eventually(lambda: buyer.campaigns)
        assert set(buyer.campaigns) == {"camp"}
        await running.campaign(stream("new", "lender"))
        await eventually(lambda: set(buyer.campaigns) == {"camp", "new"})

        async def change(**fields: Any) -> None:
            request = UpdateCampaignRequest(campaign=Campaign(id="camp", **fields))
            await running.operator.catalog.UpdateCampaign(request)

        await change(priority=9)
        await eventually(lambda: buyer.campaigns["camp"].priority == 9)
        await change(state=PARTY_STATE_ARCHIVED)
        await eventually(lambda: "camp" not in buyer.campaigns)
        await change(state=PARTY_STATE_ACTIVE)
        await eventually(lambda: "camp" in buyer.campaigns)
        assert set(other.campaigns) == {"theirs"}


async def test_a_bidder_may_serve_some_of_its_campaigns(running: RunningCore, source: Caller, lender: Caller) -> None:
    await running.campaign(stream("other", "lender"))
    async with ScriptedBuyer(lender, "other") as buyer:
        outcome = await submit(source)
        assert set(buyer.campaigns) == {"other"}
        assert [list(ping.campaign_ids) for ping in buyer.pings] == [["other"]]
    assert (await considered(running, outcome)).ping == REASON_BIDDER_OFFLINE


async def test_only_the_gateway_serves_http_campaigns_and_is_given_their_headers(
    running: RunningCore, lender: Caller
) -> None:
    await running.campaign(http("over-http", "lender", "https://buyer.example"))
    gateway = running.caller(await running.key(ROLE_GATEWAY))
    async with ScriptedBuyer(gateway) as serving, ScriptedBuyer(lender) as buyer:
        await eventually(lambda: serving.campaigns and buyer.campaigns)
        assert set(serving.campaigns) == {"over-http"}
        headers = serving.campaigns["over-http"].http_bidding.call.headers
        assert headers == {"x-buyer-key": "hunter2hunter2"}
        assert set(buyer.campaigns) == {"camp"}
        assert not any(b"hunter2" in frame for frame in buyer.frames)


async def test_a_bidder_that_leaves_is_let_go(running: RunningCore, source: Caller, lender: Caller) -> None:
    async with ScriptedBuyer(lender) as buyer:
        assert (await submit(source)).status == LEAD_STATUS_SOLD
        await buyer.leave()
        assert buyer.error is None
        outcome = await submit(source, 1)
    assert outcome.reason == REASON_NO_BIDS
    assert (await considered(running, outcome)).ping == REASON_BIDDER_OFFLINE
