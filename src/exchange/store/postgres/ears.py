"""Hearing of what other cores commit: by NOTIFY at once, and by looking once a second should one get lost."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import asyncpg

from exchange.domain.errors import StoreError
from exchange.store.postgres.faults import FAILED, as_store_error
from exchange.store.postgres.session import Connect
from exchange.store.postgres.writer import CATALOG_CHANNEL, EVENTS_CHANNEL

_log = logging.getLogger(__name__)
_LOOK_S: Final = 1.0
_CHANNELS: Final = (EVENTS_CHANNEL, CATALOG_CHANNEL)


class Ears:
    """One session that listens, and a task that looks at what has changed whenever it is told to or it is time."""

    def __init__(self, connect: Connect, look: Callable[[], Awaitable[None]]) -> None:
        self._connect = connect
        self._look = look
        self._told = asyncio.Event()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._closed = False
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Listens no more."""
        self._closed = True
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        if self._connection is not None:
            self._connection.terminate()

    async def _run(self) -> None:
        while not self._closed:
            try:
                await self._listen()
                await self._look()
            except StoreError as error:
                _log.warning("other cores cannot be heard, which is tried again: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._told.wait()
            self._told.clear()

    async def _listen(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            return
        try:
            connection = await self._connect("exchange-ears")
            self._connection = connection
            for channel in _CHANNELS:
                await connection.add_listener(channel, self._heard)
        except FAILED as error:
            raise as_store_error(error) from None

    def _heard(self, *_: Any) -> None:
        self._told.set()
