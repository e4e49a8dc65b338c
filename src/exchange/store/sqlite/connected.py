"""What the parts of the engine share: the one writer, and readers with a connection each."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from exchange.domain.errors import StoreError
from exchange.store.sqlite.events import EventLog
from exchange.store.sqlite.writer import Writer

T = TypeVar("T")
_BUSY_MS: Final = 5_000  # that another process may hold the file locked
_READERS: Final = 2  # a page of whole leads must not hold up the look-ups of request ids


class Connected:
    """A file, and how to reach it."""

    _writer: Writer

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = EventLog()
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._reading: list[sqlite3.Connection] = []

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages: a checkpoint each 16 MiB, not each 4
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    async def _read(self, function: Callable[..., T], *arguments: Any) -> T:
        def run() -> T:
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._connect()
                connection.execute("PRAGMA query_only = ON")
                self._local.connection = connection
                self._reading.append(connection)
            return function(connection, *arguments)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, run)
        except (sqlite3.Error, RuntimeError) as error:  # the latter when the store is closed
            raise StoreError(str(error)) from error
