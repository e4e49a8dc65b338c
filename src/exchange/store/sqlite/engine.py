"""The embedded store."""

import asyncio
import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from exchange.domain.auction import LeadRecord, Offer, Trace
from exchange.domain.errors import StoreError
from exchange.domain.ids import lead_of
from exchange.domain.plan import PlanCount
from exchange.domain.posting import Adjustment, Posting
from exchange.domain.principal import ApiKey
from exchange.store.base import (
    Consumer,
    News,
    Place,
    Purchase,
    Settlement,
    Snapshot,
    Spent,
    Unseen,
    Usage,
)
from exchange.store.sqlite import reads, writes
from exchange.store.sqlite.catalog import CatalogPart
from exchange.store.sqlite.feedback import FeedbackPart
from exchange.store.sqlite.ledger import LedgerPart
from exchange.store.sqlite.lock import hold
from exchange.store.sqlite.outbox import OutboxPart
from exchange.store.sqlite.queries import migrations
from exchange.store.sqlite.retrieval import RetrievalPart
from exchange.store.sqlite.seen import Seen
from exchange.store.sqlite.writer import Writer


class SqliteStore(RetrievalPart, CatalogPart, OutboxPart, FeedbackPart, LedgerPart):
    """`exchange.store.base.Store` over one SQLite file. One core at a time may have it open."""

    shared = False

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._writes = writes.Writes(self._log)
        self._listeners: list[Callable[[], None]] = []
        self._requests = Seen()
        self._consumers = Seen()
        self._wanted: dict[tuple[str, str], asyncio.Future[LeadRecord | Offer | None]] = {}

    async def open(self) -> Snapshot:
        """See `Store`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)  # nobody else's to read; SQLite's side files follow it
        self._lock = hold(self._path)
        try:
            await asyncio.to_thread(self._prepare)
        except sqlite3.Error as error:
            os.close(self._lock)
            raise StoreError(f"{self._path}: {error}") from error
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(self._connect, self._committed)
        snapshot = await self._read(reads.snapshot)
        # Large stores take a while; until it is done, requests are looked up.
        self._loading = asyncio.create_task(self._load_seen())
        self._rolling = asyncio.create_task(self._keep_rolling_up())
        return snapshot

    async def _load_seen(self) -> None:
        requests, consumers = await self._read(reads.seen)
        self._requests.complete_with(requests)
        self._consumers.complete_with(consumers)

    async def close(self) -> None:
        """See `Store`."""
        self._loading.cancel()
        await self._stop_rolling_up()
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._reading:
            connection.close()
        await self._writer.close()  # the last connection: closing it brings everything into the one file
        os.close(self._lock)

    def on_events(self, listener: Callable[[], None]) -> None:
        """See `Store`."""
        self._listeners.append(listener)

    async def keep_place(self) -> Place:
        """See `CoreStore`: there are no others."""
        return Place()

    async def share_counts(self, counts: Sequence[PlanCount]) -> list[PlanCount]:
        """See `CoreStore`: there are no others."""
        return []

    def on_news(self, listener: Callable[[News], None]) -> None:
        """See `CoreStore`: there is none."""

    def _prepare(self) -> None:
        with contextlib.closing(self._connect()) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > migrations()[-1][0]:
                raise sqlite3.DatabaseError(f"written by a later version of the exchange (schema {version})")
            for number, script in migrations():
                if number > version:
                    connection.executescript(f"BEGIN;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
            self._writes.load(connection)
            self._log.load(connection)
            self._rollups.load(connection)

    def _committed(self) -> None:
        """Runs in the writer's thread: on the loop, the next batch may already have stirred while this one is told."""
        if self._log.stirred:
            self._log.stirred = False
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    # Auctions.

    async def find_request(self, source_id: str, request_id: str) -> LeadRecord | Offer | None:
        """See `Store`. Look-ups of one loop turn share one query; most need none."""
        wanted = (source_id, request_id)
        if not self._requests.maybe(f"{source_id}/{request_id}"):
            return None
        future = self._wanted.get(wanted)
        if future is None:
            loop = asyncio.get_running_loop()
            if not self._wanted:
                loop.call_soon(self._find_wanted)
            future = self._wanted[wanted] = loop.create_future()
        return await asyncio.shield(future)

    def _find_wanted(self) -> None:
        wanted, self._wanted = self._wanted, {}
        reading = asyncio.ensure_future(self._read(reads.by_requests, json.dumps(list(wanted))))

        def answer(done: "asyncio.Future[dict[tuple[str, str], LeadRecord | Offer]]") -> None:
            error = None if done.cancelled() else done.exception()
            for request, future in wanted.items():
                if future.done():
                    continue
                if error is not None:
                    future.set_exception(error)
                elif done.cancelled():
                    future.cancel()
                else:
                    future.set_result(done.result().get(request))

        reading.add_done_callback(answer)

    async def open_lead(
        self, record: LeadRecord, held: Sequence[Purchase] = (), consumer: Unseen | None = None
    ) -> None:
        """See `Store`."""
        self._requests.add((f"{record.profile.source_id}/{record.request_id}",))
        await self._writer.write(self._writes.open_leads, record)

    async def note_post(self, lead_id: str, trace: Trace, held: Sequence[Purchase] = ()) -> None:
        """See `Store`."""
        await self._writer.write(self._writes.note_posts, (lead_id, trace))

    async def settle(self, settlement: Settlement) -> tuple[Usage, ...]:
        """See `Store`."""
        record = settlement.record
        self._requests.add((f"{record.profile.source_id}/{record.request_id}",))
        self._consumers.add(settlement.consumer_keys)
        await self._writer.write(self._settle_counted, settlement)
        return ()

    async def save_offer(self, offer: Offer) -> None:
        """See `Store`."""
        self._requests.add((f"{offer.profile.source_id}/{offer.request_id}",))
        await self._writer.write(writes.save_offers, offer)

    async def offer(self, auction_id: str) -> Offer | None:
        """See `Store`."""
        return await self._read(reads.offer, auction_id, lead_of(auction_id))

    # Consumers and the ledger.

    async def consumer(self, keys: Sequence[str], since_ms: int) -> Consumer:
        """See `Store`. A consumer that is new costs no look-up."""
        if not any(self._consumers.maybe(key) for key in keys):
            return Consumer()
        return await self._read(reads.consumer, keys, since_ms)

    async def suppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """See `Store`."""
        self._consumers.add(keys)
        added: int = await self._writer.write(writes.suppress, (owner_id, keys))
        return added

    async def unsuppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """See `Store`."""
        removed: int = await self._writer.write(writes.unsuppress, (owner_id, keys))
        return removed

    async def adjust(self, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
        """See `Store`."""
        booked: Adjustment = await self._writer.write(writes.adjust, (adjustment, postings))
        return booked

    async def balances(self) -> dict[str, int]:
        """See `Store`."""
        return await self._read(reads.balances)

    async def balance(self, account: str) -> int:
        """See `Store`."""
        return await self._read(reads.balance, account)

    # Reading.

    async def spent_since(self, since_ms: int) -> list[Spent]:
        """See `Store`."""
        return await self._read(reads.spent_since, since_ms)

    # Catalogue and keys.

    async def save_key(self, key: ApiKey) -> None:
        """See `Store`."""
        await self._writer.write(writes.save_keys, key)

    async def save_setting(self, name: str, value: bytes) -> bytes:
        """See `Store`."""
        kept: bytes = await self._writer.write(writes.save_settings, (name, value))
        return kept
