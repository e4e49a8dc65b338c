"""The core's parts on a virtual clock and a store in memory, joined as `exchange.app.core` joins them."""

import asyncio
from typing import cast

from exchange.access.sealing import Sealer
from exchange.app.core import Core
from exchange.auction.care import Care
from exchange.auction.clock import Clock
from exchange.auction.conductor import Conductor
from exchange.auction.consumers import Consumers
from exchange.auction.gate import Gate
from exchange.auction.pings import Pings
from exchange.auction.posts import Posts
from exchange.auction.recovery import Recovery
from exchange.auction.sales import Sales
from exchange.auction.settling import Settling
from exchange.bidders.directory import Directory
from exchange.catalog.book import Book
from exchange.domain.metrics import Metrics
from tests.support.memory_store import MemoryStore

_GRACE_MS = 5_000
_OFFER_TTL_MS = 5_000
_MAX_OPEN = 200


class SimulatedCore:
    """One life of a core."""

    def __init__(self, store: MemoryStore, clock: Clock) -> None:
        self.clock = clock
        self.store = store
        self.book = Book()
        self.metrics = Metrics()
        self.directory = Directory()
        self.gate = Gate(store, _MAX_OPEN)
        sealer = Sealer(bytes(32))
        posts = Posts(self.directory, store, clock)
        care = Care(self.book, self.metrics)
        sales = Sales(self.book, posts, care, clock)
        settling = Settling(self.book, store, sealer, posts, clock, _OFFER_TTL_MS)
        pings = Pings(self.directory, care, clock, self.metrics)
        self.consumers = Consumers(self.book, store, clock, sealer.derive("consumers"))
        self.conductor = Conductor(self.book, pings, sales, settling, self.gate, self.consumers, clock)
        self._recovery = Recovery(self.book, self.gate, posts, sales, settling, clock, _GRACE_MS)
        self.recovered: asyncio.Task[None] | None = None
        self.book.on_campaign(self.directory.changed)

    async def start(self) -> None:
        """Takes up what the store holds."""
        snapshot = await self.store.open()
        self.book.load(snapshot.catalog)
        await Core._restore_caps(cast(Core, self))
        begun = self._recovery.begin(snapshot.pending)
        self.recovered = asyncio.create_task(self._recovery.finish(begun))
