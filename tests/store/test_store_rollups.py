"""How the embedded engine keeps its roll-ups: in slices, behind settlements, and through whatever comes between."""

import asyncio
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from exchange.domain.auction import LeadRecord
from exchange.domain.errors import StoreError
from exchange.domain.report import ReportDimension, ReportQuery
from exchange.store.base import Conflict
from exchange.store.sqlite import reports, rows
from exchange.store.sqlite.engine import SqliteStore
from exchange.store.sqlite.reports import last_decided
from tests.store.duties.reports import lead, naively
from tests.store.values import offer, settlement
from tests.support.exchange import broken

QUERY = ReportQuery("2026-01-01", "2026-12-31", (ReportDimension.DAY, ReportDimension.CAMPAIGN))


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_SLICE", 3)


def some(count: int, first: int = 0) -> list[LeadRecord]:
    chance = random.Random(first)
    return [lead(number, chance) for number in range(first, first + count)]


async def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    await store.open()
    return store


async def settle(store: SqliteStore, records: Sequence[LeadRecord]) -> None:
    await asyncio.gather(*(store.settle(settlement(one)) for one in records))


def crashed(path: Path, copy: Path) -> Path:
    """The file as a process that died at this moment would leave it."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


async def test_a_crash_between_any_two_slices_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    records = some(40)
    store = await opened(tmp_path / "exchange.db")
    await settle(store, records[:20])
    await store.figures_of(QUERY)
    await settle(store, records[20:])
    rollups = store._rollups
    leaving = await store._writer.write(rollups.begin, await store._read(last_decided))
    assert leaving.cells > 6
    copies = [crashed(store._path, tmp_path / "copy.db")]
    start = 0
    while start < leaving.cells:
        start = await store._writer.write(rollups.leave, start)
        copies.append(crashed(store._path, tmp_path / f"copy{start}.db"))
    await store.close()
    for copy in copies:
        assert broken(f"sqlite:///{copy}") == {}
        again = await opened(copy)
        assert await again.figures_of(QUERY) == naively(records, QUERY)
        await again.close()
        assert broken(f"sqlite:///{copy}") == {}


async def test_a_slice_that_fails_is_added_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add = reports._add
    failures = iter([False, True, False, False, True])

    def failing(connection: sqlite3.Connection, cells: Sequence[rows.Row]) -> None:
        add(connection, cells)
        if next(failures, False):
            raise sqlite3.OperationalError("no more room")

    monkeypatch.setattr(reports, "_add", failing)
    store = await opened(tmp_path / "exchange.db")
    records = some(30)
    await settle(store, records[:15])
    with pytest.raises(StoreError, match="no more room"):
        await store.figures_of(QUERY)
    await settle(store, records[15:])
    with pytest.raises(StoreError, match="no more room"):
        await store.figures_of(QUERY)
    assert await store.figures_of(QUERY) == naively(records, QUERY)
    await store.close()
    assert broken(f"sqlite:///{tmp_path}/exchange.db") == {}


async def test_a_group_that_was_rolled_back_after_it_was_settled_counts_once(tmp_path: Path) -> None:
    store = await opened(tmp_path / "exchange.db")
    await store.save_offer(offer(1))
    records = some(60)
    for record in records:
        # In one transaction: the settlement first, then what fails.
        kept, refused = await asyncio.gather(
            store.settle(settlement(record)), store.save_offer(offer(1)), return_exceptions=True
        )
        assert kept == ()
        assert isinstance(refused, Conflict)
    assert await store.figures_of(QUERY) == naively(records, QUERY)
    await store.close()
    assert broken(f"sqlite:///{tmp_path}/exchange.db") == {}


async def test_a_store_from_before_there_were_figures_is_counted_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    store = await opened(path)
    records = some(30)
    await settle(store, records)
    await store.close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM rollups")
        database.execute("UPDATE rollup_state SET counted = 0, target = 0, done = 0")
    store = await opened(path)
    assert await store.figures_of(QUERY) == naively(records, QUERY)
    await store.close()
    assert broken(f"sqlite:///{path}") == {}


async def test_figures_are_added_without_being_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_EVERY_S", 0.001)
    store = await opened(tmp_path / "exchange.db")
    await settle(store, some(20))

    def kept(connection: sqlite3.Connection) -> tuple[int, int]:
        counted: tuple[int, int] = connection.execute("SELECT counted, target FROM rollup_state").fetchone()
        return counted

    while await store._read(kept) != (20, 0):  # each turn waits for a reader
        pass
    await store.close()
