"""Look-ups that share a query: what is wanted while one is under way is asked for with the next.

An auction looks up its request and its consumer. Asked one by one, a thousand auctions would wait in line for a few
sessions; asked together, each waits for two round trips at most.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from itertools import islice
from typing import Generic, TypeVar

from exchange.domain import limits

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """Asks for several at once. How many may wait is bounded by the auctions that may be open."""

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Sequence[V]]]) -> None:
        """`ask` answers with what was found, in the order of what is wanted."""
        self._ask = ask
        self._wanted: dict[K, asyncio.Future[V]] = {}
        """What the next query asks for."""
        self._asking: asyncio.Task[None] | None = None

    async def find(self, wanted: K) -> V:
        """What there is now of one that is wanted. Raises what asking raises."""
        future = self._wanted.get(wanted)
        if future is None:
            future = self._wanted[wanted] = asyncio.get_running_loop().create_future()
            if self._asking is None:  # it begins in the next turn of the loop: what is wanted in this one joins
                self._asking = asyncio.create_task(self._run())
        return await asyncio.shield(future)

    async def _run(self) -> None:
        try:
            while self._wanted:
                several = list(islice(self._wanted, limits.MAX_COMMIT_BATCH))
                await self._answer(several, [self._wanted.pop(one) for one in several])
        finally:
            self._asking = None

    async def _answer(self, several: Sequence[K], futures: "Sequence[asyncio.Future[V]]") -> None:
        try:
            answers = await self._ask(several)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to all who wait
            for future in futures:
                future.set_exception(error)
                future.exception()  # whoever waited may have been cancelled
            return
        for future, answer in zip(futures, answers, strict=True):
            future.set_result(answer)
