"""Migrations, numbered, each in up to two steps.

`NNNN_what.pre.sql` only adds, so that processes of the version before go on meanwhile; whoever opens the store first
runs it. `NNNN_what.post.sql` takes away what only they needed, and is run by whoever opens the store when no process
of an earlier version has it open. Each step runs once, in a transaction of its own, by one process at a time.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final, NamedTuple

import asyncpg

from exchange.domain.errors import StoreError
from exchange.store.postgres.locks import MIGRATING, SPACE, VERSIONS

_LOCK_WAIT: Final = "5s"
"""How long a step waits for a table: behind it, whoever uses the table waits too."""


class Step(NamedTuple):
    """One script."""

    number: int
    name: str
    post: bool
    script: str


def steps() -> list[Step]:
    """All that there are, in their order."""
    folder = files(__package__) / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    found = [
        Step(int(name.partition("_")[0]), name, name.endswith(".post.sql"), (folder / name).read_text(encoding="utf-8"))
        for name in names
    ]
    return sorted(found, key=lambda step: (step.number, step.post))


async def migrate(connection: "asyncpg.Connection[asyncpg.Record]", known: Sequence[Step]) -> None:
    """Runs what has not run.

    Raises StoreError when the store is of a later version that this one cannot serve.
    """
    await connection.execute(f"SET statement_timeout = 0; SELECT pg_advisory_lock({SPACE}, {MIGRATING})")
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, number int NOT NULL)")
        done = await connection.fetch("SELECT name, number FROM migrations")
        newest = known[-1].number
        later = max((row["number"] for row in done if row["name"].endswith(".post.sql")), default=0)
        if later > newest:
            raise StoreError(f"written by a later version of the exchange (migration {later})")
        names = {row["name"] for row in done}
        for step in known:
            if step.name in names or (step.post and await _in_use_before(connection, step.number)):
                continue
            await _run(connection, step)
    finally:
        await connection.execute(f"SELECT pg_advisory_unlock({SPACE}, {MIGRATING}); RESET statement_timeout")


async def _in_use_before(connection: "asyncpg.Connection[asyncpg.Record]", number: int) -> bool:
    """Whether a process that knows only earlier migrations has the store open."""
    found = await connection.fetchval(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid < $2"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        VERSIONS,
        number,
    )
    return bool(found)


async def _run(connection: "asyncpg.Connection[asyncpg.Record]", step: Step) -> None:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'")
        await connection.execute(step.script)
        await connection.execute("INSERT INTO migrations (name, number) VALUES ($1, $2)", step.name, step.number)
