"""Every class of error as a problem document (RFC 9457)."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from adapters.common.core import connect
from adapters.rest.caller import Caller
from adapters.rest.contract import rpc
from adapters.rest.core import Core
from adapters.rest.problems import Problem
from leadexchange.v1.lead_service_pb2 import GetLeadRequest
from tests.rest.scripted_core import Api, ScriptedCore

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUBMIT = "SubmissionService/SubmitLead"
GET = "LeadService/GetLead"
MAX_BODY_BYTES = 256 * 1024


@pytest.mark.parametrize(
    ("code", "reason", "status"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", 422),
        (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_VERTICAL", 422),
        (grpc.StatusCode.INVALID_ARGUMENT, "TOO_LARGE", 413),
        (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED", 401),
        (grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN", 403),
        (grpc.StatusCode.NOT_FOUND, "NOT_FOUND", 404),
        (grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS", 409),
        (grpc.StatusCode.FAILED_PRECONDITION, "PING_USED", 409),
        (grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_REUSED", 422),
        (grpc.StatusCode.ABORTED, "STALE_REVISION", 409),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", 429),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_PASSED", 504),
        (grpc.StatusCode.UNAVAILABLE, "DRAINING", 503),
        (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE", 503),
        (grpc.StatusCode.UNIMPLEMENTED, "UNIMPLEMENTED", 501),
        (grpc.StatusCode.INTERNAL, "INTERNAL", 500),
    ],
)
async def test_core_refusals(api: Api, core: ScriptedCore, code: grpc.StatusCode, reason: str, status: int) -> None:
    core.refuse(SUBMIT, code, reason, message="This is why.")
    reply = await api("POST", "/leads", json={}, headers={"X-Request-Id": "r-1"})
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    problem = reply.json
    assert problem.pop("title").upper().replace(" ", "_") == reason
    assert problem == {
        "type": f"/problems/{reason.lower().replace('_', '-')}",
        "status": status,
        "detail": "This is why.",
        "reason": reason,
        "request_id": "r-1",
    }


async def test_field_violations_point_into_the_body(api: Api, core: ScriptedCore) -> None:
    fields = {
        "profile.attributes.loan_amount": 'expected an amount of money from 1 to 100000000, got "lots, got it"',
        "profile.attributes.odd.name": "expected a name, got another",
        "contact.phone": "expected a phone number, got text of 3 characters",
        "budget_ms": "expected 50 to 10000, got 3",
        "request_id": "expected at most 128 characters, got 200",
        "campaign.caps.max_spend_micros": "expected a number from 1 to 2500000, got -500000",
    }
    core.refuse(SUBMIT, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", fields=fields)
    reply = await api("POST", "/leads", json={})
    assert reply.status == 422
    assert reply.json["errors"] == [
        {
            "field": "attributes.loan_amount",
            "expected": "an amount of money from 1 to 100000000",
            "got": '"lots, got it"',
            "pointer": "/attributes/loan_amount",
        },
        {
            "field": "attributes.odd.name",
            "expected": "a name",
            "got": "another",
            "pointer": "/attributes/odd.name",
        },
        {
            "field": "contact.phone",
            "expected": "a phone number",
            "got": "text of 3 characters",
            "pointer": "/contact/phone",
        },
        {"field": "budget_ms", "expected": "50 to 10000", "got": "3", "pointer": "/budget_ms"},
        {"field": "Idempotency-Key", "expected": "at most 128 characters", "got": "200"},
        {
            "field": "caps.max_spend",
            "expected": "a number from 0.000001 to 2.50",
            "got": "-0.50",
            "pointer": "/caps/max_spend",
        },
    ]
    assert reply.json["detail"] == (
        'attributes.loan_amount: expected an amount of money from 1 to 100000000, got "lots, got it" (and 5 more)'
    )


@pytest.mark.parametrize(("retry_ms", "header"), [(1, "1"), (1_000, "1"), (2_500, "3")])
async def test_retry_after(api: Api, core: ScriptedCore, retry_ms: int, header: str) -> None:
    core.refuse(SUBMIT, grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", retry_ms=retry_ms)
    reply = await api("POST", "/leads", json={})
    assert (reply.status, reply.headers["Retry-After"]) == (429, header)


async def test_unauthenticated_says_how(api: Api, core: ScriptedCore) -> None:
    core.refuse(GET, grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")
    reply = await api("GET", "/leads/lead_1")
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="leadexchange"'


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic dTpw"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer two words"},
        {"X-API-Key": "k" * 4_097},
        {"X-API-Key": "clé"},
    ],
)
async def test_what_is_no_key_reaches_nobody(api: Api, core: ScriptedCore, headers: dict[str, str]) -> None:
    reply = await api("POST", "/leads", json={}, key=None, headers=headers)
    assert (reply.status, reply.json["reason"]) == (401, "UNAUTHENTICATED")
    assert "WWW-Authenticate" in reply.headers
    assert core.calls == []


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, 503, "UNAVAILABLE"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 504, "TIMED_OUT"),
        (grpc.StatusCode.UNKNOWN, 500, "INTERNAL"),
        (grpc.StatusCode.CANCELLED, 503, "UNAVAILABLE"),  # its core stopped as the call came
    ],
)
async def test_transport_errors_name_no_internals(
    api: Api, core: ScriptedCore, code: grpc.StatusCode, status: int, reason: str
) -> None:
    core.refuse(SUBMIT, code, message="ipv4:10.0.0.7:50051 recvmsg failed")
    reply = await api("POST", "/leads", json={})
    assert (reply.status, reply.json["reason"]) == (status, reason)
    assert b"10.0.0.7" not in reply.body


async def test_core_that_is_not_there() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there, and nobody else can take it
        channel = connect(f"127.0.0.1:{held.getsockname()[1]}")
        with pytest.raises(Problem) as caught:
            await Core(channel).call(rpc("LeadService/GetLead"), GetLeadRequest(), Caller((), None), 5.0)
        await channel.close(None)
    assert (caught.value.status, caught.value.reason) == (503, "UNAVAILABLE")
    assert caught.value.headers == {"Retry-After": "1"}


async def test_unknown_path(api: Api) -> None:
    reply = await api("GET", "/nothing")
    assert (reply.status, reply.json["reason"]) == (404, "NOT_FOUND")


async def test_wrong_method(api: Api) -> None:
    reply = await api("PUT", "/leads", json={})
    assert (reply.status, reply.json["reason"]) == (405, "METHOD_NOT_ALLOWED")
    assert reply.headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_wrong_content_type(api: Api, core: ScriptedCore, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    reply = await api("POST", "/leads", data=b"{}", headers=headers)
    assert (reply.status, reply.json["reason"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert reply.headers["Accept"] == "application/json"
    assert core.calls == []


JSON = {"Content-Type": "application/json; charset=utf-8"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"vertical": "mortgage",}',
        b'{"vertical": NaN}',
        b'{"attributes": {"a": "\\ud800"}}',
        b'{"attributes": {"\xff": 1}}',
        b'{"a": ' * 20_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"\xef\xbb\xbf{}",
    ],
    ids=["empty", "cut", "nonsense", "comma", "nan", "surrogate", "utf8", "cut-deep", "deep", "bom"],
)
async def test_unreadable_body(api: Api, core: ScriptedCore, body: Any) -> None:
    reply = await api("POST", "/leads", data=body, headers=JSON)
    assert (reply.status, reply.json["reason"]) == (400, "BODY_UNREADABLE")
    assert core.calls == []


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"[]", {""}),
        (b'{"contact": []}', {"/contact"}),
        (
            b'{"attributes": {"a": {"b": 1}, "c": [], "d/~": {}}}',
            {"/attributes/a", "/attributes/c", "/attributes/d~1~0"},
        ),
        (b'{"attributes": {"a": 1e400}}', {"/attributes/a"}),
        (b'{"attributes": {"a": 9223372036854775808}}', {"/attributes/a"}),
        (b'{"contact": {"phone": 2105550169, "more": {"x": 1}}}', {"/contact/phone", "/contact/more/x"}),
        (b'{"test": "yes", "budget_ms": 1.5, "zip": "78251"}', {"/test", "/budget_ms", "/zip"}),
    ],
)
async def test_wrong_shape_names_every_field(api: Api, core: ScriptedCore, body: Any, pointers: set[str]) -> None:
    reply = await api("POST", "/leads", data=body, headers=JSON)
    assert (reply.status, reply.json["reason"]) == (422, "INVALID_FIELD")
    errors = reply.json["errors"]
    assert {error["pointer"] for error in errors} == pointers
    assert all(error["expected"] and error["got"] for error in errors)
    assert b"2105550169" not in reply.body
    assert core.calls == []


async def test_body_as_large_as_allowed(api: Api, core: ScriptedCore) -> None:
    body = b'{"vertical": "mortgage"}'.ljust(MAX_BODY_BYTES)
    assert (await api("POST", "/leads", data=body, headers=JSON)).status == 201


async def test_body_too_large_by_its_length(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/leads", data=b"{}".ljust(MAX_BODY_BYTES + 1), headers=JSON)
    assert (reply.status, reply.json["reason"]) == (413, "TOO_LARGE")
    assert core.calls == []


async def test_body_too_large_in_chunks(api: Api, core: ScriptedCore) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (16 * 1024)

    reply = await api("POST", "/leads", data=chunks(), headers=JSON)
    assert (reply.status, reply.json["reason"]) == (413, "TOO_LARGE")


async def test_compressed_body(api: Api, core: ScriptedCore) -> None:
    headers = JSON | {"Content-Encoding": "gzip"}
    reply = await api("POST", "/leads", data=gzip.compress(b'{"vertical": "mortgage"}'), headers=headers)
    assert (reply.status, core.only.request.profile.vertical) == (201, "mortgage")


async def test_compressed_body_is_bounded_as_it_unfolds(api: Api, core: ScriptedCore) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    reply = await api("POST", "/leads", data=bomb, headers=JSON | {"Content-Encoding": "gzip"})
    assert (reply.status, reply.json["reason"]) == (413, "TOO_LARGE")
    assert core.calls == []


async def test_body_that_is_not_compressed_as_it_says(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/leads", data=b"{}", headers=JSON | {"Content-Encoding": "gzip"})
    assert reply.status == 400
    assert core.calls == []


async def test_fault_is_logged_without_its_message(
    api: Api, core: ScriptedCore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(body: Any, _: str) -> None:
        raise ValueError(body.contact.email)

    monkeypatch.setattr("adapters.rest.handlers.submission.convert.submit_request", fail)
    body = {"contact": {"email": "kari@example.com"}}
    reply = await api("POST", "/leads", json=body, headers={"X-Request-Id": "r-9"})
    assert (reply.status, reply.json["reason"]) == (500, "INTERNAL")
    assert "r-9" in caplog.text
    assert "ValueError" in caplog.text
    assert "kari" not in caplog.text
    assert b"kari" not in reply.body


async def test_access_log_holds_the_route_and_nothing_of_the_request(
    api: Api, core: ScriptedCore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        await api("POST", "/leads", json={"contact": {"email": "kari@example.com"}}, key="k-secret")
        await api("GET", "/leads/lead_77?vertical=v-secret", headers={"X-Request-Id": "r-2"})
        await api("GET", "/kari")
    lines = [record.getMessage() for record in caplog.records if record.name == "adapters.rest.access"]
    assert [line.partition(" ms ")[0].rsplit(" ", 1)[0] for line in lines] == [
        "POST /api/v1/leads 201",
        "GET /api/v1/leads/{lead_id} 422",
        "GET (no such path) 404",
    ]
    assert lines[1].endswith(" r-2")
    for secret in ("kari", "k-secret", "lead_77", "v-secret"):
        assert secret not in caplog.text


async def test_stray_bytes_are_logged_without_them(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    reader, writer = await asyncio.open_connection(*api.base.removeprefix("http://").split(":"))
    writer.write(b"GET / HTTP/1.1\r\nAuthorization\x00: Bearer k-secret\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert "k-secret" not in caplog.text
