"""Who takes part: created, read, listed and changed, by those who may; a change is seen by the next auction."""

import asyncio
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from leadexchange.v1.buyer_pb2 import Buyer
from leadexchange.v1.campaign_pb2 import (
    CAP_PERIOD_DAY,
    COMPLETION_ON_ACCEPT,
    COMPLETION_ON_WIN,
    Campaign,
    Cap,
    CodeSet,
    Condition,
    HttpBidding,
    HttpCall,
    NumericRange,
    ScheduleWindow,
    StaticBidding,
    StreamBidding,
    StreamPosting,
    Targeting,
)
from leadexchange.v1.catalog_service_pb2 import (
    CreateBuyerRequest,
    CreateCampaignRequest,
    CreateEndpointRequest,
    CreateSourceRequest,
    GetBuyerRequest,
    GetCampaignRequest,
    GetEndpointRequest,
    GetSourceRequest,
    ListBuyersRequest,
    ListCampaignsRequest,
    ListEndpointsRequest,
    ListSourcesRequest,
    UpdateBuyerRequest,
    UpdateCampaignRequest,
    UpdateEndpointRequest,
    UpdateSourceRequest,
)
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.party_pb2 import PARTY_STATE_ACTIVE, PARTY_STATE_ARCHIVED, PARTY_STATE_PAUSED
from leadexchange.v1.source_pb2 import Source
from tests.support import leads
from tests.support.caller import Caller, refused
from tests.support.campaigns import UNIT, http, one_of, static, stream
from tests.support.exchange import RunningCore

INVALID = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.NOT_FOUND, "NOT_FOUND"


def mask(*paths: str) -> FieldMask:
    return FieldMask(paths=paths)


async def get(caller: Caller, campaign_id: str) -> Campaign:
    return (await caller.catalog.GetCampaign(GetCampaignRequest(campaign_id=campaign_id))).campaign


async def update(caller: Caller, campaign: Campaign, *paths: str) -> Campaign:
    request = UpdateCampaignRequest(campaign=campaign, update_mask=mask(*paths))
    return (await caller.catalog.UpdateCampaign(request)).campaign


async def outcome(source: Caller, number: int = 0, **changed: Any) -> Any:
    return (await source.submission.SubmitLead(leads.request(number, **changed))).outcome


# Creating and reading.


async def test_what_was_created_is_read_back(running: RunningCore) -> None:
    catalog = running.operator.catalog
    source = (await catalog.CreateSource(CreateSourceRequest(source=Source(display_name="Ünï", payout_bps=0)))).source
    assert source.id.startswith("src_")
    assert (source.state, source.payout_bps, source.revision) == (PARTY_STATE_ACTIVE, 0, 1)
    assert source.HasField("created_at")
    assert (await catalog.GetSource(GetSourceRequest(source_id=source.id))).source == source

    buyer = (await catalog.CreateBuyer(CreateBuyerRequest(buyer=Buyer(id="ab", display_name="B")))).buyer
    assert (buyer.id, buyer.time_zone) == ("ab", "UTC")
    assert (await catalog.GetBuyer(GetBuyerRequest(buyer_id="ab"))).buyer == buyer

    made = await running.campaign(static("", "ab", display_name="Minted"))
    assert made.id.startswith("camp_")
    assert (made.bid_window_ms, made.post_timeout_ms, made.max_bid_micros) == (100, 500, 1_000 * UNIT)
    assert await get(running.operator, made.id) == made

    endpoint = await running.endpoint("ab", "https://hooks.example/x")
    read = (await catalog.GetEndpoint(GetEndpointRequest(endpoint_id=endpoint.id))).endpoint
    assert endpoint.secret.startswith("whsec_")
    endpoint.ClearField("secret")
    assert read == endpoint

    await running.restart()
    catalog = running.operator.catalog
    assert (await catalog.GetSource(GetSourceRequest(source_id=source.id))).source == source
    assert (await catalog.GetBuyer(GetBuyerRequest(buyer_id="ab"))).buyer == buyer
    assert await get(running.operator, made.id) == made
    assert (await catalog.GetEndpoint(GetEndpointRequest(endpoint_id=endpoint.id))).endpoint == read


async def test_an_id_is_taken_once_and_sources_and_buyers_share_theirs(running: RunningCore) -> None:
    await running.source("one")
    await running.buyer("two")
    await running.campaign(static("camp", "two"))
    catalog = running.operator.catalog
    with running.unchanged():
        for call in (
            catalog.CreateSource(CreateSourceRequest(source=Source(id="one", display_name="x"))),
            catalog.CreateBuyer(CreateBuyerRequest(buyer=Buyer(id="one", display_name="x"))),
            catalog.CreateSource(CreateSourceRequest(source=Source(id="two", display_name="x"))),
            catalog.CreateCampaign(CreateCampaignRequest(campaign=static("camp", "two"))),
        ):
            found = await refused(call)
            assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS")


async def test_of_ten_that_create_one_thing_at_once_one_does(running: RunningCore) -> None:
    request = CreateSourceRequest(source=Source(id="one", display_name="x"))
    calls = [running.operator.catalog.CreateSource(request) for _ in range(10)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert len([one for one in answers if not isinstance(one, BaseException)]) == 1


async def test_what_does_not_exist_is_not_found(running: RunningCore) -> None:
    catalog = running.operator.catalog
    with running.unchanged():
        for call in (
            catalog.GetSource(GetSourceRequest(source_id="x")),
            catalog.GetBuyer(GetBuyerRequest()),
            catalog.GetCampaign(GetCampaignRequest(campaign_id="x")),
            catalog.GetEndpoint(GetEndpointRequest(endpoint_id="x")),
            catalog.UpdateSource(UpdateSourceRequest(source=Source(id="x", display_name="y"))),
            catalog.UpdateBuyer(UpdateBuyerRequest()),
            catalog.UpdateCampaign(UpdateCampaignRequest(campaign=Campaign(id="x"))),
            catalog.UpdateEndpoint(UpdateEndpointRequest(endpoint=Endpoint(id="x"))),
        ):
            found = await refused(call)
            assert (found.code, found.reason) == MISSING


# What may not be.


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


def targeting(*conditions: Condition, **fields: Any) -> Targeting:
    return Targeting(**{"vertical": "mortgage", "conditions": conditions, **fields})


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


# Changing.


async def test_a_mask_names_what_changes(running: RunningCore) -> None:
    await running.buyer()
    made = await running.campaign(static("camp", "lender", 5 * UNIT, priority=3, bid_window_ms=70))
    change = Campaign(id="camp", display_name="New", priority=9, bid_window_ms=0)
    changed = await update(running.operator, change, "display_name", "bid_window_ms")
    assert (changed.display_name, changed.priority, changed.bid_window_ms) == ("New", 3, 100)
    assert changed.revision == made.revision + 1
    assert changed.created_at == made.created_at
    nested = Campaign(id="camp", static_bidding=StaticBidding(base_price_micros=8 * UNIT, max_price_micros=1))
    changed = await update(running.operator, nested, "static_bidding.base_price_micros")
    assert (changed.static_bidding.base_price_micros, changed.static_bidding.max_price_micros) == (8 * UNIT, 0)
    assert await get(running.operator, "camp") == changed


async def test_without_a_mask_the_fields_that_are_set_change(running: RunningCore) -> None:
    await running.buyer()
    await running.campaign(static("camp", "lender", caps=[Cap(period=CAP_PERIOD_DAY, max_leads=1)], priority=4))
    changed = await update(running.operator, Campaign(id="camp", caps=[Cap(period=CAP_PERIOD_DAY, max_leads=7)]))
    assert [cap.max_leads for cap in changed.caps] == [7]
    assert changed.priority == 4
    cleared = await update(running.operator, Campaign(id="camp"), "caps")
    assert not cleared.caps


async def test_the_way_of_bidding_can_change(running: RunningCore) -> None:
    await running.buyer()
    await running.campaign(static("camp", "lender"))
    change = Campaign(
        id="camp", stream_bidding=StreamBidding(), stream_posting=StreamPosting(), completion=COMPLETION_ON_ACCEPT
    )
    changed = await update(running.operator, change)
    assert changed.WhichOneof("bidding") == "stream_bidding"
    back = Campaign(id="camp", static_bidding=StaticBidding(base_price_micros=5), completion=COMPLETION_ON_WIN)
    changed = await update(running.operator, back, "static_bidding", "completion", "stream_posting")
    assert changed.WhichOneof("bidding") == "static_bidding"
    assert changed.WhichOneof("posting") is None


@pytest.mark.parametrize("path", ["id", "revision", "created_at", "created_at.seconds", "nonsense", "bidding", ""])
async def test_a_mask_of_what_cannot_change_is_refused(running: RunningCore, path: str) -> None:
    await running.buyer()
    await running.campaign(static("camp", "lender"))
    with running.unchanged():
        found = await refused(update(running.operator, Campaign(id="camp", display_name="x"), path))
    assert (found.code, set(found.fields)) == (INVALID, {"update_mask"})


async def test_a_campaign_stays_its_buyers(running: RunningCore) -> None:
    await running.buyer()
    await running.buyer("rival")
    await running.campaign(static("camp", "lender"))
    with running.unchanged():
        found = await refused(update(running.operator, Campaign(id="camp", buyer_id="rival"), "buyer_id"))
    assert set(found.fields) == {"campaign.buyer_id"}


async def test_an_update_that_makes_no_sense_changes_nothing(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("camp", "lender"))
    with running.unchanged():
        found = await refused(update(running.operator, Campaign(id="camp", static_bidding=StaticBidding())))
        assert set(found.fields) == {"campaign.static_bidding.base_price_micros"}
    assert (await outcome(source)).status == LEAD_STATUS_SOLD


async def test_a_stale_revision_loses(running: RunningCore) -> None:
    await running.source("one", floor_micros=1)
    catalog = running.operator.catalog

    async def change(floor: int, revision: int) -> Source:
        source = Source(id="one", floor_micros=floor, revision=revision)
        return (await catalog.UpdateSource(UpdateSourceRequest(source=source))).source

    assert (await change(2, 1)).revision == 2
    with running.unchanged():
        found = await refused(change(3, 1))
        assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "STALE_REVISION")
    assert (await change(3, 2)).floor_micros == 3
    assert (await change(4, 0)).revision == 4  # who does not ask does not lose


async def test_of_updates_at_once_none_is_lost_in_silence(running: RunningCore) -> None:
    await running.source("one")

    async def change(number: int) -> int:
        source = Source(id="one", floor_micros=number, revision=1)
        answer = await running.operator.catalog.UpdateSource(UpdateSourceRequest(source=source))
        return answer.source.floor_micros

    answers = await asyncio.gather(*(change(number) for number in range(10)), return_exceptions=True)
    (kept,) = [one for one in answers if isinstance(one, int)]
    for error in answers:
        assert isinstance(error, int) or (
            isinstance(error, grpc.aio.AioRpcError) and error.code() == grpc.StatusCode.ABORTED
        )
    assert (await running.operator.catalog.GetSource(GetSourceRequest(source_id="one"))).source.floor_micros == kept


async def test_a_change_is_seen_by_the_next_auction(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    operator = running.operator
    assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
    await running.campaign(static("camp", "lender", 10 * UNIT))
    assert (await outcome(source)).payout.micros == 8 * UNIT
    await update(operator, Campaign(id="camp", static_bidding=StaticBidding(base_price_micros=20 * UNIT)))
    assert (await outcome(source)).payout.micros == 16 * UNIT
    await update(operator, Campaign(id="camp", targeting=targeting(one_of("state", "AK"))))
    assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
    await update(operator, Campaign(id="camp", targeting=targeting(one_of("state", "TX"))))
    assert (await outcome(source)).status == LEAD_STATUS_SOLD
    for paused, active in (
        (UpdateCampaignRequest(campaign=Campaign(id="camp", state=PARTY_STATE_PAUSED)),
         UpdateCampaignRequest(campaign=Campaign(id="camp", state=PARTY_STATE_ACTIVE))),
        (UpdateCampaignRequest(campaign=Campaign(id="camp", state=PARTY_STATE_ARCHIVED)),
         UpdateCampaignRequest(campaign=Campaign(id="camp", state=PARTY_STATE_ACTIVE))),
    ):  # fmt: skip
        await operator.catalog.UpdateCampaign(paused)
        assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
        await operator.catalog.UpdateCampaign(active)
        assert (await outcome(source)).status == LEAD_STATUS_SOLD
    await operator.catalog.UpdateBuyer(UpdateBuyerRequest(buyer=Buyer(id="lender", state=PARTY_STATE_PAUSED)))
    assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
    await operator.catalog.UpdateBuyer(UpdateBuyerRequest(buyer=Buyer(id="lender", state=PARTY_STATE_ACTIVE)))
    change = Source(id="ratewise", floor_micros=20 * UNIT + 1)
    await operator.catalog.UpdateSource(UpdateSourceRequest(source=change))
    assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
    await operator.catalog.UpdateSource(
        UpdateSourceRequest(source=Source(id="ratewise"), update_mask=mask("floor_micros"))
    )
    assert (await outcome(source)).status == LEAD_STATUS_SOLD


# Listing.


async def test_lists_are_read_by_pages_in_order_of_ids(running: RunningCore) -> None:
    for number in (3, 1, 4, 0, 2):
        await running.source(f"src{number}")
        await running.buyer(f"buy{number}")
        await running.campaign(static(f"camp{number}", f"buy{number}"))
    catalog = running.operator.catalog

    async def pages(ask: Any, request: type, field: str, size: int) -> list[str]:
        found: list[str] = []
        token = ""
        while True:
            page = await ask(request(page_size=size, page_token=token))
            assert len(getattr(page, field)) <= size
            found += [one.id for one in getattr(page, field)]
            token = page.next_page_token
            if not token:
                return found
            if len(found) == size:
                # What comes in before the place of the token moves nothing.
                await running.source(f"a{len(found)}{field}")
                await running.buyer(f"b{len(found)}{field}")
                await running.campaign(static(f"c{len(found)}{field}", "buy0"))

    for size in (1, 2, 5):
        found = await pages(catalog.ListSources, ListSourcesRequest, "sources", size)
        assert [one for one in found if one.startswith("src")] == [f"src{number}" for number in range(5)]
        found = await pages(catalog.ListBuyers, ListBuyersRequest, "buyers", size)
        assert [one for one in found if one.startswith("buy")] == [f"buy{number}" for number in range(5)]
        found = await pages(catalog.ListCampaigns, ListCampaignsRequest, "campaigns", size)
        assert [one for one in found if one.startswith("camp")] == [f"camp{number}" for number in range(5)]
        break
    whole = await pages(catalog.ListCampaigns, ListCampaignsRequest, "campaigns", 500)
    assert whole == sorted(whole)
    found = [one.id for one in (await catalog.ListCampaigns(ListCampaignsRequest(buyer_id="buy3"))).campaigns]
    assert found == ["camp3"]


@pytest.mark.parametrize("size", [-1, 501])
async def test_a_page_has_a_size_within_bounds(running: RunningCore, size: int) -> None:
    catalog = running.operator.catalog
    for call in (
        catalog.ListSources(ListSourcesRequest(page_size=size)),
        catalog.ListBuyers(ListBuyersRequest(page_size=size)),
        catalog.ListCampaigns(ListCampaignsRequest(page_size=size)),
        catalog.ListEndpoints(ListEndpointsRequest(page_size=size)),
    ):
        assert set((await refused(call)).fields) == {"page_size"}
    assert set((await refused(catalog.ListSources(ListSourcesRequest(page_token="%")))).fields) == {"page_token"}


# Scope and secrets.


async def test_a_buyer_manages_its_own_campaigns_and_sees_no_others(running: RunningCore) -> None:
    lender, rival = await running.buyer(), await running.buyer("rival")
    theirs = await running.campaign(static("theirs", "rival"))
    own = (await lender.catalog.CreateCampaign(CreateCampaignRequest(campaign=static("own", "")))).campaign
    assert own.buyer_id == "lender"
    assert await get(lender, "own") == own
    assert (await update(lender, Campaign(id="own", priority=5))).priority == 5
    with running.unchanged():
        missing = await refused(get(lender, "nobodys"))
        for call in (get(lender, theirs.id), update(lender, Campaign(id="theirs", priority=5))):
            hidden = await refused(call)
            assert (hidden.code, hidden.reason) == MISSING
            assert hidden.message == missing.message
        found = await refused(lender.catalog.CreateCampaign(CreateCampaignRequest(campaign=static("xx", "rival"))))
        assert (found.code, found.reason) == (grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN")
    listed = (await lender.catalog.ListCampaigns(ListCampaignsRequest())).campaigns
    assert [one.id for one in listed] == ["own"]
    assert not (await lender.catalog.ListCampaigns(ListCampaignsRequest(buyer_id="rival"))).campaigns
    assert [one.id for one in (await lender.catalog.ListBuyers(ListBuyersRequest())).buyers] == ["lender"]
    assert (await refused(lender.catalog.GetBuyer(GetBuyerRequest(buyer_id="rival")))).reason == "NOT_FOUND"
    assert (await rival.catalog.GetBuyer(GetBuyerRequest(buyer_id="rival"))).buyer.id == "rival"


async def test_an_owner_manages_its_own_endpoints_and_sees_no_others(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    theirs = await running.endpoint("lender", "https://hooks.example/lender")
    wanted = Endpoint(url="https://hooks.example/source", event_types=["lead.decided"])
    own = (await source.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=wanted))).endpoint
    assert own.owner_id == "ratewise"
    listed = (await source.catalog.ListEndpoints(ListEndpointsRequest())).endpoints
    assert [one.id for one in listed] == [own.id]
    assert not (await source.catalog.ListEndpoints(ListEndpointsRequest(owner_id="lender"))).endpoints
    assert len((await lender.catalog.ListEndpoints(ListEndpointsRequest())).endpoints) == 1
    with running.unchanged():
        for call in (
            source.catalog.GetEndpoint(GetEndpointRequest(endpoint_id=theirs.id)),
            source.catalog.UpdateEndpoint(
                UpdateEndpointRequest(endpoint=Endpoint(id=theirs.id, url="https://evil.example"))
            ),
        ):
            assert (await refused(call)).reason == "NOT_FOUND"
        stolen = Endpoint(owner_id="lender", url="https://evil.example", event_types=["*"])
        found = await refused(source.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=stolen)))
        assert found.reason == "FORBIDDEN"
    moved = Endpoint(id=own.id, owner_id="lender", url="https://hooks.example/new")
    changed = (await source.catalog.UpdateEndpoint(UpdateEndpointRequest(endpoint=moved))).endpoint
    assert (changed.owner_id, changed.url) == ("ratewise", "https://hooks.example/new")


async def test_secrets_are_never_shown_again(running: RunningCore) -> None:
    lender = await running.buyer()
    endpoint = await running.endpoint("lender", "https://hooks.example/x")
    await running.campaign(http("over-http", "lender", "https://buyer.example"))
    secrets = [endpoint.secret.encode(), endpoint.secret.removeprefix("whsec_").encode(), b"hunter2hunter2"]
    answers = []
    for caller in (running.operator, lender):
        catalog = caller.catalog
        answers += [
            await catalog.GetEndpoint(GetEndpointRequest(endpoint_id=endpoint.id)),
            await catalog.ListEndpoints(ListEndpointsRequest()),
            await catalog.UpdateEndpoint(
                UpdateEndpointRequest(endpoint=Endpoint(id=endpoint.id, state=PARTY_STATE_PAUSED))
            ),
            await catalog.GetCampaign(GetCampaignRequest(campaign_id="over-http")),
            await catalog.ListCampaigns(ListCampaignsRequest()),
            await catalog.UpdateCampaign(UpdateCampaignRequest(campaign=Campaign(id="over-http", priority=2))),
        ]
    for answer in answers:
        assert not any(secret in answer.SerializeToString() for secret in secrets)
    wal = running.path.with_name("exchange.db-wal")
    resting = running.path.read_bytes() + wal.read_bytes()
    assert not any(secret in resting for secret in secrets)
    # They were not lost on the way.
    await running.restart()
    kept = running.core.book.endpoints[endpoint.id]
    assert kept.secret == endpoint.secret
    call: Any = running.core.book.campaigns["over-http"].bidding
    assert call.call.headers == {"x-buyer-key": "hunter2hunter2"}


async def test_only_a_test_campaign_takes_test_leads(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("real", "lender", 20 * UNIT))
    await running.campaign(static("for-tests", "lender", 5 * UNIT, test=True))
    request = leads.request(0)
    assert (await source.submission.SubmitLead(request)).outcome.sales[0].campaign_id == "real"
    request.profile.test = True
    assert (await source.submission.SubmitLead(request)).outcome.sales[0].campaign_id == "for-tests"


async def test_plain_http_is_for_development_only(tmp_path: Any) -> None:
    async with RunningCore(tmp_path, EXCHANGE_SECURITY_DEVELOPMENT="false") as running:
        await running.buyer()
        with running.unchanged():
            found = await refused(running.endpoint("lender", "http://hooks.example/x"))
            assert set(found.fields) == {"endpoint.url"}
            found = await refused(running.campaign(http("over-http", "lender", "http://buyer.example")))
            assert set(found.fields) == {"campaign.http_bidding.call.url", "campaign.http_posting.call.url"}
        await running.campaign(stream("fine", "lender"))
