"""One stream's work: not too much open at once, its results gathered into frames."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Lane(Generic[T]):
    """Work that is begun as frames come in, and whose results leave in frames, in any order."""

    def __init__(self, most_open: int, frame: int) -> None:
        """`frame` is how many results one holds at most."""
        # Kept, for before Python 3.12 finding it asks the kernel for the process's id: a hundredth of an auction.
        self._loop = asyncio.get_running_loop()
        self._most_open = most_open
        self._frame = frame
        self._open: set[asyncio.Task[T]] = set()
        self._ready: list[T] = []
        self._stirred = asyncio.Event()
        self._freed = asyncio.Event()
        self._ended = False

    async def room(self) -> None:
        """Waits until another frame may be taken in: whoever reads no results is itself read no further."""
        while len(self._open) + len(self._ready) >= self._most_open:
            self._freed.clear()
            await self._freed.wait()

    def begin(self, work: Coroutine[Any, Any, T]) -> None:
        """Begins a piece of work; it goes on to its end even when the stream breaks."""
        task = self._loop.create_task(work)
        self._open.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[T]") -> None:
        self._open.discard(task)
        self._stirred.set()
        self._freed.set()
        if not task.cancelled():
            self._ready.append(task.result())

    def end(self) -> None:
        """No more work will come."""
        self._ended = True
        self._stirred.set()

    async def frames(self) -> AsyncIterator[list[T]]:
        """Whatever results gathered while the last frame was being sent, until the last one's."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            while self._ready:
                results, self._ready = self._ready[: self._frame], self._ready[self._frame :]
                yield results
                self._freed.set()
            if self._ended and not self._open and not self._ready:
                return
