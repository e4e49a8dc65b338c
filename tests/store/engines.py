"""Engines by the scheme of their URL, for the tests and the processes that they start."""

from pathlib import Path

from exchange.store.base import Store
from exchange.store.sqlite.engine import SqliteStore


def store_at(url: str) -> Store:
    """A store that is still to be opened."""
    scheme, _, place = url.partition(":///")
    engines = {"sqlite": lambda: SqliteStore(Path(place))}
    return engines[scheme]()
