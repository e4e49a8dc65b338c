"""A process that settles leads as fast as it can and says which are durable, until it is killed: `busy.py URL`."""

import asyncio
import sys

from tests.store.engines import store_at
from tests.store.values import pending, sale, settlement, sold

WRITERS = 20


async def _work(url: str) -> None:
    store = store_at(url)
    await store.open()

    async def write(first: int) -> None:
        for number in range(first, 1_000_000, WRITERS):
            if number % 3:
                await store.settle(sale(number, f"r{number}"))
            else:
                record = pending(number, f"r{number}")
                await store.open_lead(record)
                sys.stdout.write(f"opened {number}\n")
                sys.stdout.flush()
                await store.settle(settlement(sold(record), opened=True))
            sys.stdout.write(f"settled {number}\n")
            sys.stdout.flush()

    await asyncio.gather(*(write(first) for first in range(WRITERS)))


asyncio.run(_work(sys.argv[1]))
