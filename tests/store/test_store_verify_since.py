"""`exchange verify --state`: what is new, and what could still change, is proved; the rest was."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest
from typer.testing import CliRunner

from exchange.app.cli import app
from exchange.app.stores import prove
from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.disposition import DispositionKind
from exchange.domain.errors import StoreError
from exchange.domain.lead_return import ReturnState
from exchange.domain.party import Buyer
from exchange.store.base import CatalogItem, Finding, Store
from exchange.store.marks import NOTHING, Marks
from exchange.store.postgres.verify import proof
from exchange.store.sqlite import reports
from exchange.store.sqlite.engine import SqliteStore
from tests.store.duties.feedback import answers, returning, saying
from tests.store.engines import store_at
from tests.store.values import PRICE, id_of, pending, sale, settlement, sold, unsold
from tests.support import postgres

S, K = ReturnState, DispositionKind
CAPPED: list[CatalogItem] = [
    Buyer("buy1", "One", time_zone="America/Chicago", caps=(Cap(CapPeriod.MONTH, max_leads=9),), revision=1),
    Campaign(
        "camp-of-buy1",
        "buy1",
        "Capped",
        Targeting("mortgage"),
        StaticBidding(1),
        Completion.ON_WIN,
        caps=(Cap(CapPeriod.HOUR, max_spend_micros=9 * PRICE), Cap(CapPeriod.DAY, max_leads=9)),
        revision=1,
    ),
]


class Place(Protocol):
    """A store by its URL, as it was proved before and after more came."""

    url: str
    since: Marks

    def damaged(self, *statements: str) -> list[Finding]:
        """What goes on from `since` find after these, which are undone again."""


class File:
    """The embedded engine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"
        self.since = NOTHING

    def damaged(self, *statements: str) -> list[Finding]:
        """See `Place`."""
        copy = Path(shutil.copy(self.path, self.path.with_name("damaged.db")))
        with closing(sqlite3.connect(copy)) as file, file:
            for one in statements:
                assert file.execute(one).rowcount, f"changed nothing: {one}"
        return prove(f"sqlite:///{copy}", self.since).findings


class Database:
    """PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.since = NOTHING

    def damaged(self, *statements: str) -> list[Finding]:
        """See `Place`."""

        async def run() -> list[Finding]:
            connection = await asyncpg.connect(self.url)
            try:
                await connection.execute("BEGIN")
                for one in statements:
                    assert not (await connection.execute(one)).endswith(" 0"), f"changed nothing: {one}"
                return (await proof(connection, self.since)).findings
            finally:
                await connection.close()

        return asyncio.run(run())


async def first(store: Store) -> None:
    """What is proved at first: one lead pending, one return approved and two open."""
    await store.open()
    await store.save_items(CAPPED, 1)
    await store.save_setting("master_key_proof", b"this store's")
    for number in range(5):
        await store.settle(settlement(sold(pending(number)), endpoint_id="ep1"))
    await store.settle(settlement(unsold(pending(8))))
    await store.open_lead(pending(9))
    await answers(store, saying(0), returning(1, S.APPROVED), returning(2, S.REQUESTED), returning(3, S.REQUESTED))
    await store.close()


async def then(store: Store) -> None:
    """What comes after: of the open returns one is approved, its room given back, and one denied; the lead is sold."""
    await store.open()
    await store.keep_place()
    for number in (10, 11, 12):
        await store.settle(settlement(sold(pending(number)), endpoint_id="ep1"))
    await store.settle(settlement(unsold(pending(13))))
    await store.settle(settlement(sold(pending(9)), opened=True))
    await store.open_lead(pending(14))
    await answers(store, saying(0, K.CONVERTED), saying(10), returning(2, S.APPROVED, replaced=True))
    await answers(store, returning(3, S.DENIED), returning(11, S.APPROVED), returning(12, S.REQUESTED))
    await store.close()


@contextmanager
def empty(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Place]:
    """A store that is not there yet."""
    if engine == "sqlite":
        yield File(folder / "exchange.db")
    else:
        server: postgres.Server = request.getfixturevalue("postgres_server")
        with server.database() as url:
            yield Database(url)


ENGINES = ["sqlite", "postgresql"]


@pytest.fixture(scope="module", params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A store that was proved, and to which more came then."""
    with empty(request.param, request, tmp_path_factory.mktemp("since")) as found:
        asyncio.run(first(store_at(found.url)))
        before = prove(found.url)
        assert broken(before.findings) == {}
        found.since = before.marks
        asyncio.run(then(store_at(found.url)))
        yield found


def broken(findings: list[Finding]) -> dict[str, list[str]]:
    """What is broken, by the invariant's name."""
    return {one.name: one.offending for one in findings if one.offending}


def test_going_on_comes_to_what_a_whole_run_comes_to(place: Place) -> None:
    whole, more = prove(place.url), prove(place.url, place.since)
    assert broken(whole.findings) == broken(more.findings) == {}
    assert more.marks == whole.marks
    assert whole.marks.figures
    assert {(one.kind, one.leads) for one in whole.marks.bought} == {("buyer", 8), ("campaign", 8)}
    assert (whole.marks.pending, len(whole.marks.open_returns)) == ((id_of("lead", 14),), 1)
    again = prove(place.url, more.marks)
    assert broken(again.findings) == {}
    assert again.marks == more.marks


IDS = {f"{kind}{number}": id_of(kind, number) for kind in ("lead", "ret", "sale") for number in range(15)}
"""What statements name: `{lead1}`, `{ret1}`."""
AGAIN = (
    "INSERT INTO postings (transaction_id, account, amount_micros, at_ms)"
    " SELECT transaction_id, account, amount_micros, at_ms FROM postings WHERE transaction_id = '{}'"
)
TWICE = (
    "INSERT INTO sales (id, lead_id, slot, campaign_id, buyer_id, price_micros, payout_micros, sold_ms, reference,"
    " shared) SELECT 'sale_again', lead_id, 1, campaign_id, 'buy2', price_micros, payout_micros, sold_ms, reference,"
    " shared FROM sales WHERE lead_id = '{}'"
)

LOST = "UPDATE events SET type = 'lost' WHERE type = 'lead.sold' AND lead_id = '{lead4}'"


@pytest.mark.parametrize(
    ("statement", "invariant", "row"),
    [
        ("DELETE FROM events WHERE type = 'lead.decided' AND lead_id = '{lead13}'", "evented_leads", "lead13"),
        ("DELETE FROM events WHERE type = 'lead.decided' AND lead_id = '{lead9}'", "evented_leads", "lead9"),
        ("DELETE FROM events WHERE type = 'lead.sold' AND lead_id = '{lead10}'", "evented_sales", "lead10"),
        ("DELETE FROM sales WHERE lead_id = '{lead9}'", "sold_once", "lead9"),
        (TWICE.format("{lead4}"), "sold_once", "lead4"),
        ("UPDATE leads SET status = 3, reason = 251 WHERE id = '{lead10}'", "sales_known", "lead10"),
        ("UPDATE leads SET decided_ms = 0 WHERE id = '{lead13}'", "decided", "lead13"),
        ("DELETE FROM postings WHERE transaction_id = '{sale10}'", "booked", "sale10"),
        ("DELETE FROM postings WHERE transaction_id = '{sale10}' AND account LIKE 'buyer:%'", "balanced", "sale10"),
        ("DELETE FROM leads WHERE id = '{lead13}'", "events_known", "lead13"),
        ("UPDATE deliveries SET event_seq = 999 WHERE lead_id = '{lead10}'", "delivered", "lead10"),
        ("UPDATE deliveries SET event_seq = 999 WHERE lead_id = '{lead4}'", "delivered", "lead4"),
        ("DELETE FROM postings WHERE transaction_id = '{ret2}'", "refunded", "ret2"),
        ("UPDATE returns SET state = 1 WHERE id = '{ret2}'", "refunded", "ret2"),
        (AGAIN.format("{ret1}"), "refunds_known", "ret1"),
        (AGAIN.format("{ret2}"), "refunds_known", "ret2"),
        ("UPDATE leads SET status = 2 WHERE id = '{lead2}'", "returned", "lead2"),
        ("UPDATE leads SET status = 5 WHERE id = '{lead12}'", "returned", "lead12"),
        ("DELETE FROM events WHERE type = 'return.approved' AND lead_id = '{lead2}'", "evented_feedback", "lead2"),
        ("DELETE FROM events WHERE type = 'return.denied' AND lead_id = '{lead3}'", "evented_feedback", "lead3"),
        ("DELETE FROM events WHERE type = 'return.requested' AND lead_id = '{lead12}'", "evented_feedback", "lead12"),
        ("DELETE FROM events WHERE type = 'lead.disposition' AND lead_id = '{lead10}'", "evented_feedback", "lead10"),
        ("UPDATE rollups SET sales = sales + 1 WHERE campaign_id <> ''", "rolled_up", "2026"),
        ("UPDATE rollups SET conversions = 0 WHERE conversions > 0", "rolled_up", "2026"),
        ("UPDATE rollups SET refund_micros = 0 WHERE campaign_id <> ''", "rolled_up", "2026"),
        ("DELETE FROM leads WHERE id = '{lead9}'", "kept", "lead9"),
        ("DELETE FROM returns WHERE id = '{ret3}'", "kept", "return 3"),
        ("DELETE FROM dispositions", "kept", "dispositions"),
    ],
)
def test_what_is_wrong_with_what_is_new_is_found(place: Place, statement: str, invariant: str, row: str) -> None:
    found = broken(place.damaged(statement.format(**IDS)))
    assert any(IDS.get(row, row).rpartition("_")[2] in one for one in found[invariant]), found


def test_what_was_proved_is_read_again_by_a_whole_run_alone(place: Place) -> None:
    lost = LOST.format(**IDS)
    assert broken(place.damaged(lost)) == {}
    since, place.since = place.since, NOTHING
    try:
        assert list(broken(place.damaged(lost))) == ["evented_sales"]
    finally:
        place.since = since


@pytest.mark.parametrize("engine", ENGINES)
def test_caps_are_counted_on(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    async def two_more(store: Store) -> None:
        await store.open()
        for number in (6, 7):
            await store.settle(sale(number))
        await store.close()

    with empty(engine, request, tmp_path) as place:
        for more in (first, then):
            asyncio.run(more(store_at(place.url)))
        marks = prove(place.url).marks
        asyncio.run(two_more(store_at(place.url)))
        found = broken(prove(place.url, marks).findings)
        assert list(found) == ["caps"]
        assert len(found["caps"]) == 3, "the buyer's month, the campaign's hour and its day"
        assert all("10 leads" in one for one in found["caps"])
        with pytest.raises(StoreError, match="another store"):
            prove(place.url, Marks(store="ff"))


def command(*arguments: str) -> tuple[int, list[str]]:
    """The command's exit status, and the names of what is broken, or its words."""
    done = CliRunner().invoke(app, ["verify", *arguments, "--json"])
    if not done.output.startswith("{"):
        return done.exit_code, [done.output]
    return done.exit_code, [name for name, rows in json.loads(done.output)["checks"].items() if rows]


def test_the_command_keeps_what_it_proved(tmp_path: Path) -> None:
    place, state = File(tmp_path / "exchange.db"), tmp_path / "state.json"
    arguments = ("--store", place.url, "--state", str(state))
    asyncio.run(first(store_at(place.url)))
    assert command(*arguments) == (0, [])
    proved = state.read_text()
    asyncio.run(then(store_at(place.url)))
    with closing(sqlite3.connect(place.path)) as file, file:
        file.execute("UPDATE events SET type = 'lost' WHERE type = 'lead.sold' AND lead_id = ?", (id_of("lead", 10),))
    assert command(*arguments) == (1, ["evented_sales"])
    assert state.read_text() == proved, "it does not go on from what is broken"
    assert command(*arguments) == (1, ["evented_sales"])
    with closing(sqlite3.connect(place.path)) as file, file:
        file.execute("UPDATE events SET type = 'lead.sold' WHERE type = 'lost'")
        file.execute("UPDATE events SET type = 'lost' WHERE type = 'lead.decided' AND lead_id = ?", (id_of("lead", 0),))
    assert command(*arguments) == (0, [])
    assert state.read_text() != proved
    assert command(*arguments, "--full") == (1, ["evented_leads"])
    state.write_text("{")
    code, said = command(*arguments)
    assert (code, "state.json" in said[0]) == (2, True)


async def test_a_store_in_use_is_proved_on_and_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while figures are half added."""
    monkeypatch.setattr(reports, "_SLICE", 1)
    store, marks = SqliteStore(tmp_path / "exchange.db"), NOTHING
    url = f"sqlite:///{tmp_path}/exchange.db"
    await store.open()
    for number in range(6):
        await store.settle(sale(number, price_micros=PRICE + number))
        if number > 1:
            await answers(store, saying(number - 1), returning(number, S.APPROVED if number % 2 else S.REQUESTED))
        leaving = await store._writer.write(store._rollups.begin, number + 1)
        if number != 3:
            await store._writer.write(store._rollups.leave, leaving.start)
        going_on, whole = await asyncio.to_thread(prove, url, marks), await asyncio.to_thread(prove, url)
        assert broken(going_on.findings) == broken(whole.findings) == {}
        assert going_on.marks == whole.marks
        marks = going_on.marks
    await store.close()
    assert broken(prove(url, marks).findings) == {}
