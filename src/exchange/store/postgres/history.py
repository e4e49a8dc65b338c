"""What was decided, read from the database alone: no core needs to run, and one that does is not disturbed."""

from collections.abc import Iterator
from typing import Final

from exchange.domain.auction import LeadRecord
from exchange.store.base import CatalogItem, LeadQuery
from exchange.store.postgres import auctions, catalog
from exchange.store.postgres.offline import read
from exchange.store.postgres.retrieval import page

_PAGE: Final = 500


class PostgresHistory:
    """What a database holds of the past. Methods raise StoreError."""

    def __init__(self, url: str) -> None:
        self._url = url

    def catalog(self) -> list[CatalogItem]:
        """The catalogue as it now stands, its secrets sealed."""
        return read(self._url, catalog.items)

    def decided(self, from_ms: int = 0, until_ms: int = 0) -> Iterator[LeadRecord]:
        """Decided leads, in the order of their decision; those submitted from one Unix ms until another, 0: open."""
        after = 0
        while True:
            query = LeadQuery(after=after, limit=_PAGE, submitted_from_ms=from_ms, submitted_until_ms=until_ms)
            found = read(self._url, page, query)
            yield from found.records
            after = found.next_after
            if not after:
                return

    def lead(self, lead_id: str) -> LeadRecord | None:
        """One lead with its sales."""
        return read(self._url, auctions.leads_by_id, [lead_id]).get(lead_id)
