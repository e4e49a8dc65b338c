"""The rows that leads left in a database, copied into another by a bare connection: as durable, in group commits."""

import time
from typing import Any, Final

import asyncpg

from benchmarks.harness.load import Load

_TABLES: Final = ("leads", "sales", "postings", "events", "deliveries", "consumers")
"""Where a lead leaves rows that are its own."""
_GROUP: Final = 100
"""Leads a commit."""


class Copied:
    """What leads left, in groups."""

    def __init__(self, held: dict[str, list[tuple[Any, ...]]]) -> None:
        """By table."""
        self.leads = len(held["leads"])
        self.rows = sum(map(len, held.values()))
        self._groups = [self._group(held, first) for first in range(0, self.leads, _GROUP)]

    @classmethod
    async def read(cls, url: str) -> "Copied":
        """Reads it all from a database, which may be in use."""
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return cls({table: await _rows(connection, table) for table in _TABLES})
        finally:
            await connection.close()

    def _group(self, held: dict[str, list[tuple[Any, ...]]], first: int) -> dict[str, list[tuple[Any, ...]]]:
        """The same part of each table."""
        ends = [min(self.leads, place) for place in (first, first + _GROUP)]
        parts = {table: slice(*(end * len(rows) // self.leads for end in ends)) for table, rows in held.items()}
        return {table: held[table][part] for table, part in parts.items() if part.start < part.stop}

    async def write(self, url: str) -> Load:
        """Writes everything to the same tables of another database, which are empty again afterwards."""
        connection = await asyncpg.connect(url)
        try:
            begun = time.perf_counter()
            for group in self._groups:
                async with connection.transaction():
                    for table, rows in group.items():
                        await connection.copy_records_to_table(table, records=rows)
            seconds = time.perf_counter() - begun
            await connection.execute(f"TRUNCATE {', '.join(_TABLES)}")
        finally:
            await connection.close()
        return Load(count=self.leads, seconds=seconds)


async def _rows(connection: "asyncpg.Connection[asyncpg.Record]", table: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")]  # noqa: S608 - one of ours
