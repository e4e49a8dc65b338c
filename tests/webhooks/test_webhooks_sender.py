"""One attempt, against endpoints that answer well, badly and not at all: the report of each is exact."""

import asyncio
import email.utils
import struct
import time
from socket import SO_LINGER, SOL_SOCKET

import pytest

from adapters.common.egress import Egress
from adapters.common.names import Names
from adapters.webhooks.reporting import retry_after
from leadexchange.v1.delivery_pb2 import DeliveryReport
from tests.gateway.test_gateway_egress import answers
from tests.webhooks.endpoints import Answer, answer, attempt, endpoint, sending, target
from tests.webhooks.scripted_outbox import delivery

OUTCOME = ("status_code", "error", "retry_after_s", "answer_headers", "answer_body", "handed_back")


def outcome(report: DeliveryReport) -> tuple[object, ...]:
    return tuple(getattr(report, name) for name in OUTCOME)


@pytest.mark.parametrize(
    ("status", "retry_after_s", "headers"),
    [
        ("200 OK", 0, ()),
        ("201 Created", 0, ("location: /leads/7",)),
        ("202 Accepted", 0, ()),
        ("204 No Content", 0, ()),
        ("301 Moved Permanently", 0, ("location: http://127.0.0.1:9/elsewhere",)),
        ("302 Found", 0, ("location: http://127.0.0.1:9/elsewhere",)),
        ("304 Not Modified", 0, ()),
        ("307 Temporary Redirect", 0, ("location: http://127.0.0.1:9/elsewhere",)),
        ("400 Bad Request", 0, ()),
        ("401 Unauthorized", 0, ('www-authenticate: Basic realm="x"',)),
        ("403 Forbidden", 0, ()),
        ("404 Not Found", 0, ()),
        ("408 Request Timeout", 0, ()),
        ("410 Gone", 0, ()),
        ("422 Unprocessable Content", 0, ()),
        ("429 Too Many Requests", 17, ("retry-after: 17",)),
        ("500 Internal Server Error", 0, ()),
        ("502 Bad Gateway", 0, ()),
        ("503 Service Unavailable", 120, ("retry-after: 120",)),
        ("599 Whatever", 0, ()),
    ],
)
async def test_every_status_is_reported_as_it_came(status: str, retry_after_s: int, headers: tuple[str, ...]) -> None:
    body = b"" if status[:3] in ("204", "304") else b'{"seen": true}'
    lines = (f"content-length: {len(body)}", *headers)
    async with endpoint(answer(status, *headers, body=body)) as serving:
        report = await attempt(serving.url)
    shown = "".join(f"{line}\n" for line in lines)
    assert outcome(report) == (int(status[:3]), "", retry_after_s, shown, body.decode(), False)
    assert (report.delivery_id, report.lease_id) == ("dlv_1", "lse_1")
    assert len(serving.requests) == 1  # redirects are not followed


async def test_retry_after_as_a_date() -> None:
    when = email.utils.formatdate(time.time() + 90, usegmt=True)
    async with endpoint(answer("429 Slow Down", f"Retry-After: {when}")) as serving:
        report = await attempt(serving.url)
    assert report.status_code == 429
    assert report.retry_after_s in range(85, 91)


async def test_what_is_sent_and_what_is_told_of_it() -> None:
    async with endpoint(answer("200 OK")) as serving:
        before_ms = int(time.time() * 1_000)
        report = await attempt(serving.url.replace("/hook", "/hook/a?key=hunter2&lead=x"))
    head, _, body = serving.requests[0].partition(b"\r\n\r\n")
    lines = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert head.startswith(b"POST /hook/a?key=hunter2&lead=x HTTP/1.1\r\n")
    assert body == delivery(1, "x").body
    assert lines["content-type"] == "application/json"
    assert lines["accept-encoding"] == "identity"
    assert lines["webhook-id"] == "evt_1"
    assert int(lines["webhook-timestamp"]) == report.attempted_at.seconds
    assert lines["webhook-signature"].startswith("v1,")
    assert lines.keys() == {
        "host", "user-agent", "accept", "accept-encoding", "content-type", "content-length", "webhook-id",
        "webhook-timestamp", "webhook-signature",
    }  # fmt: skip
    assert report.request == (
        "POST /hook/a?key=…&lead=… HTTP/1.1\n"
        f"host: 127.0.0.1:{serving.port}\n"
        "content-type: application/json\n"
        "webhook-id: evt_1\n"
        f"webhook-timestamp: {report.attempted_at.seconds}\n"
        "webhook-signature: …\n"
    )
    assert before_ms <= report.attempted_at.ToMilliseconds() <= int(time.time() * 1_000)


async def test_the_media_type_is_the_exchanges_and_without_a_secret_nothing_is_signed() -> None:
    one = delivery(1, "", secrets=())
    one.content_type = "application/cloudevents+json"
    async with endpoint(answer("200 OK")) as serving:
        one.url = serving.url
        assert (await attempt(one)).status_code == 200
    assert b"content-type: application/cloudevents+json\r\n" in serving.requests[0].lower()
    assert b"webhook-signature" not in serving.requests[0].lower()


async def test_connections_are_kept() -> None:
    async with endpoint(answer("200 OK", body=b"x" * 60_000)) as serving, sending() as sender:
        for number in range(5):
            assert (await sender.attempt(delivery(number, serving.url), target())).status_code == 200
    assert serving.connections == 1


async def test_a_kept_connection_that_is_closed_as_it_is_used_costs_no_failure() -> None:
    async def hang_up(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with endpoint(answer("200 OK"), hang_up, answer("201 Created")) as serving, sending() as sender:
        first, second = [await sender.attempt(delivery(number, serving.url), target()) for number in range(2)]
    assert (first.status_code, second.status_code, second.error) == (200, 201, "")
    assert (len(serving.requests), serving.connections) == (3, 2)
    assert serving.requests[1] == serving.requests[2]


async def test_a_new_connection_that_is_closed_is_a_failure() -> None:
    async with endpoint(b"") as serving:
        assert (await attempt(serving.url)).error == "connect"
    assert len(serving.requests) == 1


async def reset(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (b"", "connect"),
        (reset, "connect"),
        (b"HTTP/1.1 200 OK\r\ncontent-", "connect"),
        (b"rubbish\r\n\r\n", "protocol"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "protocol"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: no\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50_000, "protocol"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000, "protocol"),
    ],
    ids=["hangs up", "resets", "half a header", "rubbish", "ssh", "no status", "no length", "many headers", "long one"],
)
async def test_what_is_not_an_answer(what: Answer, error: str) -> None:
    async with endpoint(what) as serving:
        report = await attempt(serving.url)
    assert outcome(report) == (0, error, 0, "", "", False)
    assert report.request.startswith("POST /hook HTTP/1.1\n")


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        (b"content-length: 999999999\r\n\r\n" + b"x" * 300_000, "x" * 4_096),
        (b"content-length: 10\r\n\r\nslow", "slow"),
        (b"transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n", "half"),
        (
            b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00",
            "(4 bytes of another content encoding)",
        ),
    ],
    ids=["huge", "slow", "half", "packed"],
)
async def test_a_status_counts_whatever_its_body_does(rest: bytes, body: str) -> None:
    async with endpoint(b"HTTP/1.1 200 OK\r\n" + rest, hold=True) as serving:
        report = await attempt(serving.url, target(timeout_ms=1_500))
    assert (report.status_code, report.error, report.answer_body) == (200, "", body)
    assert report.latency_ms < 1_400  # a slow body is cut, not waited for


async def test_a_body_that_breaks_off_is_told_as_far_as_it_came() -> None:
    async def breaking(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 502 Bad\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"rubbish\r\n")

    async with endpoint(breaking) as serving:
        report = await attempt(serving.url)
    assert (report.status_code, report.error, report.answer_body) == (502, "", "half")


async def trickle(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        writer.write(b"x: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("what", [b"", trickle], ids=["silent", "slow header"])
async def test_no_answer_in_time(what: Answer) -> None:
    async with endpoint(what, hold=True) as serving:
        report = await attempt(serving.url, target(timeout_ms=200))
    assert outcome(report) == (0, "timeout", 0, "", "", False)
    assert report.latency_ms >= 150


async def test_an_interim_answer_is_not_the_answer() -> None:
    async with endpoint(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + answer("201 Created")) as serving:
        assert (await attempt(serving.url)).status_code == 201


async def test_a_refused_connection_and_a_name_without_an_address() -> None:
    async with endpoint(b"") as serving:
        pass
    assert outcome(await attempt(serving.url)) == (0, "connect", 0, "", "", False)
    assert outcome(await attempt("http://no-such-host.invalid/")) == (0, "connect", 0, "", "", False)


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://127.0.0.1:1/", "https://localhost:1/", "https://169.254.169.254/", "rubbish"],
)
async def test_outside_development_only_public_https_is_called(url: str) -> None:
    assert outcome(await attempt(url, egress=Egress())) == (0, "refused_address", 0, "", "", False)


async def test_a_name_of_an_inner_address_is_not_called() -> None:
    egress = Egress(names=Names(answers("8.8.8.8", "169.254.169.254")))
    assert (await attempt("https://buyer.example/hook", egress=egress)).error == "refused_address"


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_abc", "whsk_c2hvcnQ="])
async def test_a_secret_that_cannot_be_used_is_said_and_not_quoted(secret: str) -> None:
    report = await attempt(delivery(1, "http://127.0.0.1:1/", secrets=(secret,)))
    assert report.error == "credentials"
    assert "signing" in report.answer_body
    assert secret not in str(report)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", 0),
        ("0", 0),
        ("120", 120),
        ("999999999", 86_400),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("Fri, 01 Mar 2024 00:02:00 GMT", 120),
        ("Friday, 01-Mar-24 00:02:00 GMT", 120),
        ("Thu, 29 Feb 2024 00:00:00 GMT", 0),
        ("Fri, 99 Mar 2024 00:02:00 GMT", 0),
        ("9" * 5_000, 86_400),
    ],
)
def test_retry_after(value: str, expected: int) -> None:
    assert retry_after(value, 1709251200.0) == expected


async def test_a_fault_of_our_own_is_reported_and_quotes_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> str:
        raise KeyError("Kari Merritt")

    monkeypatch.setattr("adapters.webhooks.sender.request_head", broken)
    report = await attempt("http://127.0.0.1:1/")
    assert outcome(report) == (0, "internal", 0, "", "", False)
    assert "delivery dlv_1: KeyError at " in caplog.text
    assert "Kari" not in caplog.text
