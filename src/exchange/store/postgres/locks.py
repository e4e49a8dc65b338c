"""Advisory locks: PostgreSQL keeps them by database, and lets go of them when a session ends, however it ends."""

from typing import Final

import asyncpg

from exchange.domain.errors import StoreError


class Taken(StoreError):
    """Another core has the store."""


SPACE: Final = 0x6C656164
NUMBERING: Final = 1
"""Held from before anything is numbered until the commit is visible, so that numbers grow in commit order."""
CORE: Final = 2
"""Held for as long as a core has the store open: by one alone, or by many that share it."""
MIGRATING: Final = 3
VERSIONS: Final = SPACE + 1
"""Another space: which versions, by the number of their last migration, have the store open."""

_OTHERS_WAIT: Final = "2s"
"""How long a core that died may take to let go."""


async def enter(connection: "asyncpg.Connection[asyncpg.Record]", version: int, *, alone: bool) -> None:
    """Says that a core of a version has the store open. Raises Taken while another has it that cannot share it."""
    await connection.execute(f"SET lock_timeout = '{_OTHERS_WAIT}'")
    try:
        await connection.execute(f"SELECT pg_advisory_lock{'' if alone else '_shared'}({SPACE}, {CORE})")
    except asyncpg.LockNotAvailableError:
        raise Taken("another core has this store open") from None
    await connection.execute(f"SELECT pg_advisory_lock_shared({VERSIONS}, {version}); RESET lock_timeout")
