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
from exchange.store.postgres.writer import EVENTS_CHANNEL, NEWS_CHANNEL

_log = logging.getLogger(__name__)
_LOOK_S: Final = 1.0


class Ears:
    """One session that listens, and a task that looks at what has changed whenever it is told to or it is time."""

    def __init__(
        self, connect: Connect, core_id: str, look: Callable[[], Awaitable[None]], stirred: Callable[[], None]
    ) -> None:
        """`stirred` is called when another core than `core_id` says that it made deliveries due or events public."""
        self._connect = connect
        self._core_id = core_id
        self._look = look
        self._stirred = stirred
        self._told = asyncio.Event()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Listens no more."""
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        if self._connection is not None:
            self._connection.terminate()

    async def _run(self) -> None:
        while True:
            for step in (self._listen, self._look):
                try:
                    await step()
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
            self._connection = connection = await self._connect("exchange-ears")
            await connection.add_listener(EVENTS_CHANNEL, self._heard_events)
            await connection.add_listener(NEWS_CHANNEL, self._heard_news)
        except FAILED as error:
            if self._connection is not None:
                self._connection.terminate()
            raise as_store_error(error) from None

    def _heard_events(self, _connection: Any, _pid: int, _channel: str, core_id: object) -> None:
        if core_id != self._core_id:
            self._stirred()

    def _heard_news(self, *_: Any) -> None:
        self._told.set()
