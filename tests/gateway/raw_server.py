"""A TCP server that answers HTTP requests with bytes of a test's choosing."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

Answering = Callable[["RawServer", bytes, asyncio.StreamWriter], Awaitable[None]]


def ok(body: bytes = b'{"price":1}', *extra: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n%b\r\n%b" % (len(body), b"".join(extra), body)


class RawServer:
    def __init__(self, answering: Answering) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0
        self._answering = answering
        self._writers: list[asyncio.StreamWriter] = []
        self._serving: list[asyncio.Task[None]] = []

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        task = asyncio.current_task()
        assert task
        self._serving.append(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")
                )
                self.requests.append(head + await reader.readexactly(length))
                await self._answering(self, self.requests[-1], writer)
                await writer.drain()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()

    @classmethod
    @contextlib.asynccontextmanager
    async def serving(cls, answering: Answering, tls: ssl.SSLContext | None = None) -> AsyncIterator["RawServer"]:
        raw = cls(answering)
        server = await asyncio.start_server(raw._serve, "127.0.0.1", 0, ssl=tls)
        raw.port = server.sockets[0].getsockname()[1]
        try:
            yield raw
        finally:
            server.close()
            raw.hang_up()
            for task in raw._serving:
                task.cancel()
            await asyncio.gather(*raw._serving)


def always(*parts: bytes, close: bool = False) -> Answering:
    """The same answer each time, in parts that arrive apart."""

    async def answering(_server: RawServer, _request: bytes, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.005)
        if close:
            writer.close()

    return answering
