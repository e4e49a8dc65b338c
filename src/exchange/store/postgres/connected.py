"""What the parts of the engine share: two writers, and a pool of connections to read by."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import asyncpg

from exchange.store.postgres.faults import FAILED, as_store_error, is_lost
from exchange.store.postgres.writer import AGAIN_S, PATIENCE_S, Writer

T = TypeVar("T")
_READERS: Final = 4  # a page of whole leads must not hold up the look-ups of request ids
_CONNECT_S: Final = 5.0
_ANSWER_S: Final = 15.0
_SETTINGS: Final = {
    "default_transaction_isolation": "read committed",
    "synchronous_commit": "on",  # whatever the server's default: a commit that returns is on disk
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "10",  # the server lets go of a core that is cut off, and of its locks
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "client_min_messages": "warning",
    "jit": "off",
    "TimeZone": "UTC",
}


class Connected:
    """A database, and how to reach it."""

    _books: Writer
    """For what is numbered: leads, sales, postings, events, the catalogue."""
    _outbox: Writer
    """For leases, reports and claims, which need not wait for it."""
    _pool: "asyncpg.Pool[asyncpg.Record]"

    def __init__(self, url: str) -> None:
        self._url = url
        self._patience_s = PATIENCE_S
        self.core_id = ""
        """Who this core is among those that share the database; another each time that it is opened."""
        self._leads = False
        """Whether it is the one that does what only one need do, when it last kept its place."""

    async def _connect(self, name: str) -> "asyncpg.Connection[asyncpg.Record]":
        settings = {**_SETTINGS, "application_name": name}
        return await asyncpg.connect(self._url, timeout=_CONNECT_S, command_timeout=_ANSWER_S, server_settings=settings)

    async def _open_pool(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=_READERS,
            timeout=_CONNECT_S,
            command_timeout=_ANSWER_S,
            reset=_nothing,  # readers leave nothing behind; asking the server to forget would cost each a round trip
            server_settings={
                **_SETTINGS,
                "application_name": "exchange-readers",
                "default_transaction_read_only": "on",
            },
        )

    async def _read(self, function: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """What a function of a connection answers.

        A read is repeated when the session was lost under it, for as long as writes wait for a server that is away; one
        whose caller has no time left is cancelled with the call.
        """
        clock = asyncio.get_running_loop().time
        began_s = clock()
        while True:
            try:
                async with self._pool.acquire(timeout=_ANSWER_S) as connection:
                    return await function(connection, *arguments)
            except FAILED as error:
                late = clock() - began_s > self._patience_s
                if late or self._pool.is_closing() or not is_lost(error):
                    raise as_store_error(error) from None
                await asyncio.sleep(AGAIN_S)


async def _nothing(_: object) -> None:
    """What a connection needs done before the next reader."""
