"""This core among those that share the store: it keeps its place, inherits from those that died, and hears news."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from exchange.access.keys import KeyRing
from exchange.access.vault import Vault
from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.delivery.endpoints import Endpoints
from exchange.domain.auction import LeadRecord
from exchange.domain.errors import StoreError
from exchange.store.base import News, Place, Replaced, Store

_log = logging.getLogger(__name__)
_KEEP_S: Final = 1.0
_AWAY_US: Final = 5_000_000  # as long as others wait until they take a core for dead


class Membership:
    """A core that has its store alone has a place too: the first of one."""

    def __init__(
        self, store: Store, book: Book, keys: KeyRing, vault: Vault, endpoints: Endpoints, clock: Clock
    ) -> None:
        self.lost = asyncio.Event()
        """Others have taken over from this core, which must end: nothing that it writes is kept any more."""
        self._store = store
        self._book = book
        self._keys = keys
        self._vault = vault
        self._endpoints = endpoints
        self._clock = clock
        self._place = Place(leads=False)
        self._kept_us = clock.us()

    def leads(self) -> bool:
        """Whether this core is the one that does what only one shall do."""
        return self._place.leads

    def away(self) -> bool:
        """Whether the store has heard nothing of this core for so long that others may have taken over from it."""
        return self._clock.us() - self._kept_us > _AWAY_US

    async def join(self) -> Sequence[LeadRecord]:
        """Takes a place, once the store is open; answers with the leads of cores that died. Raises StoreError."""
        self._store.on_news(self._hear)
        await self._keep()
        return self._place.inherited

    async def _keep(self) -> None:
        begun_us = self._clock.us()
        self._place = await self._store.keep_place()
        self._kept_us = begun_us

    async def run(self, inherit: Callable[[Sequence[LeadRecord]], None]) -> None:
        """Keeps the place until others have taken over.

        `inherit` is called with the leads of cores that died, and when this core comes to lead.
        """
        sharing = asyncio.create_task(self._keep_sharing())  # apart: what it waits for must not cost the place
        try:
            await self._keep_place(inherit)
        finally:
            sharing.cancel()

    async def _keep_place(self, inherit: Callable[[Sequence[LeadRecord]], None]) -> None:
        while True:
            await asyncio.sleep(_KEEP_S)
            led = self._place.leads
            try:
                await self._keep()
            except Replaced as error:
                _log.error("this core ends: %s", error)
                self.lost.set()
                return
            except StoreError as error:
                _log.warning("the store cannot be told that this core lives, which is tried again: %s", error)
                continue
            if self._place.inherited or (self._place.leads and not led):
                inherit(self._place.inherited)

    async def _keep_sharing(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_S)
            try:
                await self._share_counts()
            except Replaced:
                return
            except StoreError as error:
                _log.warning("calls under rate plans are not shared with other cores, which is tried again: %s", error)

    async def _share_counts(self) -> None:
        """Tells the others what rate plans let in here, and hears of theirs."""
        limiter, now_ms, unix_ms = self._keys.limiter, self._clock.us() // 1000, self._clock.now_ms()
        others = await self._store.share_counts(limiter.counted(now_ms, unix_ms))
        limiter.others(others, now_ms, unix_ms)

    def _hear(self, news: News) -> None:
        self._book.learn(self._vault.reveal(item) for item in news.items)
        for key in news.keys:
            self._keys.put(key)
        if news.healths is not None:
            self._endpoints.load(news.healths)
        self._book.caps.learn(news.used)
