"""The endpoint in front of a scripted core: what reaches the core, and what comes back."""

import asyncio
import base64
import hashlib
from datetime import UTC, datetime
from typing import Final

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckResponse
from lxml import etree

from adapters.soap.description import action
from adapters.soap.envelope import SOAP_11, SOAP_12
from adapters.soap.operations import OPERATIONS
from adapters.soap.security import DIGEST, WSSE, WSU
from adapters.soap.shapes import NAMESPACE
from leadexchange.v1.access_service_pb2 import IssueTokenResponse
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.lead_service_pb2 import ListLeadsResponse
from leadexchange.v1.submission_service_pb2 import LeadOutcome, SubmitLeadResponse
from tests.rest.scripted_core import ScriptedCore
from tests.soap.wire import DESCRIPTION, HEALTH, KEY, LEAD, NAMES, SUBMIT, Wire, envelope, security, token

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUBMITTED: Final = SubmitLeadResponse(
    outcome=LeadOutcome(lead_id="lead_1", auction_id="auc_1", status=LEAD_STATUS_SOLD)
)
PERSON: Final = "kari@example.com"
SOAP_12_TYPE: Final = "application/soap+xml; charset=utf-8"


@pytest.mark.parametrize(("soap", "content_type"), [(SOAP_11, "text/xml"), (SOAP_12, "application/soap+xml")])
async def test_a_lead_is_submitted(wire: Wire, core: ScriptedCore, soap: str, content_type: str) -> None:
    core.script("SubmissionService/SubmitLead", SUBMITTED)
    told = await wire(envelope(SUBMIT, soap=soap), content_type, X_Request_Id="req-1")
    assert (told.status, told.headers["Content-Type"]) == (200, f"{content_type}; charset=utf-8")
    assert (told.headers["X-Request-Id"], told.headers["Cache-Control"]) == ("req-1", "no-store")
    assert told.root.tag == f"{{{soap}}}Envelope"
    DESCRIPTION.schema.assertValid(etree.ElementTree(told.answer))
    assert told.answer.findtext("lx:outcome/lx:status", None, NAMES) == "sold"
    call = core.only
    assert call.method == "SubmissionService/SubmitLead"
    assert call.request.contact.first_name == "Kari"
    assert (call.metadata["authorization"], call.metadata["x-request-id"]) == (f"Bearer {KEY}", "req-1")


async def test_the_core_has_the_budget_and_a_margin(wire: Wire, core: ScriptedCore) -> None:
    body = f'<SubmitLead xmlns="{NAMESPACE}"><budgetMs>4000</budgetMs>{LEAD}</SubmitLead>'
    core.script("SubmissionService/SubmitLead", SUBMITTED)
    await wire(envelope(body))
    assert 4 < (core.only.seconds_left or 0) <= 5.01


async def test_every_operation_reaches_its_rpc(wire: Wire, core: ScriptedCore) -> None:
    inner = {
        "Ping": LEAD[: LEAD.index("<contact>")],
        "Post": f"<pingId>auc_1</pingId>{LEAD}",
        "SubmitLead": LEAD,
        "GetLead": "<leadId>lead_1</leadId>",
        "AcknowledgeLeads": "<leadId>lead_1</leadId>",
        "UpdateDispositions": "<disposition><leadId>lead_1</leadId><kind>contacted</kind></disposition>",
        "RequestReturns": "<leadReturn><leadId>lead_1</leadId><reason>duplicate</reason></leadReturn>",
        "GetAuctionTrace": "<auctionId>auc_1</auctionId>",
    }
    for operation in OPERATIONS:
        core.reset()
        await wire(
            envelope(f'<{operation.name} xmlns="{NAMESPACE}">{inner.get(operation.name, "")}</{operation.name}>')
        )
        assert f"/{core.only.method}" == operation.rpc.replace("/leadexchange.v1.", "/").replace(
            "/grpc.health.v1.", "/"
        )


async def test_health_needs_no_credential(wire: Wire, core: ScriptedCore) -> None:
    core.script("Health/Check", HealthCheckResponse(status=HealthCheckResponse.SERVING))
    told = await wire(envelope(HEALTH, ""))
    assert (told.status, told.answer.findtext("lx:status", None, NAMES)) == (200, "serving")
    assert "authorization" not in core.only.metadata


async def test_without_a_credential_there_is_a_challenge(wire: Wire, core: ScriptedCore) -> None:
    told = await wire(envelope(SUBMIT, ""))
    assert (told.status, told.fault) == (401, "Client UNAUTHENTICATED")
    assert told.headers["WWW-Authenticate"].startswith("Basic ")
    assert core.calls == []


async def test_http_basic(wire: Wire, core: ScriptedCore) -> None:
    core.script("SubmissionService/SubmitLead", SUBMITTED)
    basic = base64.b64encode(f"key_test:{KEY}".encode()).decode()
    assert (await wire(envelope(SUBMIT, ""), Authorization=f"Basic {basic}")).status == 200
    assert core.only.metadata["authorization"] == f"Bearer {KEY}"


def digest_token(nonce: bytes, password: str) -> str:
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    sha1 = hashlib.sha1(nonce + created.encode() + password.encode()).digest()  # noqa: S324 - as the profile says
    return (
        f'<wsse:UsernameToken xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"><wsse:Username>key_1</wsse:Username>'
        f'<wsse:Password Type="{DIGEST}">{base64.b64encode(sha1).decode()}</wsse:Password>'
        f"<wsse:Nonce>{base64.b64encode(nonce).decode()}</wsse:Nonce>"
        f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken>"
    )


async def test_a_digest_is_judged_by_the_core(wire: Wire, core: ScriptedCore) -> None:
    core.script("AccessService/IssueToken", IssueTokenResponse(access_token="lxt_1", expires_in_s=60))
    core.script("SubmissionService/SubmitLead", SUBMITTED)
    body = envelope(SUBMIT, security(digest_token(b"nonce-1-nonce-1-", "password")))
    assert (await wire(body)).status == 200
    issue, submit = core.calls
    assert (issue.request.client_id, issue.request.client_secret) == ("key_1", "")
    assert (issue.request.digest.nonce, len(issue.request.digest.sha1)) == (b"nonce-1-nonce-1-", 20)
    assert "authorization" not in issue.metadata
    assert submit.metadata["authorization"] == "Bearer lxt_1"


async def test_a_digest_that_the_core_refuses(wire: Wire, core: ScriptedCore) -> None:
    core.refuse("AccessService/IssueToken", grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")
    told = await wire(envelope(SUBMIT, security(digest_token(b"nonce-2-nonce-2-", "password"))))
    assert (told.status, told.fault) == (500, "Client UNAUTHENTICATED")
    assert core.only.method == "AccessService/IssueToken"


REFUSALS: Final = [
    (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_VERTICAL", "Client UNKNOWN_VERTICAL", 500, "Sender", 400),
    (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED", "Client UNAUTHENTICATED", 500, "Sender", 400),
    (grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN", "Client FORBIDDEN", 500, "Sender", 400),
    (grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "Client NOT_FOUND", 500, "Sender", 400),
    (grpc.StatusCode.FAILED_PRECONDITION, "PING_USED", "Client PING_USED", 500, "Sender", 400),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "Server OVERLOADED", 500, "Receiver", 500),
    (grpc.StatusCode.UNAVAILABLE, "DRAINING", "Server DRAINING", 500, "Receiver", 500),
    (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_PASSED", "Server DEADLINE_PASSED", 500, "Receiver", 500),
    (grpc.StatusCode.INTERNAL, "INTERNAL", "Server INTERNAL", 500, "Receiver", 500),
    (grpc.StatusCode.UNKNOWN, "", "Server INTERNAL", 500, "Receiver", 500),
    (grpc.StatusCode.UNIMPLEMENTED, "", "Server UNIMPLEMENTED", 500, "Receiver", 500),
    (grpc.StatusCode.UNAVAILABLE, "", "Server UNAVAILABLE", 500, "Receiver", 500),
]


@pytest.mark.parametrize(("code", "reason", "fault", "status", "code_12", "status_12"), REFUSALS)
async def test_what_the_core_refuses_is_a_fault(
    wire: Wire,
    core: ScriptedCore,
    code: grpc.StatusCode,
    reason: str,
    fault: str,
    status: int,
    code_12: str,
    status_12: int,
) -> None:
    core.refuse("SubmissionService/SubmitLead", code, reason)
    told = await wire(envelope(SUBMIT))
    assert (told.fault, told.status) == (fault, status)
    told = await wire(envelope(SUBMIT, soap=SOAP_12), SOAP_12_TYPE)
    assert (told.fault, told.status) == (f"{code_12} {fault.split()[1]}", status_12)


async def test_a_fault_says_what_the_core_says(wire: Wire, core: ScriptedCore) -> None:
    core.refuse(
        "SubmissionService/SubmitLead",
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_FIELD",
        message="2 fields & more",
        fields={
            "profile.attributes.state": 'expected a US state, got "Texass"',
            "contact.first_name": "expected b, got c",
        },
        retry_ms=1_500,
    )
    told = await wire(envelope(SUBMIT), X_Request_Id="req-7")
    assert told.answer.findtext("faultstring") == "2 fields & more"
    assert told.errors == [("profile.attribute.state", "a US state", '"Texass"'), ("contact.firstName", "b", "c")]
    assert told.detail.findtext("lx:requestId", None, NAMES) == "req-7"
    assert told.detail.findtext("lx:retryAfterMs", None, NAMES) == "1500"


async def test_the_action_must_be_that_of_the_body(wire: Wire, core: ScriptedCore) -> None:
    core.script("Health/Check", HealthCheckResponse(status=HealthCheckResponse.SERVING))
    for given in ('""', '"Health"', f'"{action("Health")}"', action("Health")):
        assert (await wire(envelope(HEALTH, ""), SOAPAction=given)).status == 200, given
    told = await wire(envelope(HEALTH, ""), SOAPAction=f'"{action("GetLead")}"')
    assert told.fault == "Client UNKNOWN_OPERATION"
    given = f'{SOAP_12_TYPE}; action="{action("Health")}"'
    assert (await wire(envelope(HEALTH, "", SOAP_12), given)).status == 200
    given = f'{SOAP_12_TYPE}; action="{action("GetLead")}"'
    assert (await wire(envelope(HEALTH, "", SOAP_12), given)).fault == "Sender UNKNOWN_OPERATION"


async def test_a_header_that_must_be_understood(wire: Wire, core: ScriptedCore) -> None:
    core.script("Health/Check", HealthCheckResponse(status=HealthCheckResponse.SERVING))
    header = '<x:Route xmlns:x="urn:x" soap:mustUnderstand="1"{}/>'
    told = await wire(envelope(HEALTH, header.format("")))
    assert (told.status, told.fault) == (500, "MustUnderstand NOT_UNDERSTOOD")
    assert (await wire(envelope(HEALTH, header.format(' soap:actor="urn:other"')))).status == 200
    assert (await wire(envelope(HEALTH, '<x:Route xmlns:x="urn:x"/>'))).status == 200
    assert (await wire(envelope(HEALTH, security(token(), attributes=' soap:mustUnderstand="1"')))).status == 200
    told = await wire(envelope(HEALTH, header.format("").replace('"1"', '"true"'), SOAP_12), SOAP_12_TYPE)
    assert (told.status, told.fault) == (500, "MustUnderstand NOT_UNDERSTOOD")


async def test_an_unknown_version(wire: Wire) -> None:
    told = await wire(envelope(HEALTH, "", "http://schemas.xmlsoap.org/soap/envelope/2099"))
    assert (told.status, told.fault) == (500, "VersionMismatch VERSION_MISMATCH")


async def test_large_messages_are_read_and_written_beside_the_loop(wire: Wire, core: ScriptedCore) -> None:
    answer = ListLeadsResponse()
    for number in range(200):
        lead = answer.leads.add(id=f"lead_{number}", status=LEAD_STATUS_SOLD)
        lead.profile.vertical, lead.contact.comments = "mortgage", "x" * 100
    core.script("LeadService/ListLeads", answer)
    told = await wire(envelope(f'<FetchLeads xmlns="{NAMESPACE}"/>'))
    assert len(told.answer) == 200
    ids = "".join(f"<leadId>lead_{number:050}</leadId>" for number in range(500))
    core.reset()
    assert (await wire(envelope(f'<AcknowledgeLeads xmlns="{NAMESPACE}">{ids}</AcknowledgeLeads>'))).status == 200
    assert len(core.only.request.lead_ids) == 500


async def test_many_at_once(wire: Wire, core: ScriptedCore) -> None:
    core.script("SubmissionService/SubmitLead", SUBMITTED)
    told = await asyncio.gather(*(wire(envelope(SUBMIT)) for _ in range(100)))
    assert {one.status for one in told} == {200}
    assert len(core.calls) == 100


async def test_a_fault_of_the_adapter_is_a_fault_without_its_contents(
    wire: Wire, core: ScriptedCore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> str:
        raise RuntimeError(PERSON)

    monkeypatch.setattr("adapters.soap.service.write", fails)
    core.script("SubmissionService/SubmitLead", SUBMITTED)
    told = await wire(envelope(SUBMIT))
    assert (told.status, told.fault) == (500, "Server INTERNAL")
    assert "RuntimeError" in caplog.text
    assert PERSON not in caplog.text
