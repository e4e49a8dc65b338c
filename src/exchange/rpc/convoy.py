"""Calls that come at about the same time set out together, so that they go in step (`auction.clock.in_step`)."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final, TypeVar

T = TypeVar("T")
_BUSY: Final = 8
"""Calls open at once from which on it pays to wait for others: below it the wait would be most of a call's time."""
_GATHER_S: Final = 0.005
"""Far less than an auction may take, and long enough for a dozen calls to come in under load."""


class Convoy:
    """Runs work to its end, even when its caller hangs up: an auction must not stop halfway."""

    def __init__(self) -> None:
        self._open = 0
        self._waiting: list[tuple[Coroutine[Any, Any, Any], asyncio.Future[Any]]] = []
        self._departure: asyncio.Handle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Does the work, together with what else comes within a moment when the exchange is busy."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, future))
        self._open += 1
        if self._departure is None:
            busy = self._open >= _BUSY
            self._departure = loop.call_later(_GATHER_S, self._depart) if busy else loop.call_soon(self._depart)
        elif len(self._waiting) == self._open:  # nobody else is there to be waited for
            self._departure.cancel()
            self._departure = loop.call_soon(self._depart)
        return await future

    def _depart(self) -> None:
        self._departure = None
        waiting, self._waiting = self._waiting, []
        for work, future in waiting:
            task = asyncio.get_running_loop().create_task(work)
            self._tasks.add(task)
            task.add_done_callback(partial(self._arrived, future))

    def _arrived(self, future: "asyncio.Future[T]", task: "asyncio.Task[T]") -> None:
        self._open -= 1
        self._tasks.discard(task)
        if task.cancelled():
            future.cancel()
        elif (error := task.exception()) is None:
            if not future.done():  # else its caller has hung up
                future.set_result(task.result())
        elif not future.done():
            future.set_exception(error)
