"""HTTP/1.1 as lean as Python does it: protocols of the event loop and a maintained parser, over kept connections.

The client is a load, and the floor of the exchange's own HTTP clients; the server is the buyers at the other end.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import cast

import httptools

from benchmarks.harness.load import Load, arrivals

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

    def __init__(self, answer: Answer, after_s: float) -> None:
        self._answer = answer
        self._after_s = after_s
        self._parser = httptools.HttpRequestParser(self)
        self._path = self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # as uvloop's are, without saying so

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        answer = self._answer(self._path.decode(), self._body)
        self._path = self._body = b""
        if answer is None:
            return
        if self._after_s:
            asyncio.get_running_loop().call_later(self._after_s, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def serve(answer: Answer, after_s: float = 0.0) -> asyncio.Server:
    """Serves on a free port of loopback; each answer waits `after_s`."""
    return await asyncio.get_running_loop().create_server(lambda: _Served(answer, after_s), "127.0.0.1", 0)


def port_of(server: asyncio.Server) -> int:
    """Where it serves."""
    return int(server.sockets[0].getsockname()[1])


class _Asking(asyncio.Protocol):
    """A connection at the client, for one request at a time; `answered` is called with it and the answer's status."""

    def __init__(self, answered: Callable[["_Asking", int], None]) -> None:
        self._answered = answered

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, message: bytes) -> None:
        """Sends a request."""
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(message)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._answered(self, self._parser.get_status_code())

    def close(self) -> None:
        """Hangs up."""
        self._transport.close()


async def _connect(port: int, count: int, answered: Callable[[_Asking, int], None]) -> list[_Asking]:
    connect = asyncio.get_running_loop().create_connection
    return [(await connect(lambda: _Asking(answered), "127.0.0.1", port))[1] for _ in range(count)]


def _count(load: Load, status: int) -> None:
    if status < 300:
        load.count += 1
    else:
        load.refused += 1


async def ask(port: int, make: Callable[[], bytes], seconds: float, connections: int) -> Load:
    """A closed load: on each connection one request after another, made by `make`."""
    load, running = Load(), connections
    all_done = asyncio.get_running_loop().create_future()

    def answered(asking: _Asking, status: int) -> None:
        nonlocal running
        _count(load, status)
        if time.perf_counter() < begun + seconds:
            asking.send(make())
            return
        running -= 1
        if not running:
            all_done.set_result(None)

    made = await _connect(port, connections, answered)
    begun = time.perf_counter()
    for asking in made:
        asking.send(make())
    await all_done
    load.seconds = time.perf_counter() - begun
    for asking in made:
        asking.close()
    return load


async def fan_out(messages: Mapping[int, bytes], rate: float, seconds: float, connections: int) -> Load:
    """An open load: `rate` times a second, by Poisson, each port is sent its message on a connection that is free."""
    load, awaited = Load(), 0
    free: dict[int, list[_Asking]] = {}
    stirred = asyncio.Event()

    def taking_back(port: int) -> Callable[[_Asking, int], None]:
        def answered(asking: _Asking, status: int) -> None:
            nonlocal awaited
            awaited -= 1
            _count(load, status)
            free[port].append(asking)
            stirred.set()

        return answered

    for port in messages:
        free[port] = await _connect(port, connections, taking_back(port))
    begun = time.perf_counter()
    for due in arrivals(rate, seconds):
        left = begun + due - time.perf_counter()
        if left > 0:
            await asyncio.sleep(left)
        for port, message in messages.items():
            if free[port]:
                awaited += 1
                free[port].pop().send(message)
            else:
                load.refused += 1
    while awaited:
        stirred.clear()
        await stirred.wait()
    load.seconds = time.perf_counter() - begun
    for asking in (one for some in free.values() for one in some):
        asking.close()
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
