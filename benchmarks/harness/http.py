"""HTTP/1.1 as lean as Python does it: protocols of the event loop and a maintained parser, over kept connections.

The client is a load, and the floor of the exchange's own HTTP clients; the server is the buyers at the other end.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import httptools

from benchmarks.harness.load import Load

Answer = Callable[[str, bytes], bytes | None]
"""From path and body to the whole response; None never answers."""


def request(host: str, path: str, body: bytes, headers: str = "") -> bytes:
    """A whole POST of JSON; `headers` are further lines, each with its CRLF."""
    head = f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n{headers}"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def response(status: str, body: bytes = b"") -> bytes:
    """A whole response of JSON."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Served(asyncio.Protocol):
    """A connection at the server."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._parser = httptools.HttpRequestParser(self)
        self._path = self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        answer = self._answer(self._path.decode(), self._body)
        self._path = self._body = b""
        if answer is not None:
            self._transport.write(answer)


async def serve(answer: Answer) -> int:
    """Serves on a free port of loopback, which it answers with, for as long as the loop runs."""
    server = await asyncio.get_running_loop().create_server(lambda: _Served(answer), "127.0.0.1", 0)
    return int(server.sockets[0].getsockname()[1])


class _Asking(asyncio.Protocol):
    """A connection at the client: one request after another until time is up."""

    def __init__(self, take: Callable[[], bytes | None], load: Load) -> None:
        self.done: Final = asyncio.get_running_loop().create_future()
        self._take = take
        self._load = load
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        message = self._take()
        if message is None:
            self._transport.close()
        else:
            self._transport.write(message)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 300:
            self._load.count += 1
        else:
            self._load.refused += 1
        self._parser = httptools.HttpResponseParser(self)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.done.set_result(None)


async def ask(ports: list[int], make: Callable[[int], bytes], seconds: float, connections: int) -> Load:
    """A closed load: `connections` to each port, on each one request after another; `make` makes one for a port."""
    load = Load()
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()

    def taker(port: int) -> Callable[[], bytes | None]:
        return lambda: make(port) if time.perf_counter() < begun + seconds else None

    made = [
        await loop.create_connection(lambda port=port: _Asking(taker(port), load), "127.0.0.1", port)  # type: ignore[misc]
        for port in ports
        for _ in range(connections)
    ]
    await asyncio.gather(*(asking.done for _, asking in made))
    load.seconds = time.perf_counter() - begun
    return load


async def fetch(port: int, path: str) -> bytes:
    """One GET, on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(int(length.partition(b":")[2]))
    writer.close()
    return body
