"""Offering returned leads to others."""

from exchange.auction.clock import Clock
from exchange.auction.conductor import Conductor
from exchange.domain import limits
from exchange.store.base import Store


class Resale:
    """Decides whether a returned lead can be offered again, and has it auctioned."""

    def __init__(self, conductor: Conductor, store: Store, clock: Clock, budget_ms: int) -> None:
        self._conductor = conductor
        self._store = store
        self._clock = clock
        self._budget_ms = budget_ms

    async def offer(self, lead_id: str, had_by: frozenset[str]) -> bool:
        """Offers a lead to others than the buyers that had it, here or under the leads that it resells.

        False when it cannot be offered: it is a test, erased, unknown, or too old for anyone to call the consumer.
        Raises Refused when it cannot be offered now, StoreError.
        """
        returned = await self._store.lead(lead_id)
        if returned is None or not returned.sealed or returned.profile.test:
            return False
        if self._clock.now_ms() - returned.submitted_ms > limits.MAX_RESALE_AGE_MS:
            return False
        earlier = returned.profile.resale_of
        while earlier:
            before = await self._store.lead(earlier)
            if before is None:
                break
            had_by |= {sale.buyer_id for sale in before.outcome.sales}
            earlier = before.profile.resale_of
        await self._conductor.resell(returned, had_by, self._budget_ms)
        return True
