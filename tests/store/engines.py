"""Engines by the scheme of their URL, for the tests and the processes that they start."""

from collections import defaultdict
from pathlib import Path
from typing import cast

from exchange.store.base import Store
from exchange.store.sqlite.engine import SqliteStore
from tests.support.memory_store import MemoryStore, State

_memories: defaultdict[str, State] = defaultdict(State)


def store_at(url: str) -> Store:
    """A store that is still to be opened."""
    scheme, _, place = url.partition(":///")
    if scheme == "memory":
        return cast(Store, MemoryStore(_memories[place]))  # it has what auctions need of a store
    return SqliteStore(Path(place))
