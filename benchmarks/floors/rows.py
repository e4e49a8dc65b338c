"""The rows that leads left in a store, written again by a bare loop of sqlite3: as durable, in group commits."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks.harness.load import Load

_GROUP: Final = 100
"""Leads a commit: about what one commit of the exchange serves under this load."""
_NOT_OF_LEADS: Final = ("catalog", "api_keys")

_Statement = tuple[str, list[tuple[object, ...]]]


class Rows:
    """What leads left, in groups."""

    def __init__(self, store: Path) -> None:
        """Reads it all from a store, which may be in use. Raises sqlite3.Error."""
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as source:
            source.execute("BEGIN")  # one moment for all tables
            schema = source.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
            self._schema = [sql for _, name, sql in schema if not name.startswith("sqlite_")]
            tables = [name for kind, name, _ in schema if kind == "table" and not name.startswith("sqlite_")]
            held = {
                name: source.execute(f"SELECT {_columns(source, name)} FROM {name}").fetchall()  # noqa: S608 - from the schema
                for name in tables
                if name not in _NOT_OF_LEADS
            }
        self.leads = len(held["leads"])
        self._groups = [self._group(held, first) for first in range(0, self.leads, _GROUP)]

    def _group(self, held: dict[str, list[tuple[object, ...]]], first: int) -> list[_Statement]:
        """The same part of each table."""
        group = []
        for table, rows in held.items():
            low, high = (min(self.leads, place) * len(rows) // self.leads for place in (first, first + _GROUP))
            if low < high:
                places = ", ".join("?" * len(rows[0]))
                group.append((f"INSERT INTO {table} VALUES ({places})", rows[low:high]))  # noqa: S608
        return group

    def write(self, path: Path) -> Load:
        """Writes everything to a new store, which is gone afterwards."""
        with closing(sqlite3.connect(path, isolation_level=None)) as target:
            target.execute("PRAGMA journal_mode = WAL")
            target.execute("PRAGMA synchronous = FULL")
            target.execute("PRAGMA wal_autocheckpoint = 4000")  # as the exchange has it
            for sql in self._schema:
                target.execute(sql)
            begun = time.perf_counter()
            for group in self._groups:
                target.execute("BEGIN IMMEDIATE")
                for statement, rows in group:
                    target.executemany(statement, rows)
                target.execute("COMMIT")
            seconds = time.perf_counter() - begun
        path.unlink()
        return Load(count=self.leads, seconds=seconds)


def _columns(source: sqlite3.Connection, table: str) -> str:
    """The columns that are written; a generated one is not among them."""
    return ", ".join(name for _, name, *_ in source.execute(f"PRAGMA table_info({table})"))
