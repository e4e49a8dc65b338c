"""Samples sent to endpoints: by hand, to see what comes back, and from time to time, to see that it still does."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.domain import limits
from exchange.domain.endpoint import Endpoint
from exchange.domain.errors import StoreError
from exchange.domain.event import LEAD_SOLD, Attempt
from exchange.domain.party import PartyState
from exchange.events.compose import sample
from exchange.events.routing import deliver
from exchange.store.base import Store

_log = logging.getLogger(__name__)
_LOOK_S: Final = 0.05
_TICK_S: Final = 5.0


class Checks:
    """Sends samples the way that events go, so that what works for them works for leads."""

    def __init__(self, book: Book, store: Store, clock: Clock, leads: Callable[[], bool] = lambda: True) -> None:
        """`leads`: whether this core is the one of several that checks."""
        self._leads = leads
        self._book = book
        self._store = store
        self._clock = clock
        self._checked_ms: dict[str, int] = {}

    async def send(self, endpoint: Endpoint, sample_of: str) -> str:
        """Sends one sample; answers with its delivery's id."""
        now_ms = self._clock.now_ms()
        event = sample(endpoint.id, endpoint.owner_id, sample_of, self._clock.mint("evt"), now_ms)
        delivery = deliver(event, endpoint, self._clock.mint("dlv"))
        await self._store.publish([event], [delivery])
        return delivery.id

    async def come_back(self, delivery_id: str) -> Attempt | None:
        """What came of a sample; None when no delivery process took it in time."""
        ends_us = self._clock.us() + limits.TEST_WAIT_MS * 1_000
        while self._clock.us() < ends_us:
            attempts = await self._store.attempts(delivery_id)
            if attempts:
                return attempts[0]
            await asyncio.sleep(_LOOK_S)
        return None

    async def run(self) -> None:
        """Sends each endpoint that asks for checks a sample as often as it asks, without end."""
        while True:
            await asyncio.sleep(_TICK_S)
            if not self._leads():
                continue
            now_ms = self._clock.now_ms()
            for endpoint in list(self._book.endpoints.values()):
                if endpoint.check_interval_s and endpoint.state == PartyState.ACTIVE and self._due(endpoint, now_ms):
                    try:
                        await self.send(endpoint, _first_type(endpoint))
                    except StoreError as error:
                        _log.error("checking endpoints: %s", error)

    def _due(self, endpoint: Endpoint, now_ms: int) -> bool:
        last_ms = self._checked_ms.setdefault(endpoint.id, now_ms)
        if now_ms - last_ms < endpoint.check_interval_s * 1_000:
            return False
        self._checked_ms[endpoint.id] = now_ms
        return True


def _first_type(endpoint: Endpoint) -> str:
    first = endpoint.event_types[0]
    return LEAD_SOLD if first == "*" else first
