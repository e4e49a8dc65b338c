"""The whole catalogue goes out as a stream and comes in as one; and changes can be judged without being made."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import grpc
import pytest

from leadexchange.v1.access_service_pb2 import SetRatePlanRequest
from leadexchange.v1.auction_policy_pb2 import AuctionPolicy
from leadexchange.v1.buyer_pb2 import Buyer
from leadexchange.v1.campaign_pb2 import Campaign, HttpCall, SoapCall
from leadexchange.v1.catalog_service_pb2 import (
    CatalogItem,
    CreateBuyerRequest,
    CreateCampaignRequest,
    CreateEndpointRequest,
    CreateSourceRequest,
    ExportCatalogRequest,
    GetCampaignRequest,
    ImportCatalogRequest,
    ImportCatalogResponse,
    UpdateBuyerRequest,
    UpdateCampaignRequest,
    UpdateSourceRequest,
)
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.mapping_service_pb2 import CreateMappingRequest
from leadexchange.v1.policy_service_pb2 import SetPolicyRequest
from leadexchange.v1.rate_plan_pb2 import RatePlan
from leadexchange.v1.source_pb2 import Source
from tests.rpc.test_rpc_mappings import mapping
from tests.support import leads
from tests.support.caller import Caller, refused
from tests.support.campaigns import UNIT, http, static
from tests.support.exchange import RunningCore

HEADERS = {"x-buyer-key": "hunter2hunter2"}


async def export(caller: Caller) -> list[CatalogItem]:
    items: list[CatalogItem] = []
    async for frame in caller.catalog.ExportCatalog(ExportCatalogRequest()):
        assert 1 <= len(frame.items) <= 256
        items += frame.items
    return items


async def bring(caller: Caller, items: Iterable[CatalogItem], *, validate_only: bool = False, size: int = 3) -> Any:
    items = list(items)
    frames = [
        ImportCatalogRequest(items=items[place : place + size], validate_only=validate_only and place == 0)
        for place in range(0, max(1, len(items)), size)
    ]
    answer: ImportCatalogResponse = await caller.catalog.ImportCatalog(iter(frames))
    return answer.created, answer.changed, answer.unchanged


async def filled(running: RunningCore) -> None:
    """One of each kind, at least."""
    await running.source()
    lender = await running.buyer()
    await lender.mappings.CreateMapping(CreateMappingRequest(mapping=mapping("own")))
    campaign = http("over-http", "lender", "https://buyer.example")
    call = campaign.http_posting.call
    call.MergeFrom(HttpCall(mapping_id="own", settings={"key": "hunter2hunter2"}))
    call.soap.MergeFrom(SoapCall(username="u", password="hunter2hunter2"))
    await running.campaign(campaign)
    await running.campaign(static("win", "lender", 30 * UNIT))
    endpoint = Endpoint(
        owner_id="lender",
        url="https://hooks.example/x",
        event_types=["lead.sold"],
        auth={
            "headers": [{"name": "x-key", "value": "hunter2hunter2"}],
            "basic": {"username": "u", "password": "hunter2hunter2"},
        },
        settings={"key": "hunter2hunter2"},
    )
    await lender.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=endpoint))
    await running.operator.access.SetRatePlan(SetRatePlanRequest(plan=RatePlan(party_id="lender", per_minute=9_000)))
    policy = AuctionPolicy(vertical="mortgage", floor_micros=UNIT)
    await running.operator.policies.SetPolicy(SetPolicyRequest(policy=policy))


async def test_what_went_out_comes_in_unchanged(running: RunningCore) -> None:
    await filled(running)
    items = await export(running.operator)
    kinds = [one.WhichOneof("item") for one in items]
    expected = ["source", "buyer", "mapping", *["policy"] * 3, "rate_plan", *["campaign"] * 2, "endpoint"]
    assert kinds == expected
    assert not any(b"hunter2hunter2" in one.SerializeToString() for one in items)
    assert not any(b"whsec_" in one.SerializeToString() for one in items)
    with running.unchanged():
        assert await bring(running.operator, items) == (0, 0, len(items))
        assert await bring(running.operator, items[::-1]) == (0, 0, len(items))
        assert await bring(running.operator, []) == (0, 0, 0)


async def test_a_catalogue_moves_to_another_exchange(running: RunningCore, tmp_path: Path) -> None:
    await filled(running)
    items = await export(running.operator)
    # Credentials of calls are not in it: what cannot do without them is given them before.
    for item in items:
        if item.WhichOneof("item") == "endpoint":
            item.endpoint.auth.headers[0].value = "again"
            item.endpoint.auth.basic.password = "again"
    async with RunningCore(tmp_path / "other") as other:
        assert await bring(other.operator, items[::-1], validate_only=True) == (7, 1, 2)
        assert await export(other.operator) == await export(other.operator)
        assert await bring(other.operator, items[::-1]) == (7, 1, 2)
        again = await export(other.operator)
        assert [one.WhichOneof("item") for one in again] == [one.WhichOneof("item") for one in items]
        assert await bring(other.operator, items) == (0, 0, len(items))
        await other.restart()
        assert await export(other.operator) == again
        # It auctions as it came in.
        source = other.caller(await other.key(2, "ratewise"))  # type: ignore[arg-type]
        outcome = (await source.submission.SubmitLead(leads.request(0))).outcome
        assert outcome.sales[0].campaign_id == "win"


async def test_an_import_changes_what_differs_and_keeps_secrets(running: RunningCore) -> None:
    await filled(running)
    items = await export(running.operator)
    secret = next(iter(running.core.book.endpoints.values())).secret
    for item in items:
        match item.WhichOneof("item"):
            case "campaign" if item.campaign.id == "over-http":
                item.campaign.priority = 7
            case "endpoint":
                item.endpoint.event_types.append("lead.decided")
            case "rate_plan":
                item.rate_plan.per_minute = 1
    items.append(CatalogItem(buyer=Buyer(id="fresh", display_name="Fresh")))
    items.append(CatalogItem(campaign=static("theirs", "fresh")))
    with running.unchanged():
        before = await export(running.operator)
        assert await bring(running.operator, items, validate_only=True) == (2, 3, len(items) - 5)
        assert await export(running.operator) == before
    assert await bring(running.operator, items) == (2, 3, len(items) - 5)
    await running.restart()
    book = running.core.book
    changed: Any = book.campaigns["over-http"]
    assert (changed.priority, changed.revision) == (7, 2)
    assert changed.bidding.call.headers == changed.posting.call.headers == HEADERS
    (endpoint,) = book.endpoints.values()
    assert (endpoint.secret, endpoint.revision) == (secret, 2)
    assert endpoint.auth.headers == {"x-key": "hunter2hunter2"}
    assert endpoint.auth.password == changed.posting.call.soap.password == "hunter2hunter2"
    assert endpoint.settings == changed.posting.call.settings == {"key": "hunter2hunter2"}
    assert (book.plans["lender"].per_minute, book.plans["lender"].revision) == (1, 2)
    assert book.campaigns["theirs"].revision == 1


async def test_nothing_changes_when_anything_is_wrong(running: RunningCore) -> None:
    await filled(running)
    good = CatalogItem(source=Source(id="good", display_name="G"))
    wrong = [
        (CatalogItem(), "items[1]"),
        (CatalogItem(campaign=static("xx", "nobody")), "items[1].campaign.buyer_id"),
        (CatalogItem(campaign=Campaign(id="xx")), "items[1].campaign.bidding"),
        (CatalogItem(source=Source(id="good", display_name="again")), "items[1]"),
        (CatalogItem(buyer=Buyer(id="good", display_name="a source has it")), "items[1]"),
        (CatalogItem(source=Source(display_name="no id")), "items[1].source.id"),
        (CatalogItem(buyer=Buyer(id="lender", display_name="L", time_zone="Asia/Tokyo")), "items[1].buyer.time_zone"),
        (CatalogItem(mapping=mapping("own", "ratewise")), "items[1].mapping.owner_id"),
        (CatalogItem(policy=AuctionPolicy(vertical="boats")), "items[1].policy.vertical"),
        (CatalogItem(rate_plan=RatePlan(party_id="nobody")), "items[1].rate_plan.party_id"),
        (
            CatalogItem(endpoint=Endpoint(id="ee", owner_id="lender", url="no", event_types=["*"])),
            "items[1].endpoint.url",
        ),
    ]
    with running.unchanged():
        for item, field in wrong:
            found = await refused(bring(running.operator, [good, item]))
            assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
            assert list(found.fields) == [field]
    assert "good" not in running.core.book.sources


async def test_an_import_is_bounded(running: RunningCore, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [CatalogItem(source=Source(id=f"s-{number}", display_name="S")) for number in range(300)]
    with running.unchanged():
        found = await refused(bring(running.operator, items, size=257))
        assert list(found.fields) == ["items"]
        monkeypatch.setattr("exchange.domain.limits.MAX_IMPORTED", 299)
        found = await refused(bring(running.operator, items, size=100))
        assert list(found.fields) == ["items"]
    monkeypatch.undo()
    assert await bring(running.operator, items, size=256) == (300, 0, 0)
    assert len(await export(running.operator)) == 303


async def test_only_an_operator_has_the_whole(running: RunningCore) -> None:
    lender = await running.buyer()
    assert (await refused(export(lender))).reason == "FORBIDDEN"
    assert (await refused(bring(lender, []))).reason == "FORBIDDEN"


async def test_a_change_can_be_judged_without_being_made(running: RunningCore) -> None:
    await filled(running)
    catalog = running.operator.catalog
    with running.unchanged():
        source = (
            await catalog.CreateSource(CreateSourceRequest(source=Source(display_name="S"), validate_only=True))
        ).source
        assert source.id.startswith("src_")
        assert source.revision == 1
        asked = CreateSourceRequest(source=Source(id="ratewise", display_name="S"), validate_only=True)
        assert (await refused(catalog.CreateSource(asked))).reason == "ALREADY_EXISTS"
        change: Any = UpdateSourceRequest(source=Source(id="ratewise", floor_micros=-1), validate_only=True)
        assert list((await refused(catalog.UpdateSource(change))).fields) == ["source.floor_micros"]
        change.source.floor_micros = 5
        assert (await catalog.UpdateSource(change)).source.floor_micros == 5
        await catalog.CreateBuyer(CreateBuyerRequest(buyer=Buyer(id="new", display_name="B"), validate_only=True))
        change = UpdateBuyerRequest(buyer=Buyer(id="lender", display_name="L2", revision=1), validate_only=True)
        assert (await catalog.UpdateBuyer(change)).buyer.revision == 2
        judged = CreateCampaignRequest(campaign=static("new", "lender"), validate_only=True)
        assert (await catalog.CreateCampaign(judged)).campaign.id == "new"
        change = UpdateCampaignRequest(campaign=Campaign(id="win", priority=3, revision=9), validate_only=True)
        assert (await refused(catalog.UpdateCampaign(change))).reason == "STALE_REVISION"
        change.campaign.revision = 1
        assert (await catalog.UpdateCampaign(change)).campaign.priority == 3
    assert (await catalog.GetCampaign(GetCampaignRequest(campaign_id="win"))).campaign.priority == 0
    assert (await refused(catalog.GetCampaign(GetCampaignRequest(campaign_id="new")))).reason == "NOT_FOUND"
