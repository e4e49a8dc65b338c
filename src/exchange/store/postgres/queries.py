"""The engine's SQL by name, from the scripts in `sql`, and how it is run.

In the scripts, `:name` stands for a value that the caller gives by that name.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, TypeAlias, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Row = Sequence[Any]
Values = Mapping[str, Any]
NOTHING: Final[Values] = {}

_NAME: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_VALUE: Final = re.compile(r"(?<!:):([a-z_]+)\b")  # not the type of a cast: `::text`


@cache
def _queries() -> dict[str, str]:
    scripts = (entry for entry in (files(__package__) / "sql").iterdir() if entry.name.endswith(".sql"))
    found: dict[str, str] = {}
    for script in scripts:
        parts = _NAME.split(script.read_text(encoding="utf-8"))
        found.update((name, text.strip()) for name, text in zip(parts[1::2], parts[2::2], strict=True))
    return found


def query(name: str) -> str:
    """The statement of that name; raises KeyError when there is none."""
    return _queries()[name]


class _Numbered(NamedTuple):
    text: str
    names: tuple[str, ...]


@lru_cache(maxsize=512)
def _numbered(statement: str) -> _Numbered:
    """The statement with `$1` for the first value, and which values it takes in which order."""
    names = tuple(dict.fromkeys(_VALUE.findall(statement)))
    places = {name: f"${place}" for place, name in enumerate(names, 1)}
    return _Numbered(_VALUE.sub(lambda match: places[match[1]], statement), names)


def text(foreign: str) -> str:
    """A text as PostgreSQL keeps it, which has no NUL. Whoever looks for one with a NUL finds nothing."""
    return foreign.replace("\0", "\ufffd") if "\0" in foreign else foreign


def _bound(values: Values, names: Sequence[str]) -> list[Any]:
    bound = [values[name] for name in names]
    for place, value in enumerate(bound):
        if isinstance(value, str):
            bound[place] = text(value)
        elif isinstance(value, list | tuple) and value and isinstance(value[0], str):
            bound[place] = list(map(text, value))
    return bound


async def fetch(connection: Connection, statement: str, values: Values = NOTHING) -> list[Row]:
    """The rows of a statement. `values` may hold more than it takes. Raises as asyncpg does."""
    text, names = _numbered(statement)
    found: list[Any] = await connection.fetch(text, *_bound(values, names))
    return found


async def first(connection: Connection, statement: str, values: Values = NOTHING) -> Row | None:
    """The first row of a statement."""
    text, names = _numbered(statement)
    found: Row | None = cast(Any, await connection.fetchrow(text, *_bound(values, names)))
    return found


async def single(connection: Connection, statement: str, values: Values = NOTHING) -> Any:
    """The only value of the first row."""
    text, names = _numbered(statement)
    return await connection.fetchval(text, *_bound(values, names))


async def change(connection: Connection, statement: str, values: Values) -> int:
    """Runs a statement that changes rows; answers how many it did."""
    text, names = _numbered(statement)
    status = await connection.execute(text, *_bound(values, names))
    return int(status.rpartition(" ")[2])


async def change_each(connection: Connection, statement: str, rows: Sequence[Values]) -> None:
    """Runs a statement for each of several, sent together."""
    if rows:
        text, names = _numbered(statement)
        await connection.executemany(text, [_bound(one, names) for one in rows])


async def insert(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Adds rows, in their order, by COPY: nothing takes less time for many, nor for one."""
    if rows:
        await connection.copy_records_to_table(table, records=rows, columns=columns)


def columns(rows: Sequence[Row], names: Sequence[str]) -> dict[str, list[Any]]:
    """Rows as a list a column, for statements that unnest them."""
    parts = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: list(part) for name, part in zip(names, parts, strict=True)}
