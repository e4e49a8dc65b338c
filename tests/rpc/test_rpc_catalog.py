"""Who takes part: created, read, listed and changed, by those who may; a change is seen by the next auction."""

import asyncio
from typing import Any

import grpc
import pytest

from leadexchange.v1.buyer_pb2 import Buyer
from leadexchange.v1.campaign_pb2 import (
    Campaign,
)
from leadexchange.v1.catalog_service_pb2 import (
    CreateBuyerRequest,
    CreateCampaignRequest,
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
from leadexchange.v1.endpoint_pb2 import BREAKER_STATE_CLOSED, Endpoint
from leadexchange.v1.party_pb2 import PARTY_STATE_ACTIVE
from leadexchange.v1.source_pb2 import Source
from tests.rpc.catalog import MISSING, get
from tests.support.caller import refused
from tests.support.campaigns import UNIT, static
from tests.support.exchange import RunningCore


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
    assert read.health.breaker == BREAKER_STATE_CLOSED
    read.ClearField("health")
    assert read == endpoint

    await running.restart()
    catalog = running.operator.catalog
    assert (await catalog.GetSource(GetSourceRequest(source_id=source.id))).source == source
    assert (await catalog.GetBuyer(GetBuyerRequest(buyer_id="ab"))).buyer == buyer
    assert await get(running.operator, made.id) == made
    again = (await catalog.GetEndpoint(GetEndpointRequest(endpoint_id=endpoint.id))).endpoint
    again.ClearField("health")
    assert again == read


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


async def test_of_a_source_and_a_buyer_that_are_created_under_one_id_at_once_one_is(running: RunningCore) -> None:
    catalog = running.operator.catalog
    calls: list[Any] = [
        catalog.CreateSource(CreateSourceRequest(source=Source(id="one", display_name="x"))),
        catalog.CreateBuyer(CreateBuyerRequest(buyer=Buyer(id="one", display_name="x"))),
    ]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert len([one for one in answers if not isinstance(one, BaseException)]) == 1
    assert ("one" in running.core.book.sources) != ("one" in running.core.book.buyers)


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

    found = await pages(catalog.ListSources, ListSourcesRequest, "sources", 2)
    assert [one for one in found if one.startswith("src")] == [f"src{number}" for number in range(5)]
    found = await pages(catalog.ListBuyers, ListBuyersRequest, "buyers", 2)
    assert [one for one in found if one.startswith("buy")] == [f"buy{number}" for number in range(5)]
    found = await pages(catalog.ListCampaigns, ListCampaignsRequest, "campaigns", 2)
    assert [one for one in found if one.startswith("camp")] == [f"camp{number}" for number in range(5)]
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
