"""A writer: one session that commits whatever has gathered while it was busy with the last commit.

The round trips of a commit leave time enough for the next to gather: a pause between them, as the embedded engine has
it, was measured and only made everyone wait.

A commit whose answer was lost with the connection is looked up when there is a new one, and repeated only if it was
not kept. While the server is away, writes wait for it, but not for longer than an auction may take.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from exchange.domain import limits
from exchange.domain.errors import StoreError
from exchange.store.base import Replaced, Unconfirmed
from exchange.store.postgres.faults import as_store_error, is_lost, is_repeatable
from exchange.store.postgres.locks import NUMBERING, SPACE
from exchange.store.postgres.queries import Connection
from exchange.store.postgres.session import Session

PATIENCE_S: Final = limits.MAX_BUDGET_MS / 1000
"""How long reads and writes wait for a server that is away."""
AGAIN_S: Final = 0.1
EVENTS_CHANNEL: Final = "exchange_events"
NEWS_CHANNEL: Final = "exchange_news"


class Transaction:
    """What handlers write in, and what its commit is to tell."""

    def __init__(self, connection: Connection, core_id: str) -> None:
        self.connection = connection
        self.core_id = core_id
        self.stirred = False
        """It held events, or made deliveries due."""
        self.news = False
        """It changed what every core has in memory."""

    async def commit(self) -> None:
        """Makes it durable, and has the other cores told."""
        channels = ((EVENTS_CHANNEL, self.stirred), (NEWS_CHANNEL, self.news))
        notices = "".join(f"NOTIFY {channel}, '{self.core_id}'; " for channel, due in channels if due)
        if await self.connection.execute(f"{notices}COMMIT") != "COMMIT":
            raise StoreError("PostgreSQL rolled back what was to be committed")


Handler = Callable[[Transaction, Sequence[Any]], Awaitable[Sequence[Any]]]
"""Applies payloads of one kind inside the open transaction and answers with one result for each."""


class _Operation:
    __slots__ = ("future", "handler", "payload")

    def __init__(self, handler: Handler, payload: Any, future: "asyncio.Future[Any]") -> None:
        self.handler = handler
        self.payload = payload
        self.future = future


class Writer:
    """Runs handlers in group commits. Futures resolve once their commit is durable."""

    def __init__(
        self,
        session: Session,
        told: Callable[[Transaction], None],
        *,
        numbers: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`told` is called after each commit, before its futures resolve.

        Those that `numbers` write in turn, whichever core's they are. A write waits `patience_s` for a server that is
        away; once the writer is closed, no longer than others do.
        """
        self._session = session
        self._told = told
        self._patience_s = patience_s
        locks = [f"SELECT pg_advisory_xact_lock({SPACE}, {NUMBERING})"] if numbers else []
        counting = f"UPDATE writers SET commits = {{}} WHERE id = '{session.id}'"  # noqa: S608 - an id of our own
        self._begin = "; ".join(["BEGIN", *locks, counting])
        self._number = 0
        self._waiting: deque[_Operation] = deque()
        self._stirred = asyncio.Event()
        self._closed = False
        self._running = asyncio.create_task(self._run())

    def write(self, handler: Handler, payload: Any) -> "asyncio.Future[Any]":
        """Queues a payload; how many may wait is bounded by the auctions that may be open."""
        if self._closed:
            raise StoreError("the store is closed")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Operation(handler, payload, future))
        self._stirred.set()
        return future

    async def close(self) -> None:
        """Commits what was queued, then ends."""
        self._closed = True
        self._stirred.set()
        await self._running
        await self._session.close()

    async def _run(self) -> None:
        while batch := await self._gather():
            results = await self._commit(batch)
            for operation, result in zip(batch, results, strict=True):
                if operation.future.done():
                    continue  # its caller was cancelled
                if isinstance(result, Exception):
                    operation.future.set_exception(result)
                else:
                    operation.future.set_result(result)

    async def _gather(self) -> list[_Operation]:
        """What waits, at least one operation; nothing when the writer is closed and all is written."""
        while not self._waiting:
            if self._closed:
                return []
            self._stirred.clear()
            await self._stirred.wait()
            await asyncio.sleep(0)  # whoever writes in the same turn of the loop joins
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), limits.MAX_COMMIT_BATCH))]

    async def _commit(self, batch: list[_Operation]) -> list[Any]:
        """Commits the batch whole; when that fails, its halves, so that one at fault harms no other."""
        try:
            return await self._kept(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the task must live: every write waits on it
            if len(batch) == 1 or is_lost(error) or isinstance(error, Replaced | Unconfirmed):
                return [as_store_error(error)] * len(batch)
        half = len(batch) // 2
        return await self._commit(batch[:half]) + await self._commit(batch[half:])

    async def _kept(self, batch: list[_Operation]) -> list[Any]:
        """The batch's results when it is durable. Raises what made it fail."""
        clock = asyncio.get_running_loop().time
        began_s = clock()
        self._number += 1
        results: list[Any] | None = None
        transaction: Transaction | None = None
        while True:
            try:
                connection = await self._session.connection()
                if results is None or self._session.kept != self._number:  # else only the answer got lost
                    transaction = Transaction(connection, self._session.core_id)
                    results = await self._applied(transaction, batch)
                    await transaction.commit()
            except Exception as error:
                await self._session.give_up(error)
                if not is_lost(error):
                    results = None
                    if not is_repeatable(error):
                        raise
                patience_s = min(self._patience_s, PATIENCE_S) if self._closed else self._patience_s
                if clock() - began_s > patience_s:
                    if results is not None:
                        raise Unconfirmed(str(as_store_error(error))) from None
                    raise
                await asyncio.sleep(AGAIN_S)
            else:
                assert transaction is not None
                self._told(transaction)
                return results

    async def _applied(self, transaction: Transaction, batch: list[_Operation]) -> list[Any]:
        begun = await transaction.connection.execute(self._begin.format(self._number))
        if begun != "UPDATE 1":
            raise Replaced
        by_handler: dict[Handler, list[int]] = {}
        for position, operation in enumerate(batch):
            by_handler.setdefault(operation.handler, []).append(position)
        results: list[Any] = [None] * len(batch)
        # Order between kinds does not matter: whoever depends on a write waits for it before the next.
        for handler, positions in by_handler.items():
            answers = await handler(transaction, [batch[position].payload for position in positions])
            for position, answer in zip(positions, answers, strict=True):
                results[position] = answer
        return results
