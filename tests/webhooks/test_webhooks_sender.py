"""One attempt, against endpoints that answer well, badly and not at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from adapters.webhooks.sender import Sender, retry_after
from examples.buyers.receiver import Receiver
from leadexchange.v1.delivery_pb2 import DeliveryReport
from tests.webhooks.scripted_outbox import OTHER_SECRET, SECRET, delivery

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextlib.asynccontextmanager
async def endpoint(handler: Handler) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def raw(answer: bytes, *, hold: bool = False) -> AsyncIterator[str]:
    """Answers with these bytes, then hangs up or holds on."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.read(65_536)
            writer.write(answer)
            await writer.drain()
            if hold:
                await reader.read()  # until the other side hangs up
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def attempt(url: str, *, development: bool = True, timeout_s: float = 5.0, count: int = 1) -> DeliveryReport:
    sender = Sender(development=development, timeout_s=timeout_s)
    try:
        return [await sender.attempt(delivery(1, url)) for _ in range(count)][-1]
    finally:
        await sender.close()


async def test_a_receiver_verifies_and_keeps_each_event_once() -> None:
    receiver = Receiver([SECRET, OTHER_SECRET])
    url = await receiver.start()
    sender = Sender(development=True)
    secrets = ((SECRET,), (OTHER_SECRET, SECRET), ("whsec_bm90IGl0IGF0IGFsbCwgc29ycnk=",))
    reports = [await sender.attempt(delivery(1, url, secrets=held)) for held in secrets]
    await sender.close()
    await receiver.stop()
    assert [report.status_code for report in reports] == [204, 204, 400]
    assert [event["data"] for event in receiver.events] == [{"lead_id": "lead_1"}]
    assert (receiver.repeats, receiver.refused) == (1, 1)
    assert b"webhook-id: evt_1" in receiver.record.messages[0].lower()


async def test_reports_what_the_endpoint_answered() -> None:
    async def busy(_request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "17"})

    async with endpoint(busy) as url:
        report = await attempt(url)
    assert (report.delivery_id, report.lease_id) == ("dlv_1", "lse_1")
    assert (report.status_code, report.retry_after_s, report.error) == (429, 17, "")


async def test_redirects_are_not_followed() -> None:
    asked = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": str(request.url)})

    async with endpoint(elsewhere) as url:
        assert (await attempt(url)).status_code == 307
    assert asked == ["/"]


async def test_connections_are_kept() -> None:
    peers = set()

    async def answering(request: web.Request) -> web.Response:
        peers.add(request.transport.get_extra_info("peername") if request.transport else None)
        return web.Response(status=200, body=b"x" * 60_000)

    async with endpoint(answering) as url:
        assert (await attempt(url, count=5)).status_code == 200
    assert len(peers) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "connect"),
        (b"rubbish\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: no\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50_000, "protocol"),
    ],
)
async def test_what_is_not_an_answer(answer: bytes, error: str) -> None:
    async with raw(answer) as url:
        report = await attempt(url)
    assert (report.status_code, report.error) == (0, error)


@pytest.mark.parametrize(
    "rest",
    [b"content-length: 999999999\r\n\r\n" + b"x" * 100_000, b"content-length: 10\r\n\r\nslow"],
    ids=["huge body", "slow body"],
)
async def test_a_status_counts_whatever_its_body_does(rest: bytes) -> None:
    async with raw(b"HTTP/1.1 200 OK\r\n" + rest, hold=True) as url:
        report = await attempt(url)
    assert (report.status_code, report.error) == (200, "")


async def test_a_silent_endpoint_times_out() -> None:
    async with raw(b"", hold=True) as url:
        report = await attempt(url, timeout_s=0.2)
    assert (report.status_code, report.error) == (0, "timeout")
    assert report.latency_ms >= 150


async def test_a_refused_connection() -> None:
    async with raw(b"") as url:
        pass
    assert (await attempt(url)).error == "connect"
    assert (await attempt("http://no-such-host.invalid/")).error == "connect"


async def test_a_plain_endpoint_behind_https_is_a_tls_error() -> None:
    async with raw(b"HTTP/1.1 400 Bad\r\n\r\n") as url:
        assert (await attempt(url.replace("http:", "https:"))).error == "tls"


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://127.0.0.1:1/", "https://localhost:1/", "https://169.254.169.254/", "rubbish"],
)
async def test_outside_development_only_public_https_is_called(url: str) -> None:
    report = await attempt(url, development=False)
    assert (report.status_code, report.error) == (0, "refused_address")


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
        ("Thu, 29 Feb 2024 00:00:00 GMT", 0),
        ("Fri, 99 Mar 2024 00:02:00 GMT", 0),
    ],
)
def test_retry_after(value: str, expected: int) -> None:
    assert retry_after(value, 1709251200.0) == expected
