"""`exchange migrate`: an exchange goes on in PostgreSQL where it left off in its file."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
from google.protobuf.message import Message
from typer.testing import CliRunner

from exchange.app.cli import app
from exchange.domain.ids import auction_of
from exchange.domain.lead import LeadStatus
from exchange.domain.lead_return import ReturnState
from exchange.store.base import LeadQuery
from exchange.store.postgres.engine import PostgresStore
from exchange.store.sqlite.engine import SqliteStore
from exchange.store.sqlite.transfer import Export
from leadexchange.v1.disposition_pb2 import DISPOSITION_KIND_CONVERTED
from leadexchange.v1.feedback_service_pb2 import ListDispositionsRequest, ListReturnsRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD, Contact
from leadexchange.v1.lead_service_pb2 import AcknowledgeLeadsRequest, GetAuctionRequest, ListLeadsRequest
from leadexchange.v1.ledger_service_pb2 import (
    ADJUSTMENT_KIND_PAYMENT,
    CreateAdjustmentRequest,
    GetBalanceRequest,
    GetStatementRequest,
)
from leadexchange.v1.outbox_service_pb2 import ListDeliveriesRequest
from leadexchange.v1.report_service_pb2 import REPORT_DIMENSION_CAMPAIGN, GetReportRequest
from leadexchange.v1.submission_service_pb2 import PingLeadRequest, PostLeadRequest
from leadexchange.v1.suppression_service_pb2 import AddSuppressionsRequest
from tests.rpc.feedback import Scene, decide, give_back, market, say
from tests.store.duties.feedback import answers, returning
from tests.store.values import id_of, offer, pending, sale
from tests.support import leads
from tests.support.campaigns import UNIT
from tests.support.exchange import RunningCore, broken

SAME = Contact(phone="512-555-0169")


def migrate(path: Path, target: str) -> tuple[int, dict[str, Any]]:
    """The command: its exit status, and what it answers in JSON, or its words."""
    done = CliRunner().invoke(app, ["migrate", f"sqlite:///{path}", target, "--json"])
    return done.exit_code, json.loads(done.output) if done.output.startswith("{") else {"said": done.output}


async def _lived(scene: Scene) -> dict[str, str]:
    """A day of an exchange: ids of what came of it."""
    running, source, lender = scene.running, scene.source, scene.lender
    await running.endpoint("lender", "http://127.0.0.1:9/hook")
    sold = [(await source.submission.SubmitLead(leads.request(one, f"form-{one}"))).outcome for one in range(6)]
    assert {one.status for one in sold} == {LEAD_STATUS_SOLD}
    test = leads.request(6, "a-test")
    test.profile.test = True
    assert (await source.submission.SubmitLead(test)).outcome.status == LEAD_STATUS_UNSOLD
    used, open_ = [await source.submission.PingLead(PingLeadRequest(profile=leads.profile(one))) for one in (7, 8)]
    post = PostLeadRequest(ping_id=used.ping_id, contact=SAME)
    assert (await source.submission.PostLead(post)).outcome.status == LEAD_STATUS_SOLD
    await say(lender, sold[0].lead_id, DISPOSITION_KIND_CONVERTED)
    returned, asked = [await give_back(lender, sold[number].lead_id) for number in (1, 2)]
    await decide(scene.operator, returned.id, approve=True)
    await lender.leads.AcknowledgeLeads(AcknowledgeLeadsRequest(lead_ids=[sold[3].lead_id]))
    payment = CreateAdjustmentRequest(
        request_id="wire-1", party_id="lender", kind=ADJUSTMENT_KIND_PAYMENT, amount_micros=70 * UNIT
    )
    await scene.operator.ledger.CreateAdjustment(payment)
    await lender.suppressions.AddSuppressions(AddSuppressionsRequest(emails=["no@example.com"]))
    return {"used": used.ping_id, "open": open_.ping_id, "asked": asked.id, "first": sold[0].lead_id}


async def _seen(scene: Scene, ids: dict[str, str]) -> dict[str, Message]:
    """What everybody sees of it."""
    source, lender, operator = scene.source, scene.lender, scene.operator
    today = GetReportRequest(from_day="2026-01-01", until_day="2026-12-31", dimensions=[REPORT_DIMENSION_CAMPAIGN])
    found: dict[str, Message] = {
        f"{name} {who}": await call
        for who, caller in (("source", source), ("lender", lender), ("operator", operator))
        for name, call in (
            ("leads", caller.leads.ListLeads(ListLeadsRequest(page_size=500))),
            ("deliveries", caller.outbox.ListDeliveries(ListDeliveriesRequest(page_size=500))),
            ("dispositions", caller.feedback.ListDispositions(ListDispositionsRequest())),
            ("returns", caller.feedback.ListReturns(ListReturnsRequest())),
        )
    }
    found["report"] = await operator.reports.GetReport(today)
    for party_id in ("lender", "ratewise", "exchange"):
        found[f"balance {party_id}"] = await operator.ledger.GetBalance(GetBalanceRequest(party_id=party_id))
        found[f"statement {party_id}"] = await operator.ledger.GetStatement(GetStatementRequest(party_id=party_id))
    found["auction"] = await operator.leads.GetAuction(GetAuctionRequest(auction_id=auction_of(ids["first"])))
    return found


async def test_an_exchange_goes_on_where_it_left_off(tmp_path: Path, postgres_url: str) -> None:
    async with RunningCore(tmp_path) as before:
        scene = await market(before)
        ids = await _lived(scene)
        seen = await _seen(scene, ids)
        first = await scene.source.submission.SubmitLead(leads.request(0, "form-0"))

    code, facts = await asyncio.to_thread(migrate, before.path, postgres_url)
    assert (code, facts.get("kept"), facts.get("broken"), facts.get("differing")) == (0, True, {}, []), facts
    assert facts["tables"]["leads"] == [8, 8]
    assert facts["tables"]["events"][0] > 16
    assert all(there == here for there, here in facts["tables"].values())
    assert broken(postgres_url) == {}

    after = RunningCore(tmp_path, EXCHANGE_STORE_URL=postgres_url)  # beside the same master key
    after.url = postgres_url
    async with after:
        source, lender = after.caller(scene.source.key), after.caller(scene.lender.key)
        assert scene.operator.key is not None
        later = Scene(after, source, lender)
        later.operator = after.caller(scene.operator.key)
        now = await _seen(later, ids)
        assert now == seen
        again = await source.submission.SubmitLead(leads.request(0, "form-0"))
        assert again == first
        assert again.outcome.repeated
        contact = Contact(phone="512-555-0170")
        taken_up = await source.submission.PostLead(PostLeadRequest(ping_id=ids["open"], contact=contact))
        assert taken_up.outcome.status == LEAD_STATUS_SOLD
        used = await source.submission.PostLead(PostLeadRequest(ping_id=ids["used"], contact=SAME))
        assert used.outcome.repeated
        fresh = await source.submission.SubmitLead(leads.request(9, "form-9"))
        assert fresh.outcome.status == LEAD_STATUS_SOLD
        await decide(later.operator, ids["asked"], approve=True)
        listed = (await source.leads.ListLeads(ListLeadsRequest(page_size=500))).leads
        assert [one.id for one in listed][-2:] == [taken_up.outcome.lead_id, fresh.outcome.lead_id]


async def _half_done(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    for number in range(3):
        await store.settle(sale(number, f"form-{number}"))
    await answers(store, returning(2, ReturnState.REQUESTED))
    await store.save_offer(offer(5, "ping-5"))
    await store.open_lead(pending(7, "form-7"))
    await store.close()
    with closing(sqlite3.connect(path)) as file, file:
        # As a core that was killed leaves it: of the cells that three leads come to, the first alone is in the store.
        assert file.execute("DELETE FROM rollups WHERE campaign_id <> ''").rowcount == 1
        file.execute("UPDATE rollup_state SET counted = 0, target = 3, done = 1")
        file.execute("UPDATE sales SET reference = 'a' || char(0) || 'b' WHERE seq = 1")


async def test_what_was_half_done_is_taken_over(tmp_path: Path, postgres_url: str) -> None:
    """A pending lead, a return that waits, an open offer, and figures that were not added yet."""
    path = tmp_path / "exchange.db"
    await _half_done(path)
    code, facts = await asyncio.to_thread(migrate, path, postgres_url)
    assert (code, facts.get("broken")) == (0, {}), facts
    store = PostgresStore(postgres_url)
    await store.open()
    (inherited,) = (await store.keep_place()).inherited
    assert (inherited.id, inherited.outcome.status) == (id_of("lead", 7), LeadStatus.PENDING)
    await store.settle(sale(8))
    newest, *_ = (await store.leads(LeadQuery(limit=500))).records[::-1]
    assert (newest.id, newest.sequence) == (id_of("lead", 8), 5)
    assert (await store.offer(offer(5).auction_id)) == offer(5, "ping-5")
    await store.close()
    assert broken(postgres_url) == {}


async def test_all_or_nothing(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "exchange.db"
    await _half_done(path)
    with closing(sqlite3.connect(path)) as file, file:
        assert file.execute("DELETE FROM events WHERE type = 'lead.sold'").rowcount == 3
    code, facts = await asyncio.to_thread(migrate, path, postgres_url)
    assert (code, facts["kept"], list(facts["broken"])) == (1, False, ["evented_sales"])
    assert await _rows(postgres_url, "SELECT (SELECT count(*) FROM leads) + (SELECT count(*) FROM settings)") == [(0,)]
    with closing(sqlite3.connect(path)) as file, file:
        for lead_id in (id_of("lead", number) for number in range(3)):
            row = "SELECT NULL, id || 's', 'lead.sold', owner_id, lead_id, 'camp-of-buy1', occurred_ms, data, '', ''"
            file.execute(f"INSERT INTO events {row} FROM events WHERE lead_id = ?", (lead_id,))
    assert (await asyncio.to_thread(migrate, path, postgres_url))[0] == 0, "a target that stayed empty may be used"


async def test_what_cannot_be_moved_is_refused(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "exchange.db"

    async def refused(source: Path = path, target: str = postgres_url) -> str:
        code, facts = await asyncio.to_thread(migrate, source, target)
        assert code == 2, facts
        return str(facts["said"])

    assert "does not exist" in await refused()
    assert not path.exists()
    store = SqliteStore(path)
    await store.open()
    assert "another core" in await refused()
    await store.close()
    assert "expected sqlite" in await refused(target=f"sqlite:///{path}")
    there = PostgresStore(postgres_url)
    await there.open()
    assert "a core has the database open" in await refused()
    await there.save_setting("master_key_proof", b"another")
    await there.close()
    assert "not empty" in await refused()


def test_every_column_has_its_place(tmp_path: Path, postgres_url: str) -> None:
    """What this engine keeps, the other keeps too: a migration that adds to one must add to both."""

    async def opened(store: SqliteStore | PostgresStore) -> None:
        await store.open()
        await store.close()

    asyncio.run(opened(SqliteStore(tmp_path / "exchange.db")))
    asyncio.run(opened(PostgresStore(postgres_url)))
    columns = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    there = set(asyncio.run(_rows(postgres_url, columns)))
    with closing(sqlite3.connect(tmp_path / "exchange.db")) as file:
        held = Export(file)
        here = {(table, column) for table in held.tables() for column in held.columns(table)}
    assert here <= there
    assert {f"{table}.{column}" for table, column in there - here if table in held.tables()} == {
        "leads.core_id",
        "endpoint_healths.place",
    }


async def _rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()
