"""The core's parts on a virtual clock and a store in memory, joined as `exchange.app.core` joins them."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from exchange.access.keys import KeyRing
from exchange.access.sealing import Sealer
from exchange.access.tokens import Tokens
from exchange.access.vault import Vault
from exchange.app.core import Core
from exchange.app.membership import Membership
from exchange.auction.care import Care
from exchange.auction.clock import Clock
from exchange.auction.conductor import Conductor
from exchange.auction.consumers import Consumers
from exchange.auction.gate import Gate
from exchange.auction.lookups import Lookups
from exchange.auction.pings import Pings
from exchange.auction.posts import Posts
from exchange.auction.recovery import Recovery
from exchange.auction.sales import Sales
from exchange.auction.settling import Settling
from exchange.bidders.directory import Directory
from exchange.catalog.book import Book
from exchange.domain.auction import LeadRecord
from exchange.domain.metrics import Metrics
from exchange.store.base import CatalogItem, Store
from tests.support.memory_store import MemoryStore

_GRACE_MS = 5_000
_OFFER_TTL_MS = 5_000
_MAX_OPEN = 200


class SimulatedCore:
    """One life of a core."""

    def __init__(self, store: MemoryStore, clock: Clock, number: int = 0) -> None:
        self.number = number
        self.tasks: dict[asyncio.Task[Any], None] = {}
        """In the order in which they began: a set has another in each process."""
        """All that it has under way."""
        self.clock = clock
        self.store = store
        self.book = Book()
        self.metrics = Metrics()
        self.directory = Directory()
        lookups = Lookups(store)
        self.gate = Gate(lookups, _MAX_OPEN)
        sealer = Sealer(bytes(32))
        posts = Posts(self.directory, store, clock)
        care = Care(self.book, self.metrics)
        sales = Sales(self.book, posts, care, clock, shared=store.shared)
        settling = Settling(self.book, store, sealer, posts, clock, _OFFER_TTL_MS)
        pings = Pings(self.directory, care, clock, self.metrics)
        self.consumers = Consumers(self.book, lookups, clock, sealer.derive("consumers"))
        self.conductor = Conductor(self.book, pings, sales, settling, self.gate, self.consumers, clock, self._recover)
        self._recovery = Recovery(self.book, self.gate, posts, sales, settling, clock, _GRACE_MS)
        self.recoveries: list[asyncio.Task[None]] = []
        keys, unused = KeyRing(Tokens(bytes(32))), cast(Any, None)
        self._membership = Membership(cast(Store, store), self.book, keys, cast(Vault, self), unused, clock)
        self.book.on_campaign(self.directory.changed)

    async def start(self) -> None:
        """Takes up what the store holds."""
        snapshot = await self.store.open()
        self.book.load(snapshot.catalog)
        await Core._restore_caps(cast(Core, self))
        self._inherit([*snapshot.pending, *await self._membership.join()])
        if self.store.shared:
            asyncio.create_task(self._membership.run(self._inherit))  # noqa: RUF006 - kept in `tasks`

    def reveal(self, item: CatalogItem) -> CatalogItem:
        """Nothing is secret here."""
        return item

    def _recover(self, record: LeadRecord) -> None:
        self._inherit([record])

    def _inherit(self, pending: Sequence[LeadRecord]) -> None:
        begun = self._recovery.begin(pending)
        self.recoveries.append(asyncio.create_task(self._recovery.finish(begun)))
