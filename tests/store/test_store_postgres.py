"""The engine for PostgreSQL is held to the duties of every store, and to some of its own."""

import asyncio
import signal
from pathlib import Path

import asyncpg
import msgspec
import pytest
from typer.testing import CliRunner

from exchange.app import replay as replaying
from exchange.app.cli import app
from exchange.app.explain import explain
from exchange.domain.auction import LeadRecord
from exchange.domain.errors import StoreError
from exchange.domain.lead import LeadStatus
from exchange.store.base import LeadQuery
from exchange.store.postgres.engine import PostgresStore
from exchange.store.postgres.migrate import Step, migrate, steps
from leadexchange.v1.api_key_pb2 import ROLE_SOURCE
from tests.store.conformance import Conformance
from tests.store.values import id_of, pending, sale, settlement, sold
from tests.support import leads, postgres
from tests.support.campaigns import static
from tests.support.exchange import RunningCore, broken
from tests.support.waiting import eventually


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


class TestPostgres(Conformance):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restart", "crash"])
async def test_a_restart_of_the_database_loses_nothing_and_doubles_nothing(how: signal.Signals) -> None:
    """Writers go on through it: what was under way is kept once, whether or not its answer came through."""
    postgres.require()
    with postgres.own_server() as own, own.database() as place:
        store = PostgresStore(place)
        await store.open()
        kept: list[int] = []
        working = True

        async def work(first: int) -> None:
            number = first
            while working:
                if number % 3:
                    await store.settle(sale(number, f"r{number}"))
                else:
                    await store.open_lead(pending(number, f"r{number}"))
                    await store.settle(settlement(sold(pending(number, f"r{number}")), opened=True))
                kept.append(number)
                number += 12

        writers = [asyncio.create_task(work(first)) for first in range(12)]
        for _ in range(3):
            before = len(kept)
            await eventually(lambda: len(kept) >= before + 60)  # noqa: B023 - awaited here
            await asyncio.to_thread(own.restart, how)
        working = False
        await asyncio.gather(*writers)  # none was refused: they waited
        found = await store.leads_by_id([id_of("lead", number) for number in kept])
        assert len(found) == len(set(kept)) == len(kept)
        assert {one.outcome.status for one in found.values()} == {LeadStatus.SOLD}
        assert isinstance(await store.find_request("src1", f"r{kept[-1]}"), LeadRecord)
        await store.close()
        assert broken(place) == {}


@pytest.mark.parametrize("statement", ["COMMIT", "UPDATE writers"])
async def test_a_commit_whose_answer_is_lost_is_made_once(
    url: str, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks right after the server was told, or before anything was written."""
    store = PostgresStore(url)
    await store.open()
    execute = asyncpg.Connection.execute
    broken_off: list[str] = []

    async def breaks(self: "asyncpg.Connection[asyncpg.Record]", said: str, *rest: object, **more: float) -> str:
        answer = await execute(self, said, *rest, **more)
        if statement in said and not broken_off:
            broken_off.append(said)
            self.terminate()
            raise ConnectionResetError
        return answer

    monkeypatch.setattr(asyncpg.Connection, "execute", breaks)
    await asyncio.gather(*(store.settle(sale(number, f"r{number}")) for number in range(20)))
    assert broken_off
    page = await store.leads(LeadQuery())
    assert len(page.records) == 20
    await store.close()
    assert broken(url) == {}


async def test_a_store_of_a_later_version_is_refused(url: str) -> None:
    store = PostgresStore(url)
    await store.open()
    await store.close()
    connection = await asyncpg.connect(url)
    await connection.execute("INSERT INTO migrations (name, number) VALUES ('9999_later.post.sql', 9999)")
    with pytest.raises(StoreError, match="later version"):
        await PostgresStore(url).open()
    # One that only added something serves both.
    await connection.execute("UPDATE migrations SET name = '9999_later.pre.sql' WHERE number = 9999")
    await connection.close()
    await store.open()
    await store.close()


async def test_what_old_processes_need_stays_until_they_are_gone(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = PostgresStore(url)
    await old.open()
    known = [
        *steps(),
        Step(9000, "9000_more.pre.sql", False, "ALTER TABLE settings ADD COLUMN more text"),
        Step(9000, "9000_more.post.sql", True, "ALTER TABLE settings DROP COLUMN more"),
    ]
    connection = await asyncpg.connect(url)

    async def columns() -> int:
        return len(await connection.fetch("SELECT 1 FROM pg_attribute WHERE attname = 'more' AND NOT attisdropped"))

    # Several at once: each step runs once.
    others = [await asyncpg.connect(url) for _ in range(3)]
    await asyncio.gather(*(migrate(other, known) for other in others))
    assert await columns() == 1
    await old.save_setting("one", b"1")
    await old.close()
    await migrate(connection, known)
    assert await columns() == 0
    for one in (*others, connection):
        await one.close()


async def test_what_postgresql_has_no_text_for_is_kept_all_the_same(url: str) -> None:
    """A NUL from a buyer's system must not cost the sale; to look for one finds nothing."""
    store = PostgresStore(url)
    await store.open()
    assert await store.lead("lead_\0") is None
    assert await store.leads_by_id([id_of("lead", 1), "\0"]) == {}
    assert await store.find_request("src1", "\0") is None
    for number, opened in ((1, False), (2, True)):
        record = sold(pending(number))
        if opened:
            await store.open_lead(pending(number))
        (one,) = record.outcome.sales
        bought = msgspec.structs.replace(one, reference="a\0b")
        outcome = msgspec.structs.replace(record.outcome, sales=(bought,), redirect_url="https://x/\0")
        await store.settle(settlement(msgspec.structs.replace(record, outcome=outcome), opened=opened))
        kept = await store.lead(record.id)
        assert kept is not None
        assert (kept.outcome.sales[0].reference, kept.outcome.redirect_url) == ("a\ufffdb", "https://x/\ufffd")
    await store.close()
    assert broken(url) == {}


async def test_no_error_holds_the_password(postgres_server: postgres.Server, url: str) -> None:
    elsewhere = "postgresql://exchange:hush-hush@127.0.0.1:1/exchange"
    missing = f"postgresql://exchange:hush-hush@/nothing?host={postgres_server.folder}"
    malformed = "postgresql://exchange:hush-hush@host:hush-hush/x"
    for place in (elsewhere, missing, malformed):
        with pytest.raises(StoreError) as caught:
            await PostgresStore(place).open()
        assert "hush" not in f"{caught.value!r}{caught.value.__cause__}"
        done = await asyncio.to_thread(CliRunner().invoke, app, ["verify", "--store", place])
        assert done.exit_code == 2
        assert "hush" not in done.output


async def test_a_core_runs_on_it(url: str, tmp_path: Path) -> None:
    """From the submission to what is told of it afterwards, over a restart."""
    core = RunningCore(tmp_path, EXCHANGE_STORE_URL=url)
    core.url = url
    async with core:
        source = await core.source()
        await core.buyer()
        await core.campaign(static("all", "lender"))
        await core.endpoint("lender", "http://127.0.0.1:9/hook")
        done = [await source.submission.SubmitLead(leads.request(number, f"r{number}")) for number in range(20)]
        await core.restart()
        again = core.caller(await core.key(ROLE_SOURCE, "ratewise"))
        repeated = await again.submission.SubmitLead(leads.request(3, "r3"))
        assert (repeated.outcome.lead_id, repeated.outcome.repeated) == (done[3].outcome.lead_id, True)
    explained = explain(url, done[0].outcome.auction_id)
    assert explained.record.id == done[0].outcome.lead_id
    assert [one.campaign_id for one in explained.record.trace.considerations] == ["all"]
    report = replaying.replay(url, replaying.Changes())
    assert report.leads == report.identical == 20
    told = await asyncio.to_thread(CliRunner().invoke, app, ["verify", "--store", url, "--json"])
    assert msgspec.json.decode(told.output)["verify"] == "pass"
    connection = await asyncpg.connect(url)
    await connection.execute("DELETE FROM events WHERE type = 'lead.sold' AND lead_id = $1", done[0].outcome.lead_id)
    await connection.execute("UPDATE rollup_state SET counted = (SELECT max(seq) FROM leads)")
    await connection.close()
    offending = broken(url)
    assert list(offending) == ["evented_sales", "delivered", "rolled_up"]
    assert done[0].outcome.lead_id in offending["evented_sales"][0]
