"""The store over PostgreSQL."""

import asyncio
import contextlib
import math
import secrets
from collections.abc import Callable

import asyncpg

from exchange.domain.errors import StoreError
from exchange.store.base import News, Snapshot
from exchange.store.postgres import catalog, cores, locks, news, outbox, server
from exchange.store.postgres.auctions import AuctionPart
from exchange.store.postgres.catalog import CatalogPart
from exchange.store.postgres.cores import LEASE_MS, CoresPart
from exchange.store.postgres.ears import Ears
from exchange.store.postgres.faults import FAILED, as_store_error
from exchange.store.postgres.feedback import FeedbackPart
from exchange.store.postgres.ledger import LedgerPart
from exchange.store.postgres.migrate import migrate, steps
from exchange.store.postgres.news import Seen
from exchange.store.postgres.outbox import OutboxPart
from exchange.store.postgres.plans import PlansPart
from exchange.store.postgres.queries import Connection
from exchange.store.postgres.retrieval import RetrievalPart
from exchange.store.postgres.session import Session
from exchange.store.postgres.writer import Transaction, Writer


class PostgresStore(
    CoresPart, PlansPart, AuctionPart, RetrievalPart, CatalogPart, OutboxPart, FeedbackPart, LedgerPart
):
    """`exchange.store.base.Store` over one PostgreSQL database, which any number of cores share."""

    shared = True

    def __init__(self, url: str, *, lease_ms: int = LEASE_MS) -> None:
        """`url` is what libpq takes (`postgresql://user:password@host/database`).

        A core that was not seen for `lease_ms` is taken for dead; the same for all cores.
        """
        super().__init__(url, lease_ms)
        self._listeners: list[Callable[[], None]] = []
        self._news_listeners: list[Callable[[News], None]] = []

    async def open(self) -> Snapshot:
        """See `Store`."""
        version = steps()[-1].number
        self.core_id = secrets.token_hex(8)
        self._counts_ms = 0

        async def enter(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
            await locks.enter(connection, version)

        books = Session(self._connect, "exchange-books", self.core_id, enter)
        sessions = (
            books,
            Session(self._connect, "exchange-outbox", self.core_id),
            Session(self._connect, "exchange-place", self.core_id),
        )
        try:
            await server.check_at(self._url)
            await self._prepare(sessions)
            await self._open_pool()
            snapshot, self._seen = await self._read(_snapshot)
        except (StoreError, *FAILED) as error:
            for session in sessions:
                await session.close()
            raise StoreError(str(as_store_error(error))) from None
        self._books = Writer(books, self._committed, numbers=True)
        self._outbox = Writer(sessions[1], self._committed)
        self._places = Writer(sessions[2], self._committed, patience_s=math.inf)
        self._ears = Ears(self._connect, self.core_id, self._look, self._tell)
        self._rolling = asyncio.create_task(self._keep_rolling_up())
        return snapshot

    async def _prepare(self, sessions: tuple[Session, ...]) -> None:
        connection = await sessions[0].connect()
        await migrate(connection, steps())
        async with connection.transaction():
            await cores.enter(connection, self.core_id, [one.id for one in sessions])
        for session in sessions[1:]:
            await session.connect()

    async def close(self) -> None:
        """See `Store`."""
        await self._ears.close()
        await self._stop_rolling_up()
        await self._outbox.close()
        await self._pool.close()
        await self._books.close()
        with contextlib.suppress(StoreError):  # the server may be away; then this core is taken for dead
            leaving = self._places.write(cores.leave_each, self.core_id)
            await self._places.close()
            await leaving

    def on_events(self, listener: Callable[[], None]) -> None:
        """See `Store`. Of what other cores commit, it is called within a second, mostly at once."""
        self._listeners.append(listener)

    def on_news(self, listener: Callable[[News], None]) -> None:
        """See `CoreStore`."""
        self._news_listeners.append(listener)

    def _committed(self, transaction: Transaction) -> None:
        if transaction.stirred:
            self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    async def _look(self) -> None:
        """Tells the listeners of what has changed since it was last looked at."""
        more = bool(self._news_listeners)  # what nobody hears yet is kept for whoever comes
        while more:
            heard = await self._read(news.since, self._seen)
            self._seen, more = heard.seen, heard.more
            if heard.news is not None:
                for listener in self._news_listeners:
                    listener(heard.news)
            if heard.stirred:
                self._tell()


async def _snapshot(connection: Connection) -> tuple[Snapshot, Seen]:
    """What a core loads when it starts, and up to where that goes."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        snapshot = Snapshot(
            catalog=await catalog.items(connection),
            keys=await catalog.keys(connection),
            pending=[],  # they come as the core keeps its place
            settings=await catalog.settings(connection),
            healths=await outbox.healths(connection),
        )
        return snapshot, await news.now(connection)
