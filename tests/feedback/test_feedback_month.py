"""A month of feedback: the ledger sums to zero, reports equal a naive recomputation, returns refund once."""

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from exchange.domain.lead import LeadStatus
from exchange.domain.lead_return import Resale
from exchange.domain.posting import StatementEntry
from exchange.domain.reasons import Reason
from exchange.domain.report import ReportDimension, ReportQuery
from exchange.store.base import DispositionQuery, ReturnQuery, StatementQuery
from tests.feedback.month import DAY_MS, World
from tests.support.exchange import broken


async def entries(world: World, account: str) -> list[StatementEntry]:
    found: list[StatementEntry] = []
    while page := (
        await world.store.statement(StatementQuery(account, found[-1].sequence if found else 0, 100))
    ).entries:
        found += page
    return found


async def check(world: World) -> None:
    """Holds the store against the log."""
    balances = await world.store.balances()
    assert sum(balances.values()) == 0
    assert {name: micros for name, micros in balances.items() if micros} == {
        name: micros for name, micros in world.accounts().items() if micros
    }
    refunds: Counter[str] = Counter()
    for number in range(2):
        refunds.update(one.transaction_id for one in await entries(world, f"buyer:buy{number}"))
    billed = {one.id for record in world.leads if not record.profile.test for one in record.outcome.sales}
    approved = world.approved()
    for sale_id, one in approved.items():
        assert refunds[one.id] == (sale_id in billed)
    assert sum(count for name, count in refunds.items() if name.startswith("ret_")) == len(approved.keys() & billed)

    query = ReportQuery("2026-01-01", "2026-12-31", (ReportDimension.SOURCE, ReportDimension.CAMPAIGN))
    found = {
        row.keys: {name: count for name, count in msgspec.structs.asdict(row.figures).items() if count}
        for row in await world.store.figures_of(query)
    }
    assert found == {
        keys: {name: count for name, count in one.items() if count} for keys, one in world.figures().items()
    }


async def check_memory(world: World) -> None:
    """What is counted in memory is what the next core would restore."""
    caps, now_ms, zone = world.book.caps, world.now_ms, ZoneInfo("UTC")
    campaigns = sorted(world.book.campaigns)
    days = [now_ms - back * DAY_MS for back in (1, 2, 3)]

    def counted() -> list[tuple[int, int, int, int]]:
        several = [world.book.caps.bought_today(one, zone, at_ms) for one in campaigns for at_ms in days]
        return [(one.leads, one.spend_micros, one.sold_leads, one.sold_micros) for one in several]

    before = counted()
    funds = [caps.funds.balance(f"buy{number}") for number in range(2)]
    await world.store.close()
    await world.start()
    assert counted() == before
    assert [world.book.caps.funds.balance(f"buy{number}") for number in range(2)] == funds


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_month_of_feedback(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path / "exchange.db", seed)
    await world.start()
    for day in range(30):
        await world.day()
        if day in {9, 19, 29}:
            await check(world)
            await check_memory(world)
    # Enough of everything happened for this to mean something.
    assert set(world.refused) >= {Reason.NOT_POSSIBLE_NOW, Reason.WINDOW_CLOSED, Reason.LIMIT_REACHED}
    assert len(world.approved()) > 20
    assert len(world.said) > 100

    returns = await world.store.returns(ReturnQuery(limit=1_000))
    assert {one.id: one for one in returns} == world.returns
    offered = [one.lead_id for one in returns if one.resale == Resale.DONE]
    assert sorted(offered) == sorted(world.offered)
    assert len(set(offered)) == len(offered) > 0
    approved = world.approved()
    for record in world.leads:
        kept = await world.store.lead(record.id)
        assert kept is not None
        back = bool(record.outcome.sales) and all(sale.id in approved for sale in record.outcome.sales)
        assert kept.outcome.status == (LeadStatus.RETURNED if back else record.outcome.status)
    assert len(await world.store.dispositions(DispositionQuery(limit=10_000))) == len(world.said)
    await world.store.close()
    assert broken(f"sqlite:///{world.path}") == {}
