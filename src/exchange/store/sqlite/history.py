"""What was decided, read from the file alone: no core needs to run, and one that does is not disturbed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from exchange.domain.auction import LeadRecord
from exchange.domain.errors import StoreError
from exchange.store.base import CatalogItem, LeadQuery
from exchange.store.sqlite import reads
from exchange.store.sqlite.retrieval import page

_PAGE: Final = 500


def catalog(path: Path) -> list[CatalogItem]:
    """The catalogue as it now stands, its secrets sealed. Raises StoreError when the file cannot be read."""
    try:
        with closing(_connect(path)) as connection:
            return reads.catalog(connection)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error


def decided(path: Path, from_ms: int = 0, until_ms: int = 0) -> Iterator[LeadRecord]:
    """Decided leads, in the order in which they were decided; those submitted from one Unix ms until another, 0: open.

    Raises StoreError when the file cannot be read.
    """
    try:
        with closing(_connect(path)) as connection:
            after = 0
            while True:
                query = LeadQuery(after=after, limit=_PAGE, submitted_from_ms=from_ms, submitted_until_ms=until_ms)
                found = page(connection, query)
                yield from found.records
                after = found.next_after
                if not after:
                    return
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error


def lead(path: Path, lead_id: str) -> LeadRecord | None:
    """One lead with its sales. Raises StoreError when the file cannot be read."""
    try:
        with closing(_connect(path)) as connection:
            return reads.leads_by_id(connection, [lead_id]).get(lead_id)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
