"""Reports and statements over the contract: figures of real auctions, each party's own, and accounts to the cent."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from leadexchange.v1.campaign_pb2 import ReturnPolicy, Targeting
from leadexchange.v1.disposition_pb2 import DISPOSITION_KIND_CONVERTED, DISPOSITION_KIND_NOT_INTERESTED
from leadexchange.v1.ledger_service_pb2 import (
    ADJUSTMENT_KIND_PAYMENT,
    ENTRY_KIND_ADJUSTMENT,
    ENTRY_KIND_REFUND,
    ENTRY_KIND_SALE,
    CreateAdjustmentRequest,
    GetBalanceRequest,
    GetStatementRequest,
    StatementEntry,
)
from leadexchange.v1.report_service_pb2 import (
    REPORT_DIMENSION_BUYER,
    REPORT_DIMENSION_CAMPAIGN,
    REPORT_DIMENSION_DAY,
    REPORT_DIMENSION_SOURCE,
    REPORT_DIMENSION_SUB_SOURCE,
    REPORT_DIMENSION_VERTICAL,
    GetReportRequest,
    GetReportResponse,
    ReportDimension,
)
from tests.rpc.feedback import decide, give_back, say, sold
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, reject, silent
from tests.support.caller import Caller, refused
from tests.support.campaigns import UNIT, one_of, posted, static, stream
from tests.support.exchange import RunningCore

TODAY = datetime.now(UTC).date()


async def report(caller: Caller, *dimensions: ReportDimension, **filters: Any) -> GetReportResponse:
    days = {"from_day": str(TODAY - timedelta(1)), "until_day": str(TODAY + timedelta(1))}
    return await caller.reports.GetReport(GetReportRequest(dimensions=dimensions, **{**days, **filters}))


def table(answer: GetReportResponse, *names: str) -> dict[tuple[str, ...], tuple[int, ...]]:
    assert not answer.truncated
    return {tuple(row.keys): tuple(getattr(row, name) for name in names) for row in answer.rows}


class Scene:
    def __init__(self, running: RunningCore, source: Caller, lender: Caller, rival: Caller) -> None:
        self.running, self.source, self.lender, self.rival = running, source, lender, rival
        self.operator = running.operator


@pytest.fixture
async def scene(running: RunningCore) -> Scene:
    """Lender pays 10 and rival 4 for leads of any state; rival 20 for those of Ohio."""
    source, lender, rival = await running.source(), await running.buyer(), await running.buyer("rival")
    policy = ReturnPolicy(max_share_bps=10_000)
    await running.campaign(static("best", "lender", 10 * UNIT, return_policy=policy))
    await running.campaign(static("second", "rival", 4 * UNIT))
    ohio = Targeting(vertical="mortgage", conditions=[one_of("state", "OH")])
    await running.campaign(static("ohio", "rival", 20 * UNIT, targeting=ohio))
    return Scene(running, source, lender, rival)


async def test_what_auctions_did_is_in_the_figures_at_once(scene: Scene) -> None:
    await sold(scene.source, 3, state="TX")
    await sold(scene.source, 1, state="OH")
    names = ("leads", "sold", "pings", "bids", "bid_micros", "sales", "revenue_micros", "payout_micros")
    whole = (4, 4, 9, 9, (4 * 10 + 4 * 4 + 20) * UNIT, 4, 50 * UNIT, 40 * UNIT)
    assert table(await report(scene.operator), *names) == {(): whole}
    by_campaign = table(await report(scene.operator, REPORT_DIMENSION_CAMPAIGN), *names)
    assert by_campaign == {
        ("best",): (0, 0, 4, 4, 40 * UNIT, 3, 30 * UNIT, 24 * UNIT),
        ("ohio",): (0, 0, 1, 1, 20 * UNIT, 1, 20 * UNIT, 16 * UNIT),
        ("second",): (0, 0, 4, 4, 16 * UNIT, 0, 0, 0),
    }
    keys = await report(scene.operator, REPORT_DIMENSION_BUYER, REPORT_DIMENSION_VERTICAL, REPORT_DIMENSION_SOURCE)
    assert [tuple(row.keys) for row in keys.rows] == [
        ("lender", "mortgage", "ratewise"),
        ("rival", "mortgage", "ratewise"),
    ]
    subs = {f"ratewise/{one['sub_source']}" for one in leads.examples()[:3]}
    assert {row.keys[0] for row in (await report(scene.operator, REPORT_DIMENSION_SUB_SOURCE)).rows} == subs


async def test_posts_and_silence_are_counted(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.buyer("rival")
    await running.campaign(posted("second", "rival", 4 * UNIT, bid_adjustment_bps=10_000))
    await running.campaign(stream("silent", "lender", bid_window_ms=20))
    await running.campaign(posted("picky", "lender", 10 * UNIT))
    async with ScriptedBuyer(lender, on_ping=silent, on_post=reject):
        await source.submission.SubmitLead(leads.request(1))
    names = ("pings", "bids", "timeouts", "posts", "accepted", "rejected", "sales")
    assert table(await report(running.operator, REPORT_DIMENSION_CAMPAIGN), *names) == {
        ("picky",): (1, 1, 0, 1, 0, 1, 0),
        ("second",): (1, 1, 0, 0, 0, 0, 0),
        ("silent",): (1, 0, 1, 0, 0, 0, 0),
    }
    assert table(await report(running.operator), "leads", "sold") == {(): (1, 0)}


async def test_what_became_of_leads_is_counted_on_the_day_on_which_they_came(scene: Scene) -> None:
    lead_ids = await sold(scene.source, 3, state="TX")
    await say(scene.lender, lead_ids[0], DISPOSITION_KIND_NOT_INTERESTED)
    for value in (5, 7):
        await say(scene.lender, lead_ids[0], DISPOSITION_KIND_CONVERTED, value_micros=value * UNIT)
    asked = await give_back(scene.lender, lead_ids[1])
    await decide(scene.operator, asked.id, approve=True)
    denied = await give_back(scene.lender, lead_ids[2])
    await decide(scene.operator, denied.id, approve=False)
    names = ("contacted", "conversions", "conversion_micros", "returns", "refund_micros", "sales", "revenue_micros")
    expected = {("lender",): (1, 1, 7 * UNIT, 1, 10 * UNIT, 3, 30 * UNIT), ("rival",): (0,) * 7}
    assert table(await report(scene.operator, REPORT_DIMENSION_BUYER), *names) == expected
    assert set(table(await report(scene.operator, REPORT_DIMENSION_DAY))) == {(str(TODAY),)}
    yesterday = str(TODAY - timedelta(1))
    assert not (await report(scene.operator, from_day=yesterday, until_day=yesterday)).rows


async def test_test_leads_are_left_out(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("for-tests", "lender", test=True))
    request = leads.request(1)
    request.profile.test = True
    await source.submission.SubmitLead(request)
    assert not (await report(running.operator)).rows


async def test_each_party_sees_its_own(scene: Scene) -> None:
    other = await scene.running.source("other")
    await sold(scene.source, 2, state="TX")
    await sold(other, 1, state="OH")
    money = ("leads", "bid_micros", "revenue_micros", "payout_micros", "refund_micros")
    assert table(await report(scene.source, REPORT_DIMENSION_SOURCE), *money) == {
        ("ratewise",): (2, 0, 0, 16 * UNIT, 0)
    }
    assert table(await report(other), "leads", "payout_micros") == {(): (1, 16 * UNIT)}
    of_buyer = table(await report(scene.lender, REPORT_DIMENSION_CAMPAIGN), *money)
    assert of_buyer == {("best",): (0, 30 * UNIT, 20 * UNIT, 0, 0)}
    assert set(table(await report(scene.lender, REPORT_DIMENSION_SOURCE))) == {("ratewise",), ("other",)}
    for call in (
        report(scene.source, REPORT_DIMENSION_CAMPAIGN),
        report(scene.source, buyer_id="lender"),
        report(scene.source, source_id="other"),
        report(scene.lender, buyer_id="rival"),
    ):
        assert (await refused(call)).code == grpc.StatusCode.PERMISSION_DENIED
    assert not (await report(scene.lender, campaign_id="ohio")).rows


async def test_what_cannot_be_asked_is_refused_by_field(scene: Scene) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"from_day": "yesterday"}, "from_day"),
        ({"until_day": str(TODAY - timedelta(2))}, "until_day"),
        ({"until_day": str(TODAY + timedelta(366))}, "until_day"),
    ]
    for filters, field in wrong:
        assert set((await refused(report(scene.operator, **filters))).fields) == {field}
    twice = report(scene.operator, REPORT_DIMENSION_DAY, REPORT_DIMENSION_DAY)
    assert set((await refused(twice)).fields) == {"dimensions"}


async def test_figures_outlive_a_restart(scene: Scene) -> None:
    await sold(scene.source, 3)
    before = await report(scene.operator, REPORT_DIMENSION_CAMPAIGN)
    await scene.running.restart()
    assert await report(scene.running.operator, REPORT_DIMENSION_CAMPAIGN) == before


async def statement(caller: Caller, page_size: int = 50, **fields: Any) -> tuple[int, list[StatementEntry]]:
    """All pages: what the account stood at first, and the entries."""
    found: list[StatementEntry] = []
    first = None
    token = ""
    while True:
        request = GetStatementRequest(page_size=page_size, page_token=token, **fields)
        page = await caller.ledger.GetStatement(request)
        opening = page.opening_micros
        first = opening if first is None else first
        for entry in page.entries:
            opening += entry.amount_micros
            assert entry.balance_micros == opening
        found += page.entries
        token = page.next_page_token
        if not token:
            return first, found


async def test_a_statement_has_sales_refunds_and_adjustments(scene: Scene) -> None:
    pay = CreateAdjustmentRequest(
        request_id="p1", party_id="lender", kind=ADJUSTMENT_KIND_PAYMENT, amount_micros=100 * UNIT, note="by wire"
    )
    paid = await scene.operator.ledger.CreateAdjustment(pay)
    one, two = await sold(scene.source, 2, state="TX")
    asked = await give_back(scene.lender, one)
    await decide(scene.operator, asked.id, approve=True)
    opening, entries = await statement(scene.lender, page_size=1)
    assert opening == 0
    assert [(one.kind, one.amount_micros, one.balance_micros, one.lead_id, one.note) for one in entries] == [
        (ENTRY_KIND_ADJUSTMENT, 100 * UNIT, 100 * UNIT, "", "by wire"),
        (ENTRY_KIND_SALE, -10 * UNIT, 90 * UNIT, one, ""),
        (ENTRY_KIND_SALE, -10 * UNIT, 80 * UNIT, two, ""),
        (ENTRY_KIND_REFUND, 10 * UNIT, 90 * UNIT, one, ""),
    ]
    assert (entries[0].transaction_id, entries[3].transaction_id) == (paid.transaction_id, asked.id)
    _, of_source = await statement(scene.source)
    assert [one.amount_micros for one in of_source] == [8 * UNIT, 8 * UNIT, -8 * UNIT]
    _, own = await statement(scene.operator, party_id="exchange")
    assert [one.balance_micros for one in own] == [2 * UNIT, 4 * UNIT, 2 * UNIT]
    later = Timestamp(seconds=entries[3].booked_at.seconds + 60)
    assert await statement(scene.lender, booked_from=later) == (90 * UNIT, [])
    opening, some = await statement(scene.lender, booked_from=entries[1].booked_at, booked_until=entries[3].booked_at)
    assert (opening, some) == (100 * UNIT, entries[1:3])


async def test_each_party_reads_its_own_account(scene: Scene) -> None:
    for call in (
        statement(scene.lender, party_id="rival"),
        statement(scene.source, party_id="lender"),
        statement(scene.lender, party_id="exchange"),
    ):
        assert (await refused(call)).code == grpc.StatusCode.PERMISSION_DENIED
    assert (await refused(statement(scene.operator, party_id="nobody"))).reason == "NOT_FOUND"
    assert set((await refused(statement(scene.operator))).fields) == {"party_id"}


async def test_a_statement_is_exact_while_others_book(scene: Scene) -> None:
    """Pages that are read while leads are sold and paid for hold each entry once, and add up."""
    booking = True

    async def sell(first: int) -> None:
        for number in range(first, 40, 4):
            await scene.source.submission.SubmitLead(leads.request(number, state="TX"))

    async def pay() -> None:
        for number in range(20):
            request = CreateAdjustmentRequest(
                request_id=f"p{number}", party_id="lender", kind=ADJUSTMENT_KIND_PAYMENT, amount_micros=3 * UNIT
            )
            await scene.operator.ledger.CreateAdjustment(request)

    async def read() -> list[StatementEntry]:
        found: list[StatementEntry] = []
        while True:
            last = not booking
            _, found = await statement(scene.lender, page_size=7)
            assert len({one.transaction_id for one in found}) == len(found)
            if last:
                return found

    reading = asyncio.create_task(read())
    await asyncio.gather(pay(), *map(sell, range(4)))
    booking = False
    entries = await reading
    assert len(entries) == 60
    balance = await scene.lender.ledger.GetBalance(GetBalanceRequest())
    assert entries[-1].balance_micros == balance.balance_micros == -(40 * 10 - 20 * 3) * UNIT
    balances = await scene.running.core.store.balances()
    assert sum(balances.values()) == 0
