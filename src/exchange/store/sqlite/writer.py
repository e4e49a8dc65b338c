"""The one writer: a thread that commits whatever has gathered while it was busy with the last commit.

Group commit: at low load a write waits for one fsync of its own; at high load one fsync serves hundreds of writes.
"""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from exchange.domain import limits
from exchange.domain.errors import StoreError
from exchange.store.base import Conflict

_GATHER_S: Final = 0.008
"""Pause after a commit that served more than one write: at load it makes the next group several times as large, and
spares a disk flush and a wake-up of the loop for each write that joins. A lone writer never waits."""

_PRIMARY: Final = 0xFF  # of an extended result code
_SUSPECT: Final = frozenset((sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
"""After these a connection is used no more. After a failed fsync above all: nobody knows what of the transaction is on
the disk, and a second fsync that succeeds would not tell. It was rolled back, and the next one is written over it."""
_DISK: Final = _SUSPECT | {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_BUSY,  # another process holds the file locked for longer than is waited
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,  # no file handles are left, for one
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
}
"""Nothing that is written can help."""

Handler = Callable[[sqlite3.Connection, Sequence[Any]], Sequence[Any]]
"""Applies payloads of one kind inside the open transaction and answers with one result for each."""


class _Operation:
    __slots__ = ("future", "handler", "payload")

    def __init__(self, handler: Handler, payload: Any, future: "asyncio.Future[Any]") -> None:
        self.handler = handler
        self.payload = payload
        self.future = future


class Writer:
    """Runs handlers in group commits. Futures resolve on the loop once their commit is on disk."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], committed: Callable[[], None]) -> None:
        """`committed` is called by the thread after each commit, before the futures of that commit resolve."""
        self._connect = connect
        self._committed = committed
        self._connection: sqlite3.Connection | None = None
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Operation] = deque()
        self._stirred = threading.Event()
        """Set while something waits, or the thread is to end."""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._due = False
        self._closed = False
        self._thread.start()

    def write(self, handler: Handler, payload: Any) -> "asyncio.Future[Any]":
        """Queues a payload; how many may wait is bounded by the auctions that may be open."""
        if self._closed:
            raise StoreError("the store is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append(_Operation(handler, payload, future))
        if not self._due:  # the thread is woken once for all writes of a turn of the loop, which then share a commit
            self._due = True
            self._loop.call_soon(self._wake)
        return future

    def _wake(self) -> None:
        self._due = False
        self._stirred.set()

    async def close(self) -> None:
        """Commits what was queued, then ends the thread."""
        self._closed = True
        self._stirred.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while batch := self._gather():
            results = self._commit(batch)
            # The loop may be closing under a core that was told to stop at once.
            with contextlib.suppress(RuntimeError):
                self._committed()
                self._loop.call_soon_threadsafe(self._resolve, batch, results)
            if len(batch) > 1:
                time.sleep(_GATHER_S)
        self._disconnect()

    def _gather(self) -> list[_Operation]:
        """What waits, at least one operation; nothing when the writer is closed and all is written."""
        while not self._waiting:
            if self._closed:
                return []
            self._stirred.wait()
            self._stirred.clear()
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), limits.MAX_COMMIT_BATCH))]

    def _commit(self, batch: list[_Operation]) -> list[Any]:
        """Commits the batch whole; when that fails, each operation by itself, so that one at fault harms no other.

        What the disk is at fault for fails whole, and at once: each by itself would only have the others wait.
        """
        try:
            self._connection = self._connection or self._connect()
            return _transact(self._connection, batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread must live: every write waits on it
            code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
            if code in _SUSPECT:
                self._disconnect()
            if len(batch) == 1 or code in _DISK:
                return [_as_store_error(error) for _ in batch]
        return [self._commit([operation])[0] for operation in batch]

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):  # what was not committed is rolled back
                connection.close()

    def _resolve(self, batch: list[_Operation], results: list[Any]) -> None:
        for operation, result in zip(batch, results, strict=True):
            if operation.future.done():
                continue  # its caller was cancelled
            if isinstance(result, Exception):
                operation.future.set_exception(result)
            else:
                operation.future.set_result(result)


def _transact(connection: sqlite3.Connection, batch: list[_Operation]) -> list[Any]:
    by_handler: dict[Handler, list[int]] = {}
    for position, operation in enumerate(batch):
        by_handler.setdefault(operation.handler, []).append(position)
    results: list[Any] = [None] * len(batch)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Order between kinds does not matter: whoever depends on a write waits for it before the next.
        for handler, positions in by_handler.items():
            answers = handler(connection, [batch[position].payload for position in positions])
            for position, answer in zip(positions, answers, strict=True):
                results[position] = answer
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return results


_UNIQUE: Final = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


def _as_store_error(error: Exception) -> StoreError:
    if isinstance(error, StoreError):
        return error
    name = getattr(error, "sqlite_errorname", "")
    return Conflict(str(error)) if name in _UNIQUE else StoreError(f"{name or type(error).__name__}: {error}")
