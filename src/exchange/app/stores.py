"""Stores by their URL: `sqlite:///PATH` or `postgresql://…`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from exchange.domain.auction import LeadRecord
from exchange.domain.errors import ConfigError
from exchange.store.base import CatalogItem, Store
from exchange.store.marks import NOTHING, Marks, Proof
from exchange.store.postgres.engine import PostgresStore
from exchange.store.postgres.history import PostgresHistory
from exchange.store.postgres.verify import prove as prove_postgres
from exchange.store.sqlite import history as sqlite_history
from exchange.store.sqlite.engine import SqliteStore
from exchange.store.sqlite.verify import prove as prove_sqlite

_POSTGRESQL: Final = "postgresql://"


class History(Protocol):
    """What was decided, read without a core. Its methods raise StoreError."""

    def catalog(self) -> list[CatalogItem]:
        """The catalogue as it now stands, its secrets sealed."""

    def decided(self, from_ms: int = 0, until_ms: int = 0) -> Iterator[LeadRecord]:
        """Decided leads, in the order of their decision; those submitted from one Unix ms until another, 0: open."""

    def lead(self, lead_id: str) -> LeadRecord | None:
        """One lead with its sales."""


class _SqliteHistory:
    def __init__(self, path: Path) -> None:
        self._path = path

    def catalog(self) -> list[CatalogItem]:
        return sqlite_history.catalog(self._path)

    def decided(self, from_ms: int = 0, until_ms: int = 0) -> Iterator[LeadRecord]:
        return sqlite_history.decided(self._path, from_ms, until_ms)

    def lead(self, lead_id: str) -> LeadRecord | None:
        return sqlite_history.lead(self._path, lead_id)


def engine(url: str) -> tuple[Store, bool]:
    """The store at a URL, and whether a master key may be made for it: a database's proof refuses a wrong one.

    Raises ConfigError.
    """
    if url.startswith(_POSTGRESQL):
        return PostgresStore(url), True
    path = file_of(url)
    return SqliteStore(path), not path.exists()


def shared(url: str) -> bool:
    """Whether several cores can have the store at a URL open at once."""
    return url.startswith(_POSTGRESQL)


def history(url: str) -> History:
    """What a store holds of the past. Raises ConfigError for a URL that names no store."""
    return PostgresHistory(url) if url.startswith(_POSTGRESQL) else _SqliteHistory(_there(url))


def prove(url: str, since: Marks = NOTHING) -> Proof:
    """Checks each invariant, from where an earlier run left off.

    Raises ConfigError for a URL that names no store, StoreError for one that it cannot read.
    """
    return prove_postgres(url, since) if url.startswith(_POSTGRESQL) else prove_sqlite(_there(url), since)


def file_of(url: str) -> Path:
    """The file of an embedded store. Raises ConfigError."""
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path:
        raise ConfigError("store.url: expected sqlite:///PATH or postgresql://…, got another scheme")
    return Path(path)


def _there(url: str) -> Path:
    path = file_of(url)
    if not path.exists():
        raise ConfigError(f"store: {path} does not exist")
    return path
