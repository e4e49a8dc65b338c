"""What auctions ask the store before anybody is asked to bid, and how many of them wait for its answers."""

from collections.abc import Sequence

from exchange.domain.auction import LeadRecord, Offer
from exchange.store.base import AuctionStore, Consumer


class Lookups:
    """Passes look-ups on, and counts them: a store that is slow makes auctions late that have hardly begun."""

    def __init__(self, store: AuctionStore) -> None:
        self._store = store
        self._waiting = 0

    def waiting(self) -> int:
        """Look-ups that are not answered yet."""
        return self._waiting

    @property
    def shared(self) -> bool:
        """See `AuctionStore`."""
        return self._store.shared

    async def find_request(self, source_id: str, request_id: str) -> LeadRecord | Offer | None:
        """See `AuctionStore`."""
        self._waiting += 1
        try:
            return await self._store.find_request(source_id, request_id)
        finally:
            self._waiting -= 1

    async def consumer(self, keys: Sequence[str], since_ms: int) -> Consumer:
        """See `AuctionStore`."""
        self._waiting += 1
        try:
            return await self._store.consumer(keys, since_ms)
        finally:
            self._waiting -= 1
