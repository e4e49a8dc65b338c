"""Reading the database without a core: one connection, and one call that waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import asyncpg

from exchange.store.postgres.faults import FAILED, as_store_error

T = TypeVar("T")
_CONNECT_S: Final = 5.0


def read(url: str, function: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """What a function of a connection answers, all of it as of one moment. Raises StoreError."""

    async def run() -> T:
        try:
            connection = await asyncpg.connect(url, timeout=_CONNECT_S, server_settings={"jit": "off"})
            try:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    return await function(connection, *arguments)
            finally:
                await connection.close()
        except FAILED as error:
            raise as_store_error(error) from None

    with ThreadPoolExecutor(1) as thread:  # whether or not a loop runs in the caller's
        return thread.submit(lambda: asyncio.run(run())).result()
