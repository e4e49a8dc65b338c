"""Leads and auctions read over REST."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from leadexchange.v1 import auction_pb2, lead_pb2, reason_pb2
from leadexchange.v1.attribute_pb2 import Attribute
from leadexchange.v1.lead_service_pb2 import GetAuctionResponse, GetLeadResponse, ListLeadsResponse
from leadexchange.v1.money_pb2 import Money
from tests.rest.scripted_core import Api, ScriptedCore

pytestmark = pytest.mark.asyncio(loop_scope="module")

ATTRIBUTES = [
    Attribute(name="zip", code="78251"),
    Attribute(name="ltv", number=0.75),
    Attribute(name="term_months", integer=360),
    Attribute(name="bankruptcy", flag=False),
]
LEAD = lead_pb2.Lead(
    id="lead_1",
    source_id="src_1",
    profile=lead_pb2.LeadProfile(vertical="mortgage", external_id="ml-1", sub_source="aff-1"),
    attributes=ATTRIBUTES,
    contact=lead_pb2.Contact(first_name="Kari", more={"suite": "164"}),
    consent=lead_pb2.Consent(ip="192.0.2.8"),
    status=lead_pb2.LEAD_STATUS_SOLD,
    auction_id="auc_1",
    sales=[lead_pb2.Sale(id="sale_1", payout=Money(micros=1_500_000))],
    submitted_at=Timestamp(seconds=1_700_000_000),
    decided_at=Timestamp(seconds=1_700_000_000, nanos=120_000_000),
)
LEAD_JSON = {
    "id": "lead_1",
    "source_id": "src_1",
    "status": "sold",
    "vertical": "mortgage",
    "external_id": "ml-1",
    "sub_source": "aff-1",
    "attributes": {"zip": "78251", "ltv": 0.75, "term_months": 360, "bankruptcy": False},
    "contact": {"first_name": "Kari", "more": {"suite": "164"}},
    "consent": {"ip": "192.0.2.8"},
    "auction_id": "auc_1",
    "sales": [{"id": "sale_1", "payout": {"amount": "1.50", "currency": "USD"}}],
    "submitted_at": "2023-11-14T22:13:20Z",
    "decided_at": "2023-11-14T22:13:20.120000Z",
}


async def test_one_lead(api: Api, core: ScriptedCore) -> None:
    core.script("LeadService/GetLead", GetLeadResponse(lead=LEAD))
    reply = await api("GET", "/leads/lead_1")
    assert (reply.status, reply.json) == (200, LEAD_JSON)
    assert reply.headers["Cache-Control"] == "no-store"
    assert core.only.request.lead_id == "lead_1"


async def test_erased_lead_has_no_person(api: Api, core: ScriptedCore) -> None:
    erased = lead_pb2.Lead(id="lead_2", status=lead_pb2.LEAD_STATUS_ERASED)
    core.script("LeadService/GetLead", GetLeadResponse(lead=erased))
    reply = await api("GET", "/leads/lead_2")
    assert reply.json == {"id": "lead_2", "source_id": "", "status": "erased", "vertical": ""}


async def test_page_of_leads(api: Api, core: ScriptedCore) -> None:
    core.script("LeadService/ListLeads", ListLeadsResponse(leads=[LEAD, LEAD], next_page_token="tok+2"))
    query = {
        "limit": "2",
        "cursor": "tok+1",
        "vertical": "mortgage",
        "status": "in_review",
        "state": "TX",
        "from": "2026-11-01T00:00:00Z",
        "until": "2026-12-01T00:00:00.5-06:00",
    }
    reply = await api("GET", "/leads", params=query)
    assert (reply.status, reply.json) == (200, {"data": [LEAD_JSON, LEAD_JSON], "next_cursor": "tok+2"})
    request = core.only.request
    assert (request.page_size, request.page_token) == (2, "tok+1")
    assert (request.vertical, request.state, request.status) == ("mortgage", "TX", lead_pb2.LEAD_STATUS_IN_REVIEW)
    assert request.submitted_from == Timestamp(seconds=1_793_491_200)
    assert request.submitted_until == Timestamp(seconds=1_796_104_800, nanos=500_000_000)


async def test_last_page(api: Api, core: ScriptedCore) -> None:
    reply = await api("GET", "/leads")
    assert reply.json == {"data": [], "next_cursor": None}
    assert core.only.request.ByteSize() == 0


async def test_unusable_parameters_are_all_named(api: Api, core: ScriptedCore) -> None:
    reply = await api("GET", "/leads?limit=many&status=gone&from=2026-11-01&colour=red")
    assert (reply.status, reply.json["reason"]) == (422, "INVALID_FIELD")
    assert {error["field"] for error in reply.json["errors"]} == {"limit", "status", "from", "colour"}
    assert not any("pointer" in error for error in reply.json["errors"])
    assert core.calls == []


async def test_parameter_that_comes_twice(api: Api, core: ScriptedCore) -> None:
    reply = await api("GET", "/leads?limit=1&limit=2")
    assert (reply.status, reply.json["errors"]) == (422, [{"field": "limit", "expected": "one value", "got": "2"}])
    assert core.calls == []


AUCTION = auction_pb2.Auction(
    id="auc_1",
    lead_id="lead_1",
    source_id="src_1",
    vertical="mortgage",
    attributes=ATTRIBUTES[:1],
    status=lead_pb2.LEAD_STATUS_UNSOLD,
    reason=reason_pb2.REASON_ALL_REJECTED,
    considerations=[
        auction_pb2.Consideration(
            campaign_id="camp_1",
            buyer_id="buy_1",
            ping=reason_pb2.REASON_BID,
            price_micros=12_500_000,
            latency_us=4_200,
            rank=1,
            result=reason_pb2.REASON_REJECTED_DUPLICATE,
            reason_code="DUP-7",
        ),
        auction_pb2.Consideration(campaign_id="camp_2", ping=reason_pb2.REASON_TARGETING, detail="state in [TX, NY]"),
    ],
    posts=[
        auction_pb2.PostAttempt(
            post_id="post_1",
            campaign_id="camp_1",
            price_micros=12_500_000,
            result=reason_pb2.REASON_REJECTED_DUPLICATE,
            latency_us=90_000,
            repeat=True,
        )
    ],
    phases=auction_pb2.Phases(admitted_us=120, matched_us=180, total_us=99_000),
    started_at=Timestamp(seconds=1_700_000_000),
    catalog_revision=41,
    stray_bids=2,
)
AUCTION_JSON = {
    "id": "auc_1",
    "status": "unsold",
    "vertical": "mortgage",
    "lead_id": "lead_1",
    "source_id": "src_1",
    "reason": "ALL_REJECTED",
    "attributes": {"zip": "78251"},
    "considerations": [
        {
            "campaign_id": "camp_1",
            "buyer_id": "buy_1",
            "ping": "BID",
            "price": "12.50",
            "latency_us": 4_200,
            "rank": 1,
            "result": "REJECTED_DUPLICATE",
            "reason_code": "DUP-7",
        },
        {"campaign_id": "camp_2", "ping": "TARGETING", "detail": "state in [TX, NY]"},
    ],
    "posts": [
        {
            "post_id": "post_1",
            "campaign_id": "camp_1",
            "price": "12.50",
            "result": "REJECTED_DUPLICATE",
            "latency_us": 90_000,
            "repeat": True,
        }
    ],
    "phases": {
        "admitted_us": 120,
        "matched_us": 180,
        "pings_sent_us": 0,
        "bids_in_us": 0,
        "post_sent_us": 0,
        "post_accepted_us": 0,
        "total_us": 99_000,
    },
    "started_at": "2023-11-14T22:13:20Z",
    "catalog_revision": 41,
    "stray_bids": 2,
}


@pytest.mark.parametrize(
    ("path", "name", "filtered"),
    [
        ("/auctions/auc_1", "auc_1", False),
        ("/auctions/auc_1?include=filtered", "auc_1", True),
        ("/leads/lead_1/auction", "lead_1", False),
    ],
)
async def test_trace(api: Api, core: ScriptedCore, path: str, name: str, filtered: bool) -> None:
    core.script("LeadService/GetAuction", GetAuctionResponse(auction=AUCTION))
    reply = await api("GET", path)
    assert (reply.status, reply.json) == (200, AUCTION_JSON)
    assert (core.only.request.auction_id, core.only.request.include_filtered) == (name, filtered)


async def test_reason_of_a_newer_core_is_given_as_its_number(api: Api, core: ScriptedCore) -> None:
    core.script("LeadService/GetLead", GetLeadResponse(lead=lead_pb2.Lead.FromString(b"\x40\x8f\x4e")))
    assert (await api("GET", "/leads/lead_1")).json["reason"] == "9999"
