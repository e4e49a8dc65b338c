"""Mappings are kept by their owners, named by campaigns and endpoints, tried, and given to the gateway."""

from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct

from leadexchange.v1.api_key_pb2 import ROLE_GATEWAY
from leadexchange.v1.bidder_service_pb2 import BidStreamResponse
from leadexchange.v1.campaign_pb2 import Campaign, HttpBidding, HttpCall, HttpPosting, SoapCall
from leadexchange.v1.catalog_service_pb2 import CreateCampaignRequest, CreateEndpointRequest, UpdateCampaignRequest
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.mapping_pb2 import Mapping
from leadexchange.v1.mapping_service_pb2 import (
    CreateMappingRequest,
    GetMappingRequest,
    ListMappingPresetsRequest,
    ListMappingsRequest,
    PreviewMappingRequest,
    SampleAnswer,
    UpdateMappingRequest,
)
from tests.support import leads
from tests.support.buyer import ScriptedBuyer
from tests.support.caller import Caller, refused
from tests.support.campaigns import UNIT, http, static
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

RULES: Any = [
    {"to": "applicant.phone", "from": "contact.phone", "format": {"type": "phone", "style": "digits"}},
    {"to": "loan", "from": "attributes.loan_amount"},
    {"to": "price", "from": "post.price"},
]
RESPONSE: Any = {
    "verdict": [{"when": [{"read": "$.status", "equals": "ok"}], "verdict": "accepted"}],
    "price": {"read": "$.price"},
    "reference": "$.id",
}


def document(rules: Any = None, **parts: Any) -> Struct:
    made = Struct()
    made.update({"version": 1, "request": {"format": "json", "rules": rules or RULES}, "response": RESPONSE, **parts})
    return made


def mapping(mapping_id: str = "", owner_id: str = "", **fields: Any) -> Mapping:
    return Mapping(**{"id": mapping_id, "owner_id": owner_id, "display_name": "M", "document": document(), **fields})


async def create(caller: Caller, item: Mapping) -> Mapping:
    return (await caller.mappings.CreateMapping(CreateMappingRequest(mapping=item))).mapping


async def get(caller: Caller, mapping_id: str, revision: int = 0) -> Mapping:
    request = GetMappingRequest(mapping_id=mapping_id, revision=revision)
    return (await caller.mappings.GetMapping(request)).mapping


async def update(caller: Caller, item: Mapping) -> Mapping:
    return (await caller.mappings.UpdateMapping(UpdateMappingRequest(mapping=item))).mapping


async def test_a_mapping_is_kept_as_it_was_sent_and_as_it_stood(running: RunningCore) -> None:
    lender = await running.buyer()
    made = await create(lender, mapping())
    assert made.id.startswith("map_")
    assert (made.owner_id, made.revision, made.document) == ("lender", 1, document())
    changed = await update(lender, mapping(made.id, display_name="N", document=document(RULES[:1])))
    assert (changed.revision, changed.created_at) == (2, made.created_at)
    await running.restart()
    lender = running.caller(lender.key)
    assert await get(lender, made.id) == await get(lender, made.id, 2) == changed
    assert await get(lender, made.id, 1) == made
    assert (await refused(get(lender, made.id, 3))).reason == "NOT_FOUND"
    with running.unchanged():
        stale = mapping(made.id, revision=1)
        assert (await refused(update(lender, stale))).reason == "STALE_REVISION"


async def test_owners_read_their_own_and_the_exchanges(running: RunningCore) -> None:
    lender, source = await running.buyer(), await running.source()
    own = await create(lender, mapping("own"))
    theirs = await create(source, mapping("theirs"))
    shared = await create(running.operator, mapping("shared", "exchange"))

    async def listed(caller: Caller, owner_id: str = "") -> list[str]:
        answer = await caller.mappings.ListMappings(ListMappingsRequest(owner_id=owner_id))
        return [one.id for one in answer.mappings]

    assert await listed(lender) == ["own", "shared"]
    assert await listed(lender, "exchange") == ["shared"]
    assert await listed(source) == ["shared", "theirs"]
    assert await listed(running.operator) == ["own", "shared", "theirs"]
    assert await get(lender, shared.id) == shared
    with running.unchanged():
        missing = await refused(get(lender, "nothing"))
        for call in (get(lender, theirs.id), get(lender, theirs.id, 1), update(lender, mapping(theirs.id))):
            hidden = await refused(call)
            assert (hidden.code, hidden.message) == (grpc.StatusCode.NOT_FOUND, missing.message)
        for call in (update(lender, mapping("shared")), create(lender, mapping("x", "ratewise"))):
            assert (await refused(call)).reason == "FORBIDDEN"
    moved = await update(running.operator, mapping(own.id, "ratewise"))
    assert moved.owner_id == "lender"


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (mapping("UPPER", "lender"), "mapping.id"),
        (mapping("mm", "nobody"), "mapping.owner_id"),
        (mapping("mm", "lender", display_name=""), "mapping.display_name"),
        (mapping("mm", "lender", document=Struct()), "mapping.document/version"),
        (mapping("mm", "lender", document=document([{"to": "x", "from": 7}])), "mapping.document/request/rules/0/from"),
        (mapping("mm", "lender", document=document(extra={})), "mapping.document/extra"),
    ],
)
async def test_a_mapping_that_is_none_is_refused_at_each_place(running: RunningCore, item: Mapping, field: str) -> None:
    await running.buyer()
    with running.unchanged():
        found = await refused(create(running.operator, item))
    assert (found.reason, list(found.fields)) == ("INVALID_FIELD", [field])


async def test_what_names_a_mapping_names_one_that_it_may(running: RunningCore) -> None:
    lender, rival = await running.buyer(), await running.buyer("rival")
    await create(lender, mapping("own"))
    await create(rival, mapping("theirs"))
    await create(running.operator, mapping("shared", "exchange"))

    def campaign(mapping_id: str) -> Campaign:
        call = HttpCall(url="https://buyer.example/x", mapping_id=mapping_id)
        return http(
            "cc",
            "lender",
            "https://x.example",
            http_bidding=HttpBidding(call=call),
            http_posting=HttpPosting(call=call),
        )

    def endpoint(mapping_id: str) -> Endpoint:
        url = "https://hooks.example/x"
        return Endpoint(id="ee", owner_id="lender", url=url, event_types=["lead.sold"], mapping_id=mapping_id)

    catalog = running.operator.catalog
    with running.unchanged():
        for mapping_id in ("theirs", "nothing", "preset/nothing"):
            found = await refused(catalog.CreateCampaign(CreateCampaignRequest(campaign=campaign(mapping_id))))
            paths = [f"campaign.{part}.call.mapping_id" for part in ("http_bidding", "http_posting")]
            assert list(found.fields) == paths
            found = await refused(catalog.CreateEndpoint(CreateEndpointRequest(endpoint=endpoint(mapping_id))))
            assert list(found.fields) == ["endpoint.mapping_id"]
        for mapping_id in ("own", "shared", "preset/adf", ""):
            judged = CreateCampaignRequest(campaign=campaign(mapping_id), validate_only=True)
            assert (await catalog.CreateCampaign(judged)).campaign.http_posting.call.mapping_id == mapping_id
            await catalog.CreateEndpoint(CreateEndpointRequest(endpoint=endpoint(mapping_id), validate_only=True))


async def test_presets_are_there_to_read(running: RunningCore) -> None:
    source = await running.source()
    presets = (await source.mappings.ListMappingPresets(ListMappingPresetsRequest())).mappings
    assert len({one.id for one in presets}) == len(presets) > 5
    for one in presets:
        assert one.id.startswith("preset/")
        assert one.owner_id == "exchange"
        assert await get(source, one.id) == one
        await source.mappings.PreviewMapping(PreviewMappingRequest(mapping_id=one.id))
    for caller in (source, running.operator):
        found = await refused(update(caller, mapping(presets[0].id)))
        assert found.reason == "FORBIDDEN"


async def test_a_preview_of_a_made_up_lead(running: RunningCore) -> None:
    lender = await running.buyer()
    await create(lender, mapping("own"))
    with running.unchanged():
        made = await lender.mappings.PreviewMapping(PreviewMappingRequest(mapping_id="own"))
        same = await lender.mappings.PreviewMapping(PreviewMappingRequest(document=document()))
        assert made == same
        assert made.content_type == "application/json"
        assert made.body == '{"applicant":{"phone":"2025550143"},"loan":320000,"price":"25.00"}'
        body = '{"status": "ok", "price": "12.50", "id": "crm-1"}'
        answer = SampleAnswer(status_code=200, content_type="application/json", body=body)
        read = (await lender.mappings.PreviewMapping(PreviewMappingRequest(mapping_id="own", answer=answer))).answer
        assert (read.verdict, read.price_micros, read.reference) == ("accepted", 12_500_000, "crm-1")
        rule = {"to": "key", "from": "settings.partner_key", "absent": "required"}
        keyed = await lender.mappings.PreviewMapping(PreviewMappingRequest(document=document([rule])))
        assert keyed.body == '{"key":"setting"}'
        for vertical in ("mortgage", "auto_insurance", "home_services"):
            await lender.mappings.PreviewMapping(PreviewMappingRequest(mapping_id="own", vertical=vertical))


async def test_a_preview_of_a_lead_shows_it_to_its_owners_only(running: RunningCore) -> None:
    source, lender, rival = await running.source(), await running.buyer(), await running.buyer("rival")
    await running.campaign(static("win", "lender", 30 * UNIT))
    lead_id = (await source.submission.SubmitLead(leads.request(0))).outcome.lead_id
    request = PreviewMappingRequest(document=document(), lead_id=lead_id)
    phone = leads.examples()[0]["contact"]["phone"]
    digits = "".join(one for one in phone if one.isdigit())[-10:]
    told = {}
    for name, caller in (("lender", lender), ("operator", running.operator), ("source", source)):
        body = (await caller.mappings.PreviewMapping(request)).body
        assert digits in body
        told[name] = '"price":"30.00"' in body
    assert told == {"lender": True, "operator": True, "source": False}  # the price is not a source's
    found = await refused(rival.mappings.PreviewMapping(request))
    assert found.reason == "NOT_FOUND"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (PreviewMappingRequest(), "subject"),
        (PreviewMappingRequest(document=document(), vertical="boats"), "vertical"),
        (PreviewMappingRequest(document=document([{"to": "", "from": "lead.id"}])), "document/request/rules/0/to"),
        (
            PreviewMappingRequest(document=document([{"to": "x", "from": "lead.nothing", "absent": "required"}])),
            "document/request/rules/0",
        ),
        (PreviewMappingRequest(document=document(), answer=SampleAnswer(status_code=99)), "answer.status_code"),
        (
            PreviewMappingRequest(document=document(), answer=SampleAnswer(status_code=200, body="x" * 65_537)),
            "answer.body",
        ),
    ],
)
async def test_what_cannot_be_previewed(running: RunningCore, request_: PreviewMappingRequest, field: str) -> None:
    found = await refused(running.operator.mappings.PreviewMapping(request_))
    assert found.reason == "INVALID_FIELD"
    assert len(found.fields) == 1
    assert next(iter(found.fields)).startswith(field)


def frames_of(gateway: ScriptedBuyer) -> list[tuple[str, str, int]]:
    """What the gateway was told of mappings and campaigns, in order; a frame's mappings come first."""
    told = []
    for frame in map(BidStreamResponse.FromString, gateway.frames):
        told += [("mapping", one.id, one.revision) for one in frame.mappings]
        told += [("campaign", one.id, one.revision) for one in frame.campaigns]
    return told


async def test_the_gateway_is_told_of_mappings_before_the_campaigns_that_name_them(running: RunningCore) -> None:
    lender = await running.buyer()
    await create(lender, mapping("own"))
    soap = SoapCall(username="u", password="hunter2hunter2", action="urn:x")

    def calls(mapping_id: str) -> dict[str, Any]:
        call = HttpCall(url="https://buyer.example/x", mapping_id=mapping_id, soap=soap if mapping_id else None)
        return {"http_bidding": HttpBidding(call=call), "http_posting": HttpPosting(call=call)}

    await running.campaign(http("one", "lender", "https://x.example", **calls("own")))
    async with (
        ScriptedBuyer(running.caller(await running.key(ROLE_GATEWAY))) as gateway,
        ScriptedBuyer(lender) as buyer,
    ):
        await eventually(lambda: "one" in gateway.campaigns)
        assert gateway.campaigns["one"].http_posting.call.soap.password == "hunter2hunter2"
        await running.campaign(http("two", "lender", "https://x.example", **calls("own")))
        await running.campaign(http("three", "lender", "https://x.example", **calls("preset/adf")))
        await running.campaign(http("four", "lender", "https://x.example", **calls("")))
        await update(lender, mapping("own"))
        change = UpdateCampaignRequest(campaign=Campaign(id="four", priority=2))
        await lender.catalog.UpdateCampaign(change)
        await eventually(lambda: gateway.campaigns["four"].revision == 2)
        assert frames_of(gateway) == [
            ("mapping", "own", 1),
            ("campaign", "one", 1),
            ("campaign", "two", 1),
            ("mapping", "preset/adf", 0),
            ("campaign", "three", 1),
            ("campaign", "four", 1),
            ("mapping", "own", 2),
            ("campaign", "four", 2),
        ]
        assert frames_of(buyer) == []
