"""What makes no sense in the catalogue is refused, its field named, and then nothing has changed."""

from typing import Any

import pytest

from leadexchange.v1.buyer_pb2 import Buyer
from leadexchange.v1.campaign_pb2 import (
    CAP_PERIOD_DAY,
    COMPLETION_ON_ACCEPT,
    Cap,
    CodeSet,
    Condition,
    HttpBidding,
    HttpCall,
    NumericRange,
    ScheduleWindow,
    StaticBidding,
    StreamPosting,
    Targeting,
)
from leadexchange.v1.catalog_service_pb2 import (
    CreateBuyerRequest,
    CreateCampaignRequest,
    CreateEndpointRequest,
    CreateSourceRequest,
)
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.source_pb2 import Source
from tests.rpc.catalog import INVALID, targeting
from tests.support.caller import refused
from tests.support.campaigns import one_of, static
from tests.support.exchange import RunningCore


@pytest.mark.parametrize(
    ("source", "field"),
    [
        (Source(display_name=""), "source.display_name"),
        (Source(display_name="x" * 201), "source.display_name"),
        (Source(id="A", display_name="x"), "source.id"),
        (Source(id="exchange", display_name="x"), "source.id"),
        (Source(id="x" * 64, display_name="x"), "source.id"),
        (Source(display_name="x", payout_bps=10_001), "source.payout_bps"),
        (Source(display_name="x", payout_bps=-1), "source.payout_bps"),
        (Source(display_name="x", floor_micros=-1), "source.floor_micros"),
        (Source(display_name="x", state=9), "source.state"),  # type: ignore[arg-type]
    ],
)
async def test_a_source_that_makes_no_sense(running: RunningCore, source: Source, field: str) -> None:
    with running.unchanged():
        found = await refused(running.operator.catalog.CreateSource(CreateSourceRequest(source=source)))
    assert (found.code, found.reason, set(found.fields)) == (INVALID, "INVALID_FIELD", {field})


async def test_a_buyer_that_makes_no_sense(running: RunningCore) -> None:
    for zone in ("Mars/Olympus", "../../etc/passwd", "x" * 300):
        buyer = Buyer(id="ab", display_name="x", time_zone=zone)
        with running.unchanged():
            found = await refused(running.operator.catalog.CreateBuyer(CreateBuyerRequest(buyer=buyer)))
        assert set(found.fields) == {"buyer.time_zone"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "A"}, "campaign.id"),
        ({"display_name": ""}, "campaign.display_name"),
        ({"targeting": Targeting(vertical="unicorns")}, "campaign.targeting.vertical"),
        ({"targeting": None}, "campaign.targeting.vertical"),
        ({"targeting": targeting(Condition(attribute="zip"))}, "campaign.targeting.conditions[0]"),
        ({"targeting": targeting(one_of("state"))}, "campaign.targeting.conditions[0]"),
        ({"targeting": targeting(one_of("state", "TX"), one_of("Bad", "x"))},
         "campaign.targeting.conditions[1].attribute"),
        ({"targeting": targeting(Condition(attribute="ltv", range=NumericRange(min=2, max=1)))},
         "campaign.targeting.conditions[0].range"),
        ({"targeting": targeting(Condition(attribute="ltv", range=NumericRange()))},
         "campaign.targeting.conditions[0].range"),
        ({"targeting": targeting(Condition(attribute="ltv", range=NumericRange(min=float("nan"))))},
         "campaign.targeting.conditions[0].range"),
        ({"targeting": targeting(*[one_of("state", "TX")] * 65)}, "campaign.targeting.conditions"),
        ({"targeting": targeting(allowed_sources=["a/b/c"])}, "campaign.targeting.allowed_sources"),
        ({"targeting": targeting(required_consent=[9])}, "campaign.targeting.required_consent"),
        ({"schedule": [ScheduleWindow(weekday=8, start_minute=0, end_minute=9)]}, "campaign.schedule"),
        ({"schedule": [ScheduleWindow(weekday=1, start_minute=9, end_minute=9)]}, "campaign.schedule"),
        ({"caps": [Cap(period=CAP_PERIOD_DAY)]}, "campaign.caps"),
        ({"caps": [Cap(max_leads=1)]}, "campaign.caps.period"),
        ({"caps": [Cap(period=CAP_PERIOD_DAY, max_leads=-1)]}, "campaign.caps.max_leads"),
        ({"caps": [Cap(period=CAP_PERIOD_DAY, max_leads=1)] * 9}, "campaign.caps"),
        ({"static_bidding": StaticBidding()}, "campaign.static_bidding.base_price_micros"),
        ({"static_bidding": None}, "campaign.bidding"),
        ({"static_bidding": None, "http_bidding": HttpBidding(call=HttpCall(url="ftp://x/y"))},
         "campaign.http_bidding.call.url"),
        ({"static_bidding": None, "http_bidding": HttpBidding(call=HttpCall(url="https://u:p@x/y"))},
         "campaign.http_bidding.call.url"),
        ({"static_bidding": None,
          "http_bidding": HttpBidding(call=HttpCall(url="https://x/y", headers={"a b": "c"}))},
         "campaign.http_bidding.call.headers"),
        ({"static_bidding": None,
          "http_bidding": HttpBidding(call=HttpCall(url="https://x/y", headers={"a": "c\r\nd: e"}))},
         "campaign.http_bidding.call.headers"),
        ({"completion": 0}, "campaign.completion"),
        ({"completion": COMPLETION_ON_ACCEPT}, "campaign.posting"),
        ({"stream_posting": StreamPosting()}, "campaign.posting"),
        ({"bid_window_ms": 1_001}, "campaign.bid_window_ms"),
        ({"post_timeout_ms": -1}, "campaign.post_timeout_ms"),
        ({"priority": 101}, "campaign.priority"),
        ({"on_timeout": 7}, "campaign.on_timeout"),
        ({"max_bid_micros": -1}, "campaign.max_bid_micros"),
    ],
)  # fmt: skip
async def test_a_campaign_that_makes_no_sense(running: RunningCore, change: dict[str, Any], field: str) -> None:
    await running.buyer()
    campaign = static("camp", "lender", **change)
    with running.unchanged():
        found = await refused(running.operator.catalog.CreateCampaign(CreateCampaignRequest(campaign=campaign)))
    assert found.code == INVALID
    assert found.reason == "INVALID_FIELD"
    assert {name.removesuffix(".max_spend_micros") for name in found.fields} == {field}


@pytest.mark.parametrize("buyer_id", ["", "nobody", "ratewise"])
async def test_a_campaign_of_nobody(running: RunningCore, buyer_id: str) -> None:
    await running.source()
    with running.unchanged():
        found = await refused(running.campaign(static("camp", buyer_id)))
    assert (found.code, set(found.fields)) == (INVALID, {"campaign.buyer_id"})


async def test_fifty_thousand_codes_are_taken_and_one_more_is_not(running: RunningCore) -> None:
    await running.buyer()
    codes = [f"{number:05}" for number in range(50_001)]
    most = targeting(Condition(attribute="zip", prefix_in=CodeSet(codes=codes[:-1])))
    assert (await running.campaign(static("most", "lender", targeting=most))).targeting == most
    more = targeting(Condition(attribute="zip", prefix_in=CodeSet(codes=codes)))
    with running.unchanged():
        found = await refused(running.campaign(static("more", "lender", targeting=more)))
    assert set(found.fields) == {"campaign.targeting.conditions[0]"}


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [
        (Endpoint(owner_id="nobody", url="https://x/y", event_types=["*"]), "endpoint.owner_id"),
        (Endpoint(owner_id="lender", url="x", event_types=["*"]), "endpoint.url"),
        (Endpoint(owner_id="lender", url="https://x/y"), "endpoint.event_types"),
        (Endpoint(owner_id="lender", url="https://x/y", event_types=["Lead Sold"]), "endpoint.event_types"),
        (Endpoint(owner_id="lender", url="https://x/y", event_types=["*"] * 65), "endpoint.event_types"),
    ],
)
async def test_an_endpoint_that_makes_no_sense(running: RunningCore, endpoint: Endpoint, field: str) -> None:
    await running.buyer()
    with running.unchanged():
        found = await refused(running.operator.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=endpoint)))
    assert (found.code, set(found.fields)) == (INVALID, {field})
