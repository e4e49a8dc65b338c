"""The embedded engine is held to the duties of every store, and to some of its own."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from exchange.domain.errors import StoreError
from exchange.store.base import LeadQuery, Place, Store
from exchange.store.sqlite.engine import SqliteStore
from tests.store.conformance import Conformance
from tests.store.engines import store_at
from tests.store.values import id_of, pending, sale, settlement, unsold
from tests.support.exchange import broken


class TestSqlite(Conformance):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/exchange.db"

    async def test_a_second_core_is_refused_until_the_first_has_let_go(self, store: Store, url: str) -> None:
        other = store_at(url)
        with pytest.raises(StoreError):
            await other.open()
        script = f"import asyncio; from tests.store.engines import store_at; asyncio.run(store_at({url!r}).open())"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
        _, said = await process.communicate()
        assert process.returncode == 1
        assert b"StoreError" in said
        await store.settle(sale(1))  # the first was not disturbed

    async def test_a_core_that_is_alone_leads_and_inherits_nothing(self, store: Store) -> None:
        await store.open_lead(pending(1))
        assert await store.keep_place() == Place(leads=True, cores=1, inherited=())
        await store.settle(settlement(unsold(pending(1)), opened=True))


def names(directory: Path) -> list[str]:
    return sorted(one.name for one in directory.iterdir())


async def test_a_store_that_was_closed_is_one_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "exchange.db")
    await store.open()
    for number in range(20):
        await store.settle(sale(number))
        assert await store.lead(id_of("lead", number)) is not None
    await store.close()
    # So that copying it is a backup.
    assert names(tmp_path) == ["exchange.db", "exchange.lock"]


async def test_commits_wait_for_the_disk(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "exchange.db")
    with closing(store._connect()) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    assert (mode, synchronous) == ("wal", 2)  # 2 is FULL: each commit is flushed


async def test_a_file_that_is_no_store_is_refused_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    path.write_text("not a database, though long enough to be taken for one " * 40)
    with pytest.raises(StoreError):
        await SqliteStore(path).open()
    path.unlink()
    store = SqliteStore(path)
    await store.open()
    await store.close()


async def test_a_store_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    store = SqliteStore(path)
    await store.open()
    await store.close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 9999")
    with pytest.raises(StoreError, match="later version"):
        await SqliteStore(path).open()


class _SmallDisk(SqliteStore):
    """A store on a disk that fills up, and may be given more room."""

    pages = 100

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.execute(f"PRAGMA max_page_count = {self.pages}")
        return connection


async def test_a_full_disk_refuses_writes_whole_and_harms_nothing_that_is_there(tmp_path: Path) -> None:
    store = _SmallDisk(tmp_path / "exchange.db")
    await store.open()
    kept: list[str] = []

    async def fill() -> None:
        for number in range(1_000):
            settlement = sale(number, f"r{number}")
            await store.settle(settlement)
            kept.append(settlement.record.id)

    with pytest.raises(StoreError, match="full"):
        await fill()
    assert len(kept) > 10
    for number in range(2_000, 2_010):
        with pytest.raises(StoreError):
            await store.settle(sale(number))
    page = await store.leads(LeadQuery(limit=500))
    assert [record.id for record in page.records] == kept
    await store.close()

    assert broken(f"sqlite:///{tmp_path}/exchange.db") == {}
    store = _SmallDisk(tmp_path / "exchange.db")
    store.pages = 10_000
    await store.open()
    await store.settle(sale(2_000))
    assert len((await store.leads(LeadQuery(limit=500))).records) == len(kept) + 1
    await store.close()


async def test_traces_kept_in_json_by_an_earlier_version_are_read(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    store = SqliteStore(path)
    await store.open()
    await store.settle(sale(1))
    kept = await store.lead(id_of("lead", 1))
    assert kept is not None
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE leads SET trace = ?", (msgspec.json.encode(kept.trace),))
        database.commit()
    assert await store.lead(id_of("lead", 1)) == kept
    await store.close()
