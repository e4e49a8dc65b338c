"""The session of a writer: replaced when it is lost, and never two of them at once."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import asyncpg

from exchange.store.base import Replaced
from exchange.store.postgres.faults import is_lost

Opened: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect = Callable[[str], Awaitable[Opened]]
"""Connects under a name, which the server shows."""


class Session:
    """One writer's connection and its row in `writers`, which counts what it committed.

    The row settles what became of a commit whose answer was lost, and shuts out a core that was taken for dead: whoever
    does so removes its rows, and waits until what it was about to commit is kept or rolled back.
    """

    def __init__(
        self, connect: Connect, name: str, core_id: str, prepare: Callable[[Opened], Awaitable[None]] | None = None
    ) -> None:
        """`prepare` takes the locks that the session holds. Raises StoreError where it cannot have them."""
        self.id = f"{name}-{core_id}"
        self.core_id = core_id
        self.kept = 0
        """The last commit that is known to have been kept."""
        self._connect = connect
        self._prepare = prepare
        self._connection: Opened | None = None

    async def connect(self) -> Opened:
        """Connects for the first time."""
        self._connection = await self._prepared()
        return self._connection

    async def connection(self) -> Opened:
        """The connection; a new one after it was lost, when `kept` is what the old one left. Raises Replaced."""
        if self._connection is None or self._connection.is_closed():
            connection = await self._prepared()
            try:
                # Waits until what the old session was about to commit is kept or rolled back.
                kept = await connection.fetchval("SELECT commits FROM writers WHERE id = $1 FOR UPDATE", self.id)
                if kept is None:
                    raise Replaced
            except BaseException:
                connection.terminate()
                raise
            self.kept = kept
            self._connection = connection
        return self._connection

    async def _prepared(self) -> Opened:
        connection = await self._connect(self.id)
        try:
            # The server may not have noticed yet that the old one is gone.
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()",
                self.id,
            )
            if self._prepare is not None:
                await self._prepare(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def give_up(self, error: BaseException) -> None:
        """After a failure: rolls back, or lets go of a session that is lost."""
        if self._connection is None:
            return
        if not is_lost(error):
            try:
                await self._connection.execute("ROLLBACK")
            except Exception as second:  # noqa: BLE001 - whatever it is, this session is of no more use
                error = second
            else:
                return
        self._connection.terminate()
        self._connection = None

    async def close(self) -> None:
        """Takes the row back and disconnects."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.execute("DELETE FROM writers WHERE id = $1", self.id)
            await connection.close(timeout=5)
        except Exception:  # noqa: BLE001 - the server may be gone; nothing is lost with the row
            connection.terminate()
