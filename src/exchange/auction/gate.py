"""The way in: so many auctions at once, and each request id once."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from exchange.domain.auction import LeadRecord, Offer
from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason
from exchange.store.base import Store

Answer = LeadRecord | Offer
A = TypeVar("A", LeadRecord, Offer)
_RETRY_MS = 200  # about two ping rounds: what is open now will have ended


class Gate:
    """Admits work. What was admitted runs to its end, whether or not the caller still waits for it."""

    def __init__(self, store: Store, max_open: int) -> None:
        self._store = store
        self._max_open = max_open
        self._draining = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._flying: dict[tuple[str, str], tuple[bytes, asyncio.Task[tuple[Answer, bool]]]] = {}

    async def once(
        self,
        kind: type[A],
        request: tuple[str, str],
        digest: bytes,
        work: Callable[[], Coroutine[Any, Any, A]],
        clash: Refused,
    ) -> tuple[A, bool]:
        """The answer of this request (source, request id), and whether it repeats an earlier one.

        Raises Refused: DRAINING, OVERLOADED, `clash` when the id was used with another content, and what `work` raises.
        """
        if not request[1]:
            return await self._run(work()), False
        flying = self._flying.get(request)
        if flying is not None:
            answer, _ = await asyncio.shield(flying[1])
            return _same(kind, answer, digest, clash), True
        first = self._start(self._first(kind, request, digest, work, clash))
        self._flying[request] = (digest, first)
        first.add_done_callback(lambda _: self._flying.pop(request, None))
        answer, repeated = await asyncio.shield(first)
        return _same(kind, answer, digest, clash), repeated

    async def _first(
        self,
        kind: type[A],
        request: tuple[str, str],
        digest: bytes,
        work: Callable[[], Awaitable[A]],
        clash: Refused,
    ) -> tuple[Answer, bool]:
        found = await self._store.find_request(*request)
        if found is not None:
            return _same(kind, found, digest, clash), True
        return await work(), False

    async def _run(self, work: Coroutine[Any, Any, A]) -> A:
        return await asyncio.shield(self._start(work))

    def _start(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        refusal = self._refusal()
        if refusal is not None:
            work.close()
            raise refusal
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _refusal(self) -> Refused | None:
        if self._draining:
            return Refused(Reason.DRAINING, "the exchange is stopping", retry_after_ms=1_000)
        if len(self._tasks) >= self._max_open:
            return Refused(Reason.OVERLOADED, "too many auctions are open", retry_after_ms=_RETRY_MS)
        return None

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a caller that went away leaves nobody to fetch it

    async def drain(self, timeout_s: float) -> int:
        """Admits nothing more and waits for what is open; answers how many were still open at the end."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        return len(self._tasks)


def _same(kind: type[A], answer: Answer, digest: bytes, clash: Refused) -> A:
    if isinstance(answer, kind) and answer.request_digest == digest:
        return answer
    raise clash
