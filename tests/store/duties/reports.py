"""Reports count everything that was durable when they were asked for, once."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec
import pytest

from exchange.domain.auction import Consideration, LeadRecord, PostAttempt, Trace
from exchange.domain.reasons import Reason
from exchange.domain.report import Figures, ReportDimension, ReportQuery, ReportRow
from exchange.store.base import Store
from tests.store.duties.base import Duties, outcomes, reopened
from tests.store.engines import store_at
from tests.store.values import BORN_MS, pending, sale, settlement, sold, unsold

D = ReportDimension
DAY_MS = 86_400_000
ENDS = [Reason.BID] * 4 + [Reason.NO_BID, Reason.BID_TIMEOUT, Reason.BID_LATE, Reason.CAP_REACHED]
POSTS = [Reason.ACCEPTED, Reason.REJECTED, Reason.REJECTED_PRICE, Reason.POST_TIMEOUT, Reason.POST_NOT_SENT]
ALL = ReportQuery("2026-01-01", "2026-12-31")


def lead(number: int, chance: random.Random) -> LeadRecord:
    """A lead of one of two sources, bid on by some of nine campaigns of three buyers, and sold or not."""
    asked = [f"camp-of-buy{one}" for one in chance.sample(range(9), chance.randint(0, 5))]
    considerations = [
        Consideration(one, one.removeprefix("camp-of-"), end, chance.randint(1, 9) if end == Reason.BID else 0)
        for one in asked
        for end in (chance.choice(ENDS),)
    ]
    bidders = [one for one in considerations if one.ping == Reason.BID]
    posts = [PostAttempt(f"p{number}", one.campaign_id, 5, chance.choice(POSTS)) for one in bidders[:2]]
    record = pending(
        number,
        source_id=f"src{number % 2}",
        vertical=chance.choice(["mortgage", "home_services"]),
        sub_source=chance.choice(["", "web"]),
        submitted_ms=BORN_MS + chance.randint(0, 2) * DAY_MS,
    )
    record = msgspec.structs.replace(record, trace=Trace(considerations=considerations, posts=posts))
    if bidders and chance.random() < 0.7:
        return sold(record, bidders[0].buyer_id, chance.randint(1, 99) * 1_000_000)
    return unsold(record)


def day_of(record: LeadRecord) -> str:
    days = ("2026-05-28", "2026-05-29", "2026-05-30")
    return days[(record.submitted_ms - BORN_MS) // DAY_MS]


def naively(records: Sequence[LeadRecord], query: ReportQuery) -> list[ReportRow]:
    """The report, worked out lead by lead from nothing but the records."""
    sums: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for record in records:
        profile, buyers = record.profile, {}
        if profile.test:
            continue
        cells: defaultdict[str, Counter[str]] = defaultdict(Counter)
        cells[""].update(leads=1, sold=bool(record.outcome.sales))
        for one in record.trace.considerations:
            if one.ping != Reason.CAP_REACHED:
                buyers[one.campaign_id] = one.buyer_id
                late = one.ping in {Reason.BID_TIMEOUT, Reason.BID_LATE}
                cells[one.campaign_id].update(pings=1, bids=one.ping == Reason.BID, timeouts=late)
                cells[one.campaign_id].update(bid_micros=one.price_micros)
        for post in record.trace.posts:
            cells[post.campaign_id].update(
                posts=post.result != Reason.POST_NOT_SENT,
                accepted=post.result == Reason.ACCEPTED,
                rejected=post.result in {Reason.REJECTED, Reason.REJECTED_PRICE},
            )
        for bought in record.outcome.sales:
            cells[bought.campaign_id].update(
                sales=1, revenue_micros=bought.price_micros, payout_micros=bought.payout_micros
            )
        for campaign_id, figures in cells.items():
            about = {
                D.DAY: day_of(record),
                D.VERTICAL: profile.vertical,
                D.SOURCE: profile.source_id,
                D.SUB_SOURCE: "/".join(filter(None, (profile.source_id, profile.sub_source))),
                D.CAMPAIGN: campaign_id,
                D.BUYER: buyers.get(campaign_id, ""),
            }
            wanted = (
                query.from_day <= about[D.DAY] <= query.until_day
                and query.vertical in {"", about[D.VERTICAL]}
                and query.source_id in {"", about[D.SOURCE]}
                and query.campaign_id in {"", campaign_id}
                and query.buyer_id in {"", about[D.BUYER]}
                and (campaign_id or not query.of_campaigns)
            )
            if wanted:
                sums[tuple(about[one] for one in query.dimensions)].update(figures)
    return [ReportRow(keys, Figures(**sums[keys])) for keys in sorted(sums) if any(sums[keys].values())]


QUERIES = [
    ALL,
    *(msgspec.structs.replace(ALL, dimensions=(one,)) for one in D),
    msgspec.structs.replace(ALL, dimensions=(D.BUYER, D.DAY, D.SUB_SOURCE)),
    msgspec.structs.replace(ALL, dimensions=(D.DAY, D.SOURCE, D.VERTICAL)),
    ReportQuery("2026-05-29", "2026-05-29", (D.SOURCE,)),
    ReportQuery("2026-05-29", "2026-05-30", (D.DAY,), vertical="mortgage"),
    msgspec.structs.replace(ALL, dimensions=(D.DAY,), campaign_id="camp-of-buy4"),
    msgspec.structs.replace(ALL, dimensions=(D.SOURCE,), buyer_id="buy2"),
    msgspec.structs.replace(ALL, dimensions=(D.CAMPAIGN,), source_id="src1"),
    ReportQuery("2025-01-01", "2025-12-31"),
]


class Reports(Duties):
    """Reports count everything that was durable when they were asked for, once."""

    async def _settled(self, store: Store, count: int, seed: int = 1) -> list[LeadRecord]:
        chance = random.Random(seed)
        records = [lead(number, chance) for number in range(count)]
        await asyncio.gather(*(store.settle(settlement(one)) for one in records))
        return records

    async def test_a_report_is_what_leads_come_to(self, store: Store) -> None:
        records = await self._settled(store, 150)
        for query in QUERIES:
            assert await store.figures_of(query) == naively(records, query)

    @pytest.mark.parametrize("limit", [1, 4])
    async def test_so_many_rows_and_no_more(self, store: Store, limit: int) -> None:
        records = await self._settled(store, 40)
        query = msgspec.structs.replace(ALL, dimensions=(D.CAMPAIGN,), limit=limit)
        assert await store.figures_of(query) == naively(records, query)[:limit]

    async def test_a_lead_counts_as_soon_as_it_is_durable(self, store: Store) -> None:
        chance = random.Random(2)
        records: list[LeadRecord] = []
        for number in range(25):
            records.append(lead(number, chance))
            await store.settle(settlement(records[-1]))
            assert await store.figures_of(ALL) == naively(records, ALL)

    async def test_a_lead_that_was_open_counts_when_it_is_decided(self, store: Store) -> None:
        await store.open_lead(pending(1))
        assert await store.figures_of(ALL) == []
        await store.settle(settlement(sold(pending(1)), opened=True))
        (row,) = await store.figures_of(ALL)
        assert (row.figures.leads, row.figures.sold, row.figures.sales) == (1, 1, 1)

    async def test_test_leads_count_nowhere(self, store: Store) -> None:
        test = msgspec.structs.replace(settlement(sold(pending(1, test=True))), postings=())
        await store.settle(test)
        assert await store.figures_of(ALL) == []

    async def test_what_was_not_kept_does_not_count(self, store: Store) -> None:
        """Groups that fail whole, and are tried again one by one."""
        done = await outcomes(*(store.settle(sale(number % 40, f"r{number % 40}")) for number in range(120)))
        assert done.count(None) == 40
        (row,) = await store.figures_of(ALL)
        assert (row.figures.leads, row.figures.sales) == (40, 40)

    async def test_reports_and_settlements_do_not_disturb_each_other(self, store: Store) -> None:
        chance = random.Random(3)
        records = [lead(number, chance) for number in range(300)]
        settling = True

        async def settle(first: int) -> None:
            for record in records[first::6]:
                await store.settle(settlement(record))

        async def watch() -> None:
            seen = 0
            while settling:
                (row,) = await store.figures_of(ALL) or [ReportRow((), Figures())]
                assert row.figures.leads >= seen
                seen = row.figures.leads

        watching = [asyncio.create_task(watch()) for _ in range(3)]
        watching[0].cancel()  # in the middle of one
        await asyncio.gather(*map(settle, range(6)))
        settling = False
        await asyncio.gather(*watching, return_exceptions=True)
        assert await store.figures_of(ALL) == naively(records, ALL)

    async def test_a_report_may_be_given_up_at_any_time(self, store: Store) -> None:
        records: list[LeadRecord] = []
        chance = random.Random(4)
        for number in range(60):
            records.append(lead(number, chance))
            await store.settle(settlement(records[-1]))
            report = asyncio.create_task(store.figures_of(ALL))
            for _ in range(number % 6):
                await asyncio.sleep(0.0005)
            report.cancel()
        assert await store.figures_of(ALL) == naively(records, ALL)

    async def test_figures_are_there_after_a_restart(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        records = await self._settled(store, 60)
        before = await store.figures_of(QUERIES[5])
        more = [lead(number, random.Random(number)) for number in range(60, 90)]
        for record in more:
            await store.settle(settlement(record))
        store = await reopened(store, url)
        assert before == naively(records, QUERIES[5])
        assert await store.figures_of(QUERIES[5]) == naively(records + more, QUERIES[5])
        await store.close()
