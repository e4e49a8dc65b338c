"""Everything that a store holds, table by table, for another engine to take in."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from exchange.domain.errors import StoreError
from exchange.store.sqlite import reads
from exchange.store.sqlite.lock import hold

_OTHERS: Final[Mapping[str, Mapping[str, str]]] = {
    "leads": {"zip": "coalesce(zip, '')", "test": "profile ->> 'test' IS 1"},
    "catalog": {"place": "row_number() OVER (ORDER BY kind, id)"},
    "api_keys": {"place": "(SELECT count(*) FROM catalog) + row_number() OVER (ORDER BY id)"},
}
"""What others keep in columns of their own."""
_OWN: Final[Mapping[str, frozenset[str]]] = {"rollup_state": frozenset({"target", "done"})}
"""What says how far this engine is with something, and nothing once it is through with it."""


class Export:
    """A store that nobody has open, as it stands."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        self._columns = {name: self._columns_of(name) for (name,) in found.fetchall()}

    def _columns_of(self, table: str) -> dict[str, str]:
        named = [name for _, name, *_ in self._connection.execute(f"PRAGMA table_xinfo({table})")]
        columns = {name: name for name in named if name not in _OWN.get(table, ())}
        return columns | dict(_OTHERS.get(table, {}))

    def tables(self) -> list[str]:
        """Their names."""
        return list(self._columns)

    def columns(self, table: str) -> list[str]:
        """What `rows` answers with, by name."""
        return list(self._columns[table])

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Each row; truth values are 0 and 1."""
        columns = ", ".join(self._columns[table].values())
        return self._connection.execute(f"SELECT {columns} FROM {table}")  # noqa: S608 - names from the schema

    def count(self, table: str) -> int:
        """How many rows there are."""
        (rows,) = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - as above
        return int(rows)

    def balances(self) -> dict[str, int]:
        """What each account stands at, in micros."""
        return reads.balances(self._connection)


@contextmanager
def exported(path: Path) -> Iterator[Export]:
    """A store, kept from all cores meanwhile. Raises StoreError, also while one has it open."""
    lock = hold(path)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as source:
            source.execute("BEGIN")
            yield Export(source)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
    finally:
        os.close(lock)
