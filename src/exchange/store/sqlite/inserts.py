"""Many rows in few statements.

sqlite3 lets go of the interpreter for each statement and has to win it back after: under load that takes longer than
the statement does. One that inserts 128 rows is waited for once, and meanwhile the event loop runs on the other core.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, Final

from exchange.store.sqlite.queries import query

_MOST_ROWS: Final = 128
"""A statement; with 16 columns it stays far below SQLite's 32,766 parameters."""


def insert(connection: sqlite3.Connection, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Runs the named `INSERT … VALUES (…)` for all rows, in their order. Raises sqlite3.Error."""
    start, left = 0, len(rows)
    while left:
        # Powers of two, so that a few statements, which the connection keeps compiled, serve any number of rows.
        count = min(_MOST_ROWS, 1 << (left.bit_length() - 1))
        connection.execute(_statement(name, count), tuple(chain.from_iterable(rows[start : start + count])))
        start += count
        left -= count


@cache
def _statement(name: str, rows: int) -> str:
    """The named statement for so many rows."""
    head, values, row = query(name).rstrip(";").rpartition("VALUES")
    return head + values + ", ".join([row] * rows)
