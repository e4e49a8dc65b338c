"""The store over PostgreSQL."""

import asyncio
from collections.abc import Callable

import asyncpg

from exchange.domain.errors import StoreError
from exchange.store.base import News, Place, Snapshot
from exchange.store.postgres import auctions, catalog, events, locks, outbox
from exchange.store.postgres.auctions import AuctionPart
from exchange.store.postgres.catalog import CatalogPart, Changes
from exchange.store.postgres.ears import Ears
from exchange.store.postgres.faults import FAILED, as_store_error
from exchange.store.postgres.feedback import FeedbackPart
from exchange.store.postgres.ledger import LedgerPart
from exchange.store.postgres.migrate import migrate, steps
from exchange.store.postgres.outbox import OutboxPart
from exchange.store.postgres.queries import Connection
from exchange.store.postgres.retrieval import RetrievalPart
from exchange.store.postgres.session import Session
from exchange.store.postgres.writer import Transaction, Writer


class PostgresStore(AuctionPart, RetrievalPart, CatalogPart, OutboxPart, FeedbackPart, LedgerPart):
    """`exchange.store.base.Store` over one PostgreSQL database."""

    shared = False

    def __init__(self, url: str, *, alone: bool = True) -> None:
        """`url` is what libpq takes (`postgresql://user:password@host/database`).

        One core `alone` at a time may have the store open, or any number that are not.
        """
        super().__init__(url)
        self._alone = alone
        self._listeners: list[Callable[[], None]] = []
        self._catalog_listeners: list[Callable[[Changes], None]] = []

    async def open(self) -> Snapshot:
        """See `Store`."""
        version = steps()[-1].number

        async def enter(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
            await locks.enter(connection, version, alone=self._alone)

        books, outbox_ = Session(self._connect, "exchange-books", enter), Session(self._connect, "exchange-outbox")
        try:
            await self._prepare(books, outbox_)
            await self._open_pool()
        except (StoreError, *FAILED) as error:
            await books.close()
            await outbox_.close()
            raise StoreError(str(as_store_error(error))) from None
        self._books = Writer(books, self._committed, numbers=True)
        self._outbox = Writer(outbox_, self._committed, numbers=False)
        snapshot, self._catalog_place, self._last_event = await self._read(_snapshot)
        self._ears = Ears(self._connect, self._look)
        self._rolling = asyncio.create_task(self._keep_rolling_up())
        return snapshot

    async def _prepare(self, books: Session, outbox_: Session) -> None:
        connection = await books.connect()
        await migrate(connection, steps())
        if self._alone:  # whoever believes to have the store still shall not write to it
            await connection.execute("DELETE FROM writers")
        await books.register()
        await outbox_.connect()
        await outbox_.register()

    async def close(self) -> None:
        """See `Store`."""
        await self._ears.close()
        await self._stop_rolling_up()
        await self._outbox.close()
        await self._pool.close()
        await self._books.close()  # the last: its session holds the store

    def on_events(self, listener: Callable[[], None]) -> None:
        """See `Store`. Of what other cores commit, it is called within a second, mostly at once."""
        self._listeners.append(listener)

    async def keep_place(self) -> Place:
        """See `CoreStore`."""
        return Place()

    def on_news(self, listener: Callable[[News], None]) -> None:
        """See `CoreStore`."""

    def on_catalog(self, listener: Callable[[Changes], None]) -> None:
        """Calls the listener, on the loop, with what became of the catalogue and the keys, whichever core changed it.

        Changes come in commit order, each once, and within a second of their commit. A listener may know some already.
        """
        self._catalog_listeners.append(listener)

    def _committed(self, transaction: Transaction) -> None:
        if transaction.stirred:
            self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    async def _look(self) -> None:
        """Tells the listeners of what has changed since it was last looked at."""
        changes, last_event = await self._read(_news, self._catalog_place)
        if changes.place != self._catalog_place:
            self._catalog_place = changes.place
            for listener in self._catalog_listeners:
                listener(changes)
        if last_event != self._last_event:
            self._last_event = last_event
            self._tell()


async def _news(connection: Connection, place: int) -> tuple[Changes, int]:
    return await catalog.changes_after(connection, place), await events.last(connection)


async def _snapshot(connection: Connection) -> tuple[Snapshot, int, int]:
    """What a core loads when it starts, and up to which change and event that is."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        snapshot = Snapshot(
            await catalog.items(connection),
            await catalog.keys(connection),
            await auctions.pending(connection),
            await catalog.settings(connection),
            await outbox.healths(connection),
        )
        return snapshot, await catalog.last_place(connection), await events.last(connection)
