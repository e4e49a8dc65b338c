"""Which servers the engine is for."""

import re
from typing import Final

import asyncpg

from exchange.domain.errors import StoreError
from exchange.store.postgres.queries import Connection

_CONNECT_S: Final = 5.0
_OLDEST: Final = 13
_VERSION: Final = re.compile(r"PostgreSQL (\d+)")
_DERIVED: Final = re.compile(r"-YB-|Greenplum|Redshift")
"""What calls itself PostgreSQL and has other locks, or none."""
_SHOWN: Final = 60


async def check(connection: Connection) -> None:
    """Raises StoreError for what speaks PostgreSQL's protocol and is another database, and for old versions.

    Numbers, leases and places rest on advisory locks, NOTIFY and row locks as PostgreSQL itself has them.
    """
    said = str(await connection.fetchval("SELECT version()"))
    version = _VERSION.match(said)
    if version is None or int(version[1]) < _OLDEST or _DERIVED.search(said):
        raise StoreError(f"the store needs PostgreSQL {_OLDEST} or later; the server is {said[:_SHOWN]}")


async def check_at(url: str) -> None:
    """As `check`, of the server at a URL, in a session without settings, which another database may not take."""
    connection = await asyncpg.connect(url, timeout=_CONNECT_S)
    try:
        await check(connection)
    finally:
        await connection.close(timeout=_CONNECT_S)
