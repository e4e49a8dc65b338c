"""A network between a core and its database that breaks, or takes its time, at a test's word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_CHUNK = 65_536


class Proxy:
    """TCP on a loopback port, to the socket of a PostgreSQL server."""

    def __init__(self, server: Path) -> None:
        self.port = 0
        self.delay_s = 0.0
        """Before each message of the core goes on."""
        self.cuts = 0
        self.swallows = False
        """Whatever either end says is lost, and neither hears that the other is gone."""
        self._server = server / ".s.PGSQL.5432"
        self._cut_at = b""
        self._answered = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def url(self, database: str, user: str = "exchange") -> str:
        """Where a database is."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def cut_at(self, word: bytes, *, answered: bool) -> None:
        """Cuts the next connection over which the word is sent.

        When the server has had it and `answered`, which the core does not hear; otherwise before the server has it.
        """
        self._cut_at, self._answered = word, answered

    def cut(self) -> None:
        """Cuts every connection."""
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def serving(self) -> "AsyncIterator[Proxy]":
        listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listener.close()
            self.cut()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        with suppress(OSError):  # the server is away
            to_server = await asyncio.open_unix_connection(str(self._server))
            ends.append(to_server[1])
            self._writers.update(ends)
            cut = asyncio.Event()
            pumps = [
                asyncio.create_task(self._asked(reader, to_server[1], cut)),
                asyncio.create_task(self._told(to_server[0], writer, cut)),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        for end in ends:
            self._writers.discard(end)
            end.transport.abort()

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        while said := await reader.read(_CHUNK):
            if self.swallows:
                continue
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            if self._cut_at and self._cut_at in said:
                self._cut_at = b""
                self.cuts += 1
                if not self._answered:
                    return
                cut.set()
            writer.write(said)
            await writer.drain()

    async def _told(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        while (said := await reader.read(_CHUNK)) and not cut.is_set():
            if self.swallows:
                continue
            writer.write(said)
            await writer.drain()
