"""How the embedded engine finds a page: along an index, looking at no more than it may."""

import asyncio
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange.domain.event import DeliveryState
from exchange.domain.lead import LeadStatus
from exchange.store.base import Claim, LeadQuery, SaleState
from exchange.store.sqlite import retrieval
from exchange.store.sqlite.engine import SqliteStore
from tests.store.values import BORN_MS, id_of, pending, sale, settlement, sold

_NARROWED = [
    {},
    {"vertical": "mortgage"},
    {"state": "TX"},
    {"zip_prefix": "787"},
    {"status": LeadStatus.SOLD},
    {"submitted_from_ms": BORN_MS},
    {"submitted_until_ms": BORN_MS + 10},
    {"submitted_from_ms": BORN_MS, "submitted_until_ms": BORN_MS + 10, "state": "TX", "offset": 1},
]
QUERIES = [
    LeadQuery(**fields, **narrowed)  # type: ignore[arg-type]
    for narrowed in _NARROWED
    for fields in (
        {},
        {"source_id": "src1"},
        {"buyer_id": "buy1"},
        {"buyer_id": "buy1", "campaign_id": "camp-of-buy1"},
        {"buyer_id": "buy1", "acknowledged": False},
        {"buyer_id": "buy1", "acknowledged": True},
    )
]


class Watched:
    """A connection that keeps the plan of each statement."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.plans: list[str] = []

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        steps = self._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        self.plans += [detail for *_, detail in steps]
        return self._connection.execute(statement, values)

    def executemany(self, statement: str, values: Any) -> sqlite3.Cursor:
        return self._connection.executemany(statement, values)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("lists") / "exchange.db"

    async def fill() -> None:
        store = SqliteStore(made)
        await store.open()
        for number in range(20):
            await store.settle(sale(number))
        await store.close()

    asyncio.run(fill())
    return made


def scans(plans: list[str]) -> list[str]:
    """Steps that read a table whole; what a call itself lists, and rows that were found, may be read so."""
    harmless = re.compile(r"SCAN (value|json_each|\(subquery|CONSTANT)|SCAN json_each")
    return [step for step in plans if step.startswith("SCAN") and not harmless.match(step)]


@pytest.mark.parametrize("query", QUERIES, ids=repr)
def test_no_list_is_found_by_reading_a_table(path: Path, query: LeadQuery) -> None:
    with closing(sqlite3.connect(path)) as connection:
        watched: Any = Watched(connection)
        retrieval.page(watched, query)
    assert watched.plans
    assert scans(watched.plans) == []
    listing = [step for step in watched.plans if "leads_listed" in step or "leads_source" in step or "sales_" in step]
    assert listing, watched.plans
    assert not [
        step for step in watched.plans if "TEMP B-TREE" in step and "ORDER BY" in step and "lead_id" not in step
    ]


def test_nothing_else_is_found_so_either(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN")  # and never commits
        watched: Any = Watched(connection)
        retrieval._arrivals(watched, "", "", 5)
        retrieval._arrivals(watched, "src1", "", 5)
        retrieval._arrivals(watched, "", "buy1", 5)
        retrieval._place(watched, id_of("lead", 1), "src1", "")
        retrieval._place(watched, id_of("lead", 1), "", "buy1")
        retrieval._sale_states(watched, [id_of("lead", 1)])
        retrieval._acknowledge(watched, "buy1", [id_of("lead", 1)], 5)
        retrieval._claim(watched, Claim("buy1", 5, 1, 2, vertical="mortgage", campaign_id="camp-of-buy1"), 0)
    # The newest of all are read from the table's end.
    assert [step for step in scans(watched.plans) if step != "SCAN leads"] == []


async def test_a_call_looks_at_so_many_and_says_where_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LEADS_LOOKED_AT", "_SALES_LOOKED_AT", "_CLAIMS_LOOKED_AT"):
        monkeypatch.setattr(retrieval, name, 4)
    store = SqliteStore(tmp_path / "exchange.db")
    await store.open()
    for number in range(20):
        record = pending(number, state="NY" if number in (7, 15) else "TX")
        await store.settle(settlement(sold(record)))
    for query in (
        LeadQuery(state="NY"),
        LeadQuery(state="NY", source_id="src1"),
        LeadQuery(state="NY", buyer_id="buy1"),
    ):
        found, calls = [], 0
        after = 0
        while True:
            page = await store.leads(msgspec.structs.replace(query, after=after))
            found += [record.id for record in page.records]
            calls += 1
            after = page.next_after
            if not after:
                break
        assert found == [id_of("lead", 7), id_of("lead", 15)]
        assert calls >= 5
    left_out = await store.leads(LeadQuery(state="NY", offset=1))
    assert (left_out.records, left_out.next_offset) == ([], 1)
    assert len(await store.claim(Claim("buy1", 12, 1, 100))) == 4
    assert await store.claim(Claim("buy1", 1, 1, 100)) == [id_of("lead", 4)]  # past those that are claimed
    await store.close()


async def test_a_lead_that_was_given_up_waits_until_it_is_acknowledged(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "exchange.db")
    await store.open()
    settled = settlement(sold(pending(1)), endpoint_id="ep_1")
    await store.settle(settled)
    (sale_id,) = (one.id for one in settled.record.outcome.sales)
    assert await store.sale_states([settled.record.id]) == {sale_id: SaleState()}
    with closing(sqlite3.connect(tmp_path / "exchange.db")) as connection, connection:
        connection.execute("UPDATE deliveries SET state = ?", (int(DeliveryState.PORTAL),))
    assert await store.sale_states([settled.record.id]) == {sale_id: SaleState(awaits_pickup=True)}
    await store.acknowledge("buy1", [settled.record.id], 9)
    assert await store.sale_states([settled.record.id]) == {sale_id: SaleState(acknowledged_ms=9)}
    await store.close()
