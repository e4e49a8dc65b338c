"""Submissions: JSON to the contract, outcomes to JSON."""

import time
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from leadexchange.v1 import lead_pb2, reason_pb2
from leadexchange.v1.money_pb2 import Money
from leadexchange.v1.submission_service_pb2 import (
    LeadOutcome,
    Offer,
    PingLeadResponse,
    PostLeadResponse,
    SubmitLeadResponse,
)
from tests.rest.scripted_core import Api, ScriptedCore

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEAD = {
    "external_id": "ml-00000",
    "vertical": "mortgage",
    "source": "ratewise",
    "sub_source": "aff-36",
    "attributes": {
        "zip": "78251",
        "loan_amount": "$89,000.00",
        "ltv": 0.7542,
        "term_months": 360,
        "bankruptcy": False,
        "nothing": None,
    },
    "contact": {"first_name": "Kari", "email": "kari@example.com", "phone": "1 210.555.0169", "more": {"suite": "164"}},
    "consent": {"text_version": "2026-03", "given_at": "2026-11-13T12:47:11Z", "ip": "192.0.2.8"},
    "test": True,
    "budget_ms": 800,
}

SOLD = LeadOutcome(
    lead_id="lead_1",
    auction_id="auc_1",
    status=lead_pb2.LEAD_STATUS_SOLD,
    payout=Money(micros=9_600_000),
    sales=[
        lead_pb2.Sale(
            id="sale_1",
            campaign_id="camp_1",
            buyer_id="buy_1",
            price=Money(micros=12_000_001, currency="EUR"),
            sold_at=Timestamp(seconds=1_700_000_000, nanos=250_000_000),
            buyer_reference="R-9",
        )
    ],
    redirect_url="https://buyer.example/next",
)


async def test_lead_reaches_core_whole(api: Api, core: ScriptedCore) -> None:
    core.script("SubmissionService/SubmitLead", SubmitLeadResponse(outcome=SOLD))
    reply = await api("POST", "/leads", json=LEAD, headers={"Idempotency-Key": '"8e03978e"'})
    request = core.only.request
    assert reply.status == 201
    assert request.request_id == "8e03978e"
    assert request.source_id == "ratewise"
    assert request.budget_ms == 800
    profile = request.profile
    assert (profile.vertical, profile.external_id, profile.sub_source) == ("mortgage", "ml-00000", "aff-36")
    assert profile.test is True
    assert {name: value.WhichOneof("kind") for name, value in profile.attributes.items()} == {
        "zip": "text",
        "loan_amount": "text",
        "ltv": "number",
        "term_months": "integer",
        "bankruptcy": "flag",
    }
    assert profile.attributes["ltv"].number == 0.7542
    assert profile.attributes["term_months"].integer == 360
    assert request.contact == lead_pb2.Contact(
        first_name="Kari", email="kari@example.com", phone="1 210.555.0169", more={"suite": "164"}
    )
    assert request.consent == lead_pb2.Consent(text_version="2026-03", given_at="2026-11-13T12:47:11Z", ip="192.0.2.8")


async def test_outcome_reads_as_json(api: Api, core: ScriptedCore) -> None:
    core.script("SubmissionService/SubmitLead", SubmitLeadResponse(outcome=SOLD))
    reply = await api("POST", "/leads", json=LEAD)
    assert reply.headers["Location"] == "/api/v1/leads/lead_1"
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json == {
        "lead_id": "lead_1",
        "auction_id": "auc_1",
        "status": "sold",
        "payout": {"amount": "9.60", "currency": "USD"},
        "sales": [
            {
                "id": "sale_1",
                "campaign_id": "camp_1",
                "buyer_id": "buy_1",
                "price": {"amount": "12.000001", "currency": "EUR"},
                "sold_at": "2023-11-14T22:13:20.250000Z",
                "buyer_reference": "R-9",
            }
        ],
        "redirect_url": "https://buyer.example/next",
    }


async def test_unsold_says_why_and_a_repeat_says_so(api: Api, core: ScriptedCore) -> None:
    outcome = LeadOutcome(
        lead_id="lead_2",
        auction_id="auc_2",
        status=lead_pb2.LEAD_STATUS_UNSOLD,
        reason=reason_pb2.REASON_NO_BIDS,
        repeated=True,
    )
    core.script("SubmissionService/SubmitLead", SubmitLeadResponse(outcome=outcome))
    reply = await api("POST", "/leads", json={"vertical": "mortgage"})
    assert reply.json == {
        "lead_id": "lead_2",
        "auction_id": "auc_2",
        "status": "unsold",
        "reason": "NO_BIDS",
        "repeated": True,
    }


async def test_bare_lead_leaves_everything_to_the_core(api: Api, core: ScriptedCore) -> None:
    await api("POST", "/leads", json={})
    assert core.only.request.ByteSize() == 2  # an empty profile and nothing else
    assert core.only.request.HasField("profile")


async def test_ping_then_post(api: Api, core: ScriptedCore) -> None:
    expires = Timestamp(seconds=1_700_000_060)
    offer = Offer(payout=Money(micros=9_600_000), price=Money(micros=12_000_000))
    core.script("SubmissionService/PingLead", PingLeadResponse(ping_id="auc_7", offer=offer, expires_at=expires))
    ping = {name: LEAD[name] for name in ("vertical", "attributes", "source")}
    reply = await api("POST", "/pings", json=ping | {"consent": {"has_time": True, "has_jornaya": True}})
    assert reply.status == 201
    assert reply.headers["Location"] == "/api/v1/auctions/auc_7"
    assert reply.json == {
        "ping_id": "auc_7",
        "offer": {
            "payout": {"amount": "9.60", "currency": "USD"},
            "price": {"amount": "12.00", "currency": "USD"},
        },
        "expires_at": "2023-11-14T22:14:20Z",
    }
    pinged = core.only.request
    assert (pinged.consent.has_time, pinged.consent.has_jornaya, pinged.consent.has_text) == (True, True, False)

    core.reset()
    core.script("SubmissionService/PostLead", PostLeadResponse(outcome=SOLD))
    person = {"contact": LEAD["contact"], "consent": LEAD["consent"], "source_id": "ratewise"}
    reply = await api("POST", "/pings/auc_7/post", json=person, headers={"Idempotency-Key": "post-7"})
    posted = core.only.request
    assert (reply.status, reply.json["status"]) == (201, "sold")
    assert (posted.ping_id, posted.request_id, posted.source_id) == ("auc_7", "post-7", "ratewise")
    assert posted.contact.first_name == "Kari"
    assert not posted.HasField("profile")


async def test_post_passes_a_repeated_profile_on(api: Api, core: ScriptedCore) -> None:
    await api("POST", "/pings/auc_7/post", json=LEAD)
    assert core.only.request.profile.attributes["zip"].text == "78251"


async def test_ping_without_offer(api: Api, core: ScriptedCore) -> None:
    core.script("SubmissionService/PingLead", PingLeadResponse(ping_id="auc_8", reason=reason_pb2.REASON_NO_CAMPAIGN))
    reply = await api("POST", "/pings", json={"vertical": "mortgage"})
    assert reply.json == {"ping_id": "auc_8", "reason": "NO_CAMPAIGN"}


async def test_ping_takes_no_contact(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/pings", json={"vertical": "mortgage", "contact": {"email": "kari@example.com"}})
    assert reply.status == 422
    assert [error["pointer"] for error in reply.json["errors"]] == ["/contact"]
    assert b"kari" not in reply.body
    assert core.calls == []


async def test_source_named_twice_must_agree(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/leads", json={"source": "a", "source_id": "b"})
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/source")
    reply = await api("POST", "/leads", json={"source": "a", "source_id": "a"})
    assert (reply.status, core.only.request.source_id) == (201, "a")


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_credential_is_passed_on(api: Api, core: ScriptedCore, header: str) -> None:
    value = "Bearer lx_abc" if header == "Authorization" else "lx_abc"
    await api("POST", "/leads", json={}, key=None, headers={header: value})
    assert core.only.metadata["authorization"] == "Bearer lx_abc"


async def test_trace_and_request_id_are_passed_on(api: Api, core: ScriptedCore) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"traceparent": traceparent, "tracestate": "a=1", "X-Request-Id": "mine-1"}
    reply = await api("POST", "/leads", json={}, headers=headers)
    assert reply.headers["X-Request-Id"] == "mine-1"
    metadata = core.only.metadata
    assert (metadata["traceparent"], metadata["tracestate"]) == (traceparent, "a=1")
    assert metadata["x-request-id"] == "mine-1"


async def test_unusable_trace_and_request_id_are_not(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/leads", json={}, headers={"traceparent": "?", "X-Request-Id": "a b"})
    assert reply.headers["X-Request-Id"].startswith("req_")
    assert "traceparent" not in core.only.metadata


@pytest.mark.parametrize(("body", "most_s"), [({}, 2.0), ({"budget_ms": 300}, 1.3), ({"budget_ms": 10_000}, 11.0)])
async def test_core_has_the_budget_and_a_second(api: Api, core: ScriptedCore, body: Any, most_s: float) -> None:
    await api("POST", "/leads", json=body)
    assert core.only.seconds_left is not None
    assert most_s - 1.0 < core.only.seconds_left <= most_s * 1.02  # gRPC rounds a timeout up to a few digits


async def test_deadline_is_passed_on(api: Api, core: ScriptedCore) -> None:
    deadline_ms = int(time.time() * 1_000) + 9_000
    await api("POST", "/leads", json={}, headers={"X-Request-Deadline": str(deadline_ms)})
    assert core.only.seconds_left is not None
    assert 5 < core.only.seconds_left <= 9.2


async def test_past_deadline_reaches_nobody(api: Api, core: ScriptedCore) -> None:
    headers = {"X-Request-Deadline": str(int(time.time() * 1_000) - 1)}
    reply = await api("POST", "/leads", json=LEAD, headers=headers)
    assert (reply.status, reply.json["reason"]) == (504, "DEADLINE_PASSED")
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert core.calls == []


@pytest.mark.parametrize(
    ("header", "value"), [("X-Request-Deadline", "soon"), ("Idempotency-Key", ""), ("Idempotency-Key", "k" * 200)]
)
async def test_unusable_header_is_named(api: Api, core: ScriptedCore, header: str, value: str) -> None:
    reply = await api("POST", "/leads", json={}, headers={header: value})
    assert (reply.status, reply.json["reason"]) == (400, "MALFORMED_HEADER")
    assert [error["field"] for error in reply.json["errors"]] == [header]
    assert "pointer" not in reply.json["errors"][0]
    assert core.calls == []
