"""Requests that a mapping makes, and answers that it reads: an error inside a 200 is an error."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from standardwebhooks.webhooks import Webhook

from leadexchange.v1.delivery_pb2 import Delivery, DeliveryMapping
from tests.webhooks.endpoints import Endpoint, answer, attempt, endpoint, sending, target
from tests.webhooks.scripted_outbox import SECRET, delivery

VALUES = {
    "lead": {"id": "lead_1", "vertical": "mortgage"},
    "attributes": {"state": "TX", "loan_amount": 289000},
    "contact": {"first_name": "Kari", "last_name": "Merritt", "phone": "+12105550169", "email": "kari@example.com"},
    "sale": {"id": "sale_1", "price": "50.00"},
}
RESPONSE = {
    "verdict": [
        {"when": [{"read": "$.status", "equals": "ok"}], "verdict": "accepted"},
        {"when": [{"read": "$.status", "equals": "held"}], "verdict": "pending"},
        {"when": [{"read": "$.status", "equals": "dup"}], "verdict": "duplicate"},
        {"when": [{"read": "$.status", "equals": "no"}], "verdict": "rejected"},
    ],
    "reason": {"read": "$.why", "table": {"full": "capacity"}},
}


def mapping(request: dict[str, Any], response: dict[str, Any] | None = None) -> DeliveryMapping:
    document = {"version": 1, "request": request} | ({"response": response} if response else {})
    return DeliveryMapping(id="map_a.1", document=json.dumps(document).encode())


def rules(**sources: str) -> list[dict[str, Any]]:
    return [{"to": to, "from": source} for to, source in sources.items()]


JSON = {"format": "json", "rules": rules(phone="contact.phone", state="attributes.state")}


def mapped(serving: Endpoint, *, attempts: int = 0, values: dict[str, Any] | None = None) -> Delivery:
    one = delivery(1, serving.url)
    one.mapping_id = "map_a.1"
    one.attempts = attempts
    one.body = json.dumps(VALUES if values is None else values).encode()
    return one


@pytest.mark.parametrize(
    ("request_", "media", "body"),
    [
        (JSON, "application/json", b'{"phone":"+12105550169","state":"TX"}'),
        (JSON | {"format": "form"}, "application/x-www-form-urlencoded", b"phone=%2B12105550169&state=TX"),
    ],
)
async def test_the_mapping_makes_the_body_and_it_is_what_is_signed(
    request_: dict[str, Any], media: str, body: bytes
) -> None:
    async with endpoint(answer("200 OK")) as serving:
        report = await attempt(mapped(serving), target(), mapping(request_))
    assert (report.status_code, report.error) == (200, "")
    head, _, sent = serving.requests[0].partition(b"\r\n\r\n")
    assert sent == body
    lines = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert lines["content-type"].startswith(media)
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    Webhook(SECRET).verify(sent, headers, json_parse=False)


async def test_query_and_headers_go_along_and_are_told_by_name_only() -> None:
    request = {
        "format": "query",
        "rules": rules(phone="contact.phone", name="contact.first_name"),
        "headers": rules(**{"X-Lead": "contact.email"}),
    }
    async with endpoint(answer("200 OK")) as serving:
        one = mapped(serving)
        one.url += "?key=k&x=a%20b"
        report = await attempt(one, target(), mapping(request))
    path = serving.requests[0].split(b" ")[1].decode()
    assert parse_qs(urlsplit(path).query) == {"key": ["k"], "x": ["a b"], "phone": ["+12105550169"], "name": ["Kari"]}
    assert b"x-lead: kari@example.com\r\n" in serving.requests[0].lower()
    assert report.request.startswith("POST /hook?key=…&x=… HTTP/1.1\n")
    assert "with query: phone, name\n" in report.request
    assert "x-lead: …\n" in report.request
    for secret in ("Kari", "2105550169", "kari@"):
        assert secret not in str(report)


@pytest.mark.parametrize(
    ("body", "attempts", "error", "told"),
    [
        (b'{"status": "ok"}', 0, "", '{"status": "ok"}'),
        (b'{"status": "held"}', 0, "", '{"status": "held"}'),
        (
            b'{"status": "no", "why": "full"}',
            0,
            "rejected_in_body",
            'rejected: capacity: full\n{"status": "no", "why": "full"}',
        ),
        (b'{"status": "dup"}', 0, "rejected_in_body", 'duplicate: duplicate\n{"status": "dup"}'),
        (b'{"status": "dup"}', 1, "", '{"status": "dup"}'),
        (
            b'{"status": "no", "why": "Kari is no buyer"}',
            0,
            "rejected_in_body",
            'rejected\n{"status": "no", "why": "… is no buyer"}',
        ),
    ],
)
async def test_the_mapping_reads_the_answer(body: bytes, attempts: int, error: str, told: str) -> None:
    async with endpoint(answer("200 OK", "content-type: application/json", body=body)) as serving:
        report = await attempt(mapped(serving, attempts=attempts), target(), mapping(JSON, RESPONSE))
    assert (report.status_code, report.error, report.answer_body) == (200, error, told)


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b'{"status": "what"}'])
async def test_an_answer_that_cannot_be_read_is_an_error(body: bytes) -> None:
    async with endpoint(answer("200 OK", body=body)) as serving:
        report = await attempt(mapped(serving), target(), mapping(JSON, RESPONSE))
    assert (report.status_code, report.error) == (200, "rejected_in_body")
    assert report.answer_body.startswith("error")


async def test_a_status_that_is_no_success_speaks_for_itself() -> None:
    async with endpoint(answer("503 Busy", "retry-after: 3", body=b'{"status": "no"}')) as serving:
        report = await attempt(mapped(serving), target(), mapping(JSON, RESPONSE))
    assert (report.status_code, report.error, report.retry_after_s) == (503, "", 3)


@pytest.mark.parametrize(
    ("rest", "error"),
    [(b"content-length: 10\r\n\r\n{", "timeout"), (b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n", "timeout")],
)
async def test_half_an_answer_is_none_when_its_body_counts(rest: bytes, error: str) -> None:
    async with endpoint(b"HTTP/1.1 200 OK\r\n" + rest, hold=True) as serving:
        report = await attempt(mapped(serving), target(timeout_ms=200), mapping(JSON, RESPONSE))
    assert (report.status_code, report.error) == (0, error)


@pytest.mark.parametrize(
    ("document", "values", "said"),
    [
        (
            {"format": "json", "rules": [{"to": "p", "from": "contact.phone", "absent": "required"}]},
            {},
            "/request/rules/0",
        ),
        ({"format": "nothing"}, None, "/request"),
        ({"format": "json", "rules": [], "headers": rules(host="lead.id")}, None, "header"),
    ],
    ids=["a value is missing", "no mapping", "a header that is ours"],
)
async def test_what_cannot_be_made_is_said(document: dict[str, Any], values: dict[str, Any] | None, said: str) -> None:
    async with endpoint(answer("200 OK")) as serving:
        report = await attempt(mapped(serving, values=values), target(), mapping(document))
    assert (report.status_code, report.error) == (0, "mapping")
    assert said in report.answer_body
    assert serving.requests == []


async def test_without_the_mapping_or_json_nothing_is_sent() -> None:
    async with endpoint(answer("200 OK")) as serving, sending() as sender:
        one = mapped(serving)
        assert (await sender.attempt(one, target())).error == "mapping"
        one.body = b"no json"
        assert (await sender.attempt(one, target(), mapping(JSON))).error == "mapping"
    assert serving.requests == []
