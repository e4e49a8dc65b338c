"""Endpoints that answer with bytes of a test's choosing, and attempts to deliver to them."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

from adapters.common.egress import Egress
from adapters.webhooks.mail import Mailer
from adapters.webhooks.sender import Sender
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryMapping, DeliveryReport, DeliveryTarget
from leadexchange.v1.endpoint_pb2 import EndpointAuth
from tests.webhooks.scripted_outbox import delivery

Answer = bytes | Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Endpoint:
    """What was asked of it, and by how many connections."""

    def __init__(self, answers: list[Answer]) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.scheme = "http"
        self.hold = False
        """Holds on to the connection after what ends it."""
        self._answers = answers
        self._serving: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._serving.append(task)
        try:
            await self._serve(reader, writer)
        finally:
            writer.transport.abort()

    async def stop(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.lower().split(b"\r\n")
                length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0)
                self.requests.append(head + await reader.readexactly(length))
                answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
                if callable(answer):
                    await answer(self.requests[-1], writer)
                    break
                writer.write(answer)
                await writer.drain()
                if b"content-length" not in answer.lower():
                    break
            if self.hold:
                await reader.read()  # until the other side hangs up
            writer.close()
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def endpoint(*answers: Answer, hold: bool = False, tls: ssl.SSLContext | None = None) -> AsyncIterator[Endpoint]:
    """Answers one request after the other with these, and the rest with the last; without a length it hangs up."""
    serving = Endpoint(list(answers))
    serving.hold = hold
    server = await asyncio.start_server(serving.serve, "127.0.0.1", 0, ssl=tls)
    serving.port = server.sockets[0].getsockname()[1]
    serving.scheme = "https" if tls else "http"
    try:
        yield serving
    finally:
        server.close()
        await serving.stop()


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


@contextlib.asynccontextmanager
async def sending(egress: Egress | None = None, mailer: Mailer | None = None) -> AsyncIterator[Sender]:
    sender = Sender(egress or Egress(development=True), mailer)
    try:
        yield sender
    finally:
        await sender.close()


def target(auth: EndpointAuth | None = None, *, timeout_ms: int = 5_000) -> DeliveryTarget:
    return DeliveryTarget(id="ep_a.1", auth=auth, timeout_ms=timeout_ms, max_concurrency=32)


async def attempt(
    sent: Delivery | str,
    to: DeliveryTarget | None = None,
    mapping: DeliveryMapping | None = None,
    *,
    egress: Egress | None = None,
) -> DeliveryReport:
    """One attempt by a sender of its own."""
    async with sending(egress) as sender:
        one = delivery(1, sent) if isinstance(sent, str) else sent
        return await sender.attempt(one, to or target(), mapping)
