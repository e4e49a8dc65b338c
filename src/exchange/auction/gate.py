"""The way in: so many auctions at once, and each request id once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from exchange.auction.lookups import Lookups
from exchange.domain.auction import LeadRecord, Offer
from exchange.domain.errors import Refused
from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason
from exchange.store.base import Conflict

Answer = LeadRecord | Offer
A = TypeVar("A", LeadRecord, Offer)
_LOOK_S = 0.05
_LOOKS = 240  # an auction of another core, or the recovery of one that died: some seconds
_RETRY_MS = 200  # about two ping rounds: what is open now will have ended


class Gate:
    """Admits work. What was admitted runs to its end: its callers must not cancel it (`auction.admission`)."""

    def __init__(self, lookups: Lookups, max_open: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._lookups = lookups
        self._max_open = max_open
        self._open = 0
        self._idle = asyncio.Event()
        self._draining = False
        self._flying: dict[tuple[str, str], asyncio.Future[Answer]] = {}

    async def once(
        self,
        kind: type[A],
        request: tuple[str, str],
        digest: bytes,
        work: Callable[[], Awaitable[A]],
        clash: Refused,
    ) -> tuple[A, bool]:
        """The answer of this request (source, request id), and whether it repeats an earlier one.

        Raises Refused: DRAINING, OVERLOADED, `clash` when the id was used with another content, and what `work` raises.
        """
        while (flying := self._flying.get(request)) is not None:
            await asyncio.wait([flying])
            if flying.exception() is None:
                return _same(kind, flying.result(), digest, clash), True
            # It failed, perhaps for what it held: that says nothing of this one, which may hold something else.
        self._enter()
        try:
            if not request[1]:
                return await work(), False
            return await self._first(kind, request, digest, work, clash)
        finally:
            self._leave()

    def expect(self, request: tuple[str, str]) -> "asyncio.Future[Answer]":
        """A place for an answer that is worked out elsewhere; whoever sends that request meanwhile waits for it."""
        expected: asyncio.Future[Answer] = self._loop.create_future()
        if request[1] and request not in self._flying:  # else it is waited for in the store
            self._flying[request] = expected
            expected.add_done_callback(lambda _: self._flying.pop(request, None))
        return expected

    async def _first(
        self,
        kind: type[A],
        request: tuple[str, str],
        digest: bytes,
        work: Callable[[], Awaitable[A]],
        clash: Refused,
    ) -> tuple[A, bool]:
        flying: asyncio.Future[Answer] = self._loop.create_future()
        self._flying[request] = flying
        try:
            answer, repeated = await self._worked(kind, request, digest, work, clash)
        except BaseException as error:
            flying.set_exception(error)
            flying.exception()  # whoever else waits is told; nobody need
            raise
        finally:
            del self._flying[request]
        flying.set_result(answer)
        return answer, repeated

    async def _worked(
        self,
        kind: type[A],
        request: tuple[str, str],
        digest: bytes,
        work: Callable[[], Awaitable[A]],
        clash: Refused,
    ) -> tuple[A, bool]:
        found = await self._found(request)
        if found is None:
            try:
                return await work(), False
            except Conflict:  # another core was quicker, with this request if not with something else
                found = await self._found(request)
                if found is None:
                    raise
        return _same(kind, found, digest, clash), True

    async def _found(self, request: tuple[str, str]) -> Answer | None:
        """What the store has of a request; what another core is at, or recovers, is waited for. Raises Refused."""
        for _ in range(_LOOKS):
            found = await self._lookups.find_request(*request)
            if not isinstance(found, LeadRecord) or found.outcome.status != LeadStatus.PENDING:
                return found
            await asyncio.sleep(_LOOK_S)
        raise Refused(Reason.DRAINING, "the lead of this request is still under way", retry_after_ms=1_000)

    def _enter(self) -> None:
        if self._draining:
            raise Refused(Reason.DRAINING, "the exchange is stopping", retry_after_ms=1_000)
        if self._open >= self._max_open:
            raise Refused(Reason.OVERLOADED, "too many auctions are open", retry_after_ms=_RETRY_MS)
        self._open += 1

    def _leave(self) -> None:
        self._open -= 1
        if self._draining and not self._open:
            self._idle.set()

    async def drain(self, timeout_s: float) -> int:
        """Admits nothing more and waits for what is open; answers how many were still open at the end."""
        self._draining = True
        if self._open:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._idle.wait()
            except TimeoutError:
                return self._open
        return 0


def _same(kind: type[A], answer: Answer, digest: bytes, clash: Refused) -> A:
    if isinstance(answer, kind) and answer.request_digest == digest:
        return answer
    raise Refused(clash.reason, clash.message)  # a fresh one: each is raised with a traceback of its own
