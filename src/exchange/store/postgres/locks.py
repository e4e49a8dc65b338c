"""Advisory locks: PostgreSQL keeps them by database, and lets go of them when a session ends, however it ends."""

from typing import Final

import asyncpg

from exchange.domain.errors import StoreError

SPACE: Final = 0x6C656164
NUMBERING: Final = 1
"""Held from before anything is numbered until the commit is visible, so that numbers grow in commit order."""
CORE: Final = 2
"""Held, shared, for as long as a core has the store open; whoever has it for himself keeps all cores away."""
MIGRATING: Final = 3
INHERITING: Final = 4
"""Held while what cores left behind is taken over, each of it by one core."""
VERSIONS: Final = SPACE + 1
"""Another space: which versions, by the number of their last migration, have the store open."""

_OTHERS_WAIT: Final = "2s"
"""How long whoever has the store for himself may take to let go."""


async def enter(connection: "asyncpg.Connection[asyncpg.Record]", version: int) -> None:
    """Says that a core of a version has the store open. Raises StoreError while somebody has it for himself."""
    await connection.execute(f"SET lock_timeout = '{_OTHERS_WAIT}'")
    try:
        await connection.execute(f"SELECT pg_advisory_lock_shared({SPACE}, {CORE})")
    except asyncpg.LockNotAvailableError:
        raise StoreError("somebody has this store open who does not share it") from None
    await connection.execute(f"SELECT pg_advisory_lock_shared({VERSIONS}, {version}); RESET lock_timeout")
