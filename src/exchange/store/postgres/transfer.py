"""Takes in everything that a store of another engine holds: all of it, proved, or nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

import asyncpg
import msgspec

from exchange.domain.errors import StoreError
from exchange.store.base import Finding
from exchange.store.postgres import server
from exchange.store.postgres.faults import FAILED, as_store_error
from exchange.store.postgres.locks import CORE, SPACE
from exchange.store.postgres.migrate import migrate, steps
from exchange.store.postgres.queries import Connection, Row, fetch, query, single, text
from exchange.store.postgres.verify import proof

_CONNECT_S: Final = 5.0
_SETTINGS: Final = {
    "application_name": "exchange-migrate",
    "synchronous_commit": "on",
    "statement_timeout": "0",  # a table is one statement
    "idle_in_transaction_session_timeout": "0",
    "client_min_messages": "warning",
    "jit": "off",
}
_STATE: Final = "rollup_state"
"""A table of one row, which the target has from the start."""


class Held(Protocol):
    """What there is to take in: whole tables, whose columns the target has too."""

    def tables(self) -> list[str]:
        """Their names."""

    def columns(self, table: str) -> list[str]:
        """What `rows` answers with, by name."""

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Each row; truth values are 0 and 1."""

    def count(self, table: str) -> int:
        """How many rows there are."""

    def balances(self) -> dict[str, int]:
        """What each account stands at, in micros."""


class Taken(msgspec.Struct, frozen=True):
    """What is in the target, beside what was there to take in."""

    tables: dict[str, tuple[int, int]]
    """Rows by table: to take in, and taken in."""
    accounts: int
    differing: list[str]
    """Accounts whose balances are not the same."""
    findings: list[Finding]

    @property
    def kept(self) -> bool:
        """Whether it was: both are the same, and nothing is broken."""
        same = all(there == here for there, here in self.tables.values())
        return same and not self.differing and not any(one.offending for one in self.findings)


def take_in(url: str, held: Held) -> Taken:
    """Fills an empty database in one transaction, which is kept only if what it leaves is proved.

    Raises StoreError: the database cannot be reached, is not empty, or a core has it open.
    """
    return asyncio.run(_take_in(url, held))


async def _take_in(url: str, held: Held) -> Taken:
    try:
        connection = await asyncpg.connect(url, timeout=_CONNECT_S, server_settings=_SETTINGS)
        try:
            await server.check(connection)
            if not await single(connection, f"SELECT pg_try_advisory_lock({SPACE}, {CORE})"):
                raise StoreError("a core has the database open")
            await migrate(connection, steps())
            transaction = connection.transaction()
            await transaction.start()
            taken = await _filled(connection, held)
            await (transaction.commit() if taken.kept else transaction.rollback())
            return taken
        finally:
            await connection.close()
    except FAILED as error:
        raise as_store_error(error) from None


async def _filled(connection: "asyncpg.Connection[asyncpg.Record]", held: Held) -> Taken:
    tables = held.tables()
    for table in tables:
        if table != _STATE and await single(connection, f"SELECT EXISTS (SELECT 1 FROM {table})"):  # noqa: S608
            raise StoreError(f"the database is not empty: there are {table} in it")
    await connection.execute(f"DELETE FROM {_STATE}")  # noqa: S608 - names from our own schema, as above
    for table in tables:
        await _copy(connection, table, held)
    await fetch(connection, query("go_on_numbering"))
    await connection.execute(f"ANALYZE {', '.join(tables)}")  # or what follows would be planned for empty tables
    return await _compared(connection, held)


async def _copy(connection: "asyncpg.Connection[asyncpg.Record]", table: str, held: Held) -> None:
    columns = held.columns(table)
    found = await fetch(connection, query("columns_of"), {"name": table})
    types = {row[0]: row[1] for row in found}
    if unknown := [name for name in columns if name not in types]:
        raise StoreError(f"the database has no {table}.{unknown[0]}")
    flags = [place for place, name in enumerate(columns) if types[name] == "boolean"]
    texts = [place for place, name in enumerate(columns) if types[name] == "text"]
    records = (_record(row, flags, texts) for row in held.rows(table))
    await connection.copy_records_to_table(table, records=records, columns=columns)


def _record(row: Row, flags: Sequence[int], texts: Sequence[int]) -> Row:
    values = list(row)
    for place in flags:
        values[place] = bool(values[place])
    for place in texts:
        if values[place] is not None:
            values[place] = text(values[place])
    return values


async def _compared(connection: Connection, held: Held) -> Taken:
    counts = {
        table: (held.count(table), await single(connection, f"SELECT count(*) FROM {table}"))  # noqa: S608
        for table in held.tables()
    }
    there, here = held.balances(), {row[0]: row[1] for row in await fetch(connection, query("balances"))}
    differing = [account for account in sorted(there.keys() | here.keys()) if there.get(account) != here.get(account)]
    return Taken(counts, len(here), differing, (await proof(connection)).findings)
