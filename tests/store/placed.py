"""A core that opens ten leads, then keeps its place and writes until it is replaced: `placed.py URL LEASE_MS`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from exchange.store.base import LeaseRequest, Replaced
from exchange.store.postgres.engine import PostgresStore
from tests.store.values import BORN_MS, offer, pending


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def _until_replaced(work: Callable[[int], Awaitable[object]]) -> None:
    number = 1_000
    while True:
        try:
            await work(number)
        except Replaced:
            return
        number += 1


async def _work(url: str, lease_ms: int) -> None:
    store = PostgresStore(url, lease_ms=lease_ms)
    await store.open()
    for number in range(10):
        await store.open_lead(pending(number))
    _say("opened")

    async def keep(_: int) -> None:
        await store.keep_place()
        _say("kept")
        await asyncio.sleep(0.1)

    books = asyncio.create_task(_until_replaced(lambda number: store.save_offer(offer(number))))
    outbox = asyncio.create_task(
        _until_replaced(lambda number: store.lease(LeaseRequest(f"lse{number}", 5, BORN_MS, BORN_MS)))
    )
    await _until_replaced(keep)
    await books
    _say("replaced books")
    await outbox
    _say("replaced outbox")
    _say("replaced place")


asyncio.run(_work(sys.argv[1], int(sys.argv[2])))
