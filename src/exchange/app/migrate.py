"""`exchange migrate`: everything that an embedded store holds, into an empty PostgreSQL database."""

import asyncio
from pathlib import Path

from exchange.app import stores
from exchange.domain.errors import ConfigError
from exchange.store.postgres.transfer import Taken, take_in
from exchange.store.sqlite.engine import SqliteStore
from exchange.store.sqlite.transfer import exported


def migrate(source: str, target: str) -> Taken:
    """Copies an embedded store that no core has open; what does not come out the same is not kept.

    Raises ConfigError, StoreError.
    """
    if stores.shared(source) or not stores.shared(target):
        raise ConfigError("migrate: expected sqlite:///PATH, then postgresql://…")
    path = stores.file_of(source)
    if not path.is_file():
        raise ConfigError(f"store: {path} does not exist")
    asyncio.run(_finish(path))
    with exported(path) as held:
        return take_in(target, held)


async def _finish(path: Path) -> None:
    """Has the store do what it left half done, as a core's start and stop would: its migrations, its figures."""
    store = SqliteStore(path)
    await store.open()
    await store.close()
