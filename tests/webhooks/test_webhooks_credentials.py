"""How an endpoint is shown who calls: fixed headers, Basic, and OAuth tokens; and that nobody else is told."""

import asyncio
import base64
import json

import pytest

from adapters.common.egress import Egress
from leadexchange.v1.delivery_pb2 import DeliveryReport
from leadexchange.v1.endpoint_pb2 import BasicCredentials, EndpointAuth, OAuthClient, StaticHeader
from tests.webhooks.endpoints import Answer, Endpoint, answer, attempt, endpoint, sending, target
from tests.webhooks.scripted_outbox import delivery


def token(value: str, *, lasts_s: object = 3_600, kind: str = "Bearer") -> bytes:
    body = {"access_token": value, "token_type": kind} | ({} if lasts_s is None else {"expires_in": lasts_s})
    return answer("200 OK", "content-type: application/json", body=json.dumps(body).encode())


def client(tokens: Endpoint | str, *, scope: str = "") -> EndpointAuth:
    url = tokens if isinstance(tokens, str) else tokens.url
    return EndpointAuth(
        oauth=OAuthClient(token_url=url, client_id="lead exchange", client_secret="s:cret%", scope=scope)
    )


def bearers(serving: Endpoint) -> list[str]:
    """What each request showed."""
    heads = [request.partition(b"\r\n\r\n")[0].decode().split("\r\n") for request in serving.requests]
    return [line.split(": ")[1] for head in heads for line in head if line.lower().startswith("authorization: ")]


async def test_fixed_headers_and_basic_are_sent_and_only_their_names_are_told() -> None:
    auth = EndpointAuth(
        headers=[StaticHeader(name="X-Api-Key", value="hunter2"), StaticHeader(name="X-Team", value="caf\u00e9")],
        basic=BasicCredentials(username="lx", password="p\u00e4ss:word"),
    )
    async with endpoint(answer("200 OK", "X-Echo: hello")) as serving:
        report = await attempt(serving.url, target(auth))
    head = serving.requests[0].lower()
    assert b"x-api-key: hunter2\r\n" in head
    assert "x-team: caf\u00e9\r\n".encode() in head
    basic = base64.b64encode("lx:p\u00e4ss:word".encode()).decode()
    assert bearers(serving) == [f"Basic {basic}"]
    assert report.request.endswith("webhook-signature: …\nx-api-key: …\nx-team: …\nauthorization: …\n")
    for secret in ("hunter2", basic, "caf\u00e9"):
        assert secret not in str(report)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Host", "inner.example", "header host is the exchange's to set"),
        ("Content-Length", "0", "header content-length is the exchange's to set"),
        ("webhook-id", "evt_0", "header webhook-id is the exchange's to set"),
        ("x-a\r\nhost", "x", "a header's name has characters that it must not"),
        ("", "x", "a header's name has characters that it must not"),
        ("x-a", "hunter2\r\nhost: b", "the value of header x-a has characters that it must not"),
    ],
)
async def test_headers_that_must_not_be_sent(name: str, value: str, said: str) -> None:
    async with endpoint(answer("200 OK")) as serving:
        report = await attempt(serving.url, target(EndpointAuth(headers=[StaticHeader(name=name, value=value)])))
    assert (report.error, report.answer_body) == ("credentials", said)
    assert serving.requests == []


async def test_a_token_is_asked_for_once_and_used_while_it_lasts() -> None:
    async with endpoint(token("t1"), token("t2")) as tokens, endpoint(answer("200 OK")) as serving, sending() as sender:
        to = target(client(tokens, scope="leads:write"))
        await asyncio.gather(*(sender.attempt(delivery(number, serving.url), to) for number in range(8)))
        await sender.attempt(delivery(9, serving.url), to)
    assert len(tokens.requests) == 1
    head, _, form = tokens.requests[0].partition(b"\r\n\r\n")
    assert form == b"grant_type=client_credentials&scope=leads%3Awrite"
    pair = base64.b64encode(b"lead+exchange:s%3Acret%25").decode()
    assert f"authorization: Basic {pair}\r\n".lower() in head.decode().lower()
    assert bearers(serving) == ["Bearer t1"] * 9


@pytest.mark.parametrize("lasts_s", [0, -5, "0"])
async def test_a_token_that_has_run_out_is_asked_for_anew(lasts_s: object) -> None:
    first = token("t1", lasts_s=lasts_s)
    async with endpoint(first, token("t2")) as tokens, endpoint(answer("200 OK")) as serving, sending() as sender:
        to = target(client(tokens))
        for number in range(3):
            await sender.attempt(delivery(number, serving.url), to)
    assert bearers(serving) == ["Bearer t1", "Bearer t2", "Bearer t2"]


@pytest.mark.parametrize(
    ("statuses", "shown", "expected"),
    [
        (["200 OK", "401 No", "200 OK"], ["t1", "t1", "t2"], [200, 200]),
        (["200 OK", "401 No", "401 No"], ["t1", "t1", "t2"], [200, 401]),
        (["403 No", "200 OK"], ["t1", "t1"], [403, 200]),
    ],
    ids=["mended", "not mended", "403 is no matter of tokens"],
)
async def test_a_token_that_is_not_taken_is_replaced_once(
    statuses: list[str], shown: list[str], expected: list[int]
) -> None:
    answers: list[Answer] = [answer(status, body=b"body") for status in statuses]
    async with endpoint(token("t1"), token("t2")) as tokens, endpoint(*answers) as serving, sending() as sender:
        to = target(client(tokens))
        reports = [await sender.attempt(delivery(number, serving.url), to) for number in range(2)]
    assert [report.status_code for report in reports] == expected
    assert [report.answer_body for report in reports] == ["body", "body"]
    assert bearers(serving) == [f"Bearer {one}" for one in shown]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (answer("401 Unauthorized", body=b'{"error":"invalid_client"}'), "the token endpoint answered with status 401"),
        (answer("302 Found", "location: http://127.0.0.1:9/"), "the token endpoint answered with status 302"),
        (answer("200 OK", body=b"<html>"), "the token endpoint's answer is no token"),
        (answer("200 OK", body=b'{"access_token": 7}'), "the token endpoint's answer is no token"),
        (token("t1", kind="mac"), "the token endpoint's answer is no bearer token"),
        (token("t1\r\nhost: b"), "the token endpoint's answer is no bearer token"),
        (token(""), "the token endpoint's answer is no bearer token"),
        (answer("200 OK", body=b" " * 70_000), "the token endpoint could not be asked: ValueError"),
        (b"", "the token endpoint could not be asked: ServerDisconnectedError"),
    ],
)
async def test_without_a_token_nothing_is_sent(what: bytes, said: str) -> None:
    async with endpoint(what) as tokens, endpoint(answer("200 OK")) as serving:
        report = await attempt(serving.url, target(client(tokens)))
    assert (report.status_code, report.error, report.answer_body) == (0, "credentials", said)
    assert report.request.startswith("POST /hook")
    assert "s:cret" not in str(report)
    assert serving.requests == []


async def test_a_silent_token_endpoint_takes_no_longer_than_an_attempt_may() -> None:
    async with endpoint(b"", hold=True) as tokens, endpoint(answer("200 OK")) as serving:
        report = await attempt(serving.url, target(client(tokens), timeout_ms=200))
    assert report.status_code == 0
    assert report.error in ("credentials", "timeout")  # whichever clock strikes first
    assert serving.requests == []


@pytest.mark.parametrize("url", ["http://tokens.example/", "https://127.0.0.1/token", "https://localhost/token"])
async def test_the_token_endpoint_is_called_by_the_same_rules(url: str) -> None:
    report: DeliveryReport = await attempt("https://8.8.8.8/hook", target(client(url)), egress=Egress())
    assert report.error == "credentials"
    assert report.answer_body in (
        "the token endpoint could not be asked: EgressError",
        "the token endpoint could not be asked: ClientOSError",
    )


async def test_a_new_revision_of_an_endpoint_uses_its_new_credentials() -> None:
    async with endpoint(answer("200 OK")) as serving, sending() as sender:
        for revision in (1, 2):
            to = target(EndpointAuth(basic=BasicCredentials(username="lx", password=f"word{revision}")))
            to.id = f"ep_a.{revision}"
            await sender.attempt(delivery(revision, serving.url), to)
    assert bearers(serving) == [f"Basic {base64.b64encode(f'lx:word{n}'.encode()).decode()}" for n in (1, 2)]
