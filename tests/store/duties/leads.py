"""Leads, offers and requests are found again, one by one and by pages."""

import asyncio

import msgspec
import pytest

from exchange.domain.auction import LeadRecord, PostAttempt, Trace
from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason
from exchange.store.base import Conflict, LeadQuery, Spent, Store
from tests.store.duties.base import Duties, decided
from tests.store.values import BORN_MS, PRICE, id_of, offer, pending, sale, settlement, sold, unsold

QUARTER_MS = 900_000


class Leads(Duties):
    """Leads, offers and requests are found again, one by one and by pages."""

    async def test_a_request_is_found_with_what_it_led_to(self, store: Store) -> None:
        one, two, made = sold(pending(1, "r1")), pending(2, "r2"), offer(3, "r3")
        await store.settle(settlement(one))
        await store.open_lead(two)
        await store.save_offer(made)
        names = ["r1", "r2", "r3", "r4", "", "r'1", 'r"1', "r%", "ŕ1"]
        found = await asyncio.gather(*(store.find_request("src1", name) for name in names))
        assert isinstance(found[0], LeadRecord)
        assert isinstance(found[1], LeadRecord)
        assert [decided(found[0]), decided(found[1]), found[2]] == [one, two, made]
        assert found[3:] == [None] * 6
        assert await store.find_request("src2", "r1") is None

    @pytest.mark.parametrize("name", ["r'1", 'r"; --', "r\\u0041", "ŕ1 🙂", "[1]", "x" * 128, "null", "1"])
    async def test_any_request_id_is_found_as_it_came(self, store: Store, name: str) -> None:
        await store.settle(sale(1, name))
        found = await store.find_request("src1", name)
        assert isinstance(found, LeadRecord)
        assert found.request_id == name

    async def test_an_open_lead_keeps_the_trace_of_its_last_post(self, store: Store, url: str) -> None:
        record = pending(1)
        await store.open_lead(record)
        trace = Trace(7, posts=[*record.trace.posts, PostAttempt(id_of("post", 2), "camp2", PRICE)], stray_bids=3)
        await store.note_post(record.id, trace)
        kept = await store.lead(record.id)
        assert kept is not None
        assert kept.trace == trace
        assert kept.outcome.status == LeadStatus.PENDING
        await store.settle(settlement(sold(record), opened=True))
        await store.note_post(record.id, Trace())
        after = await store.lead(record.id)
        assert after is not None
        assert after.trace == record.trace  # a decided lead's trace stands

    async def test_a_lead_that_does_not_exist_is_none(self, store: Store) -> None:
        assert await store.lead(id_of("lead", 1)) is None
        assert await store.leads_by_id([id_of("lead", 1), "", "'"]) == {}
        assert await store.offer(id_of("auc", 1)) is None

    async def test_an_offer_is_used_once_a_lead_is_made_of_it(self, store: Store) -> None:
        for number in (1, 2):
            await store.save_offer(offer(number))
        assert await store.offer(offer(1).auction_id) == offer(1)
        await store.open_lead(pending(1))
        await store.settle(sale(2))
        for number in (1, 2):
            found = await store.offer(offer(number).auction_id)
            assert found is not None
            assert found.used
        with pytest.raises(Conflict):
            await store.settle(sale(2))

    async def _several(self, store: Store) -> list[LeadRecord]:
        """Twelve leads that differ in all that can be asked for."""
        records = []
        for number in range(12):
            about = {
                "source_id": f"src{number % 2 + 1}",
                "vertical": ("mortgage", "home_services", "auto_insurance")[number % 3],
                "state": ("TX", "NY")[number // 6],
            }
            record = pending(number, submitted_ms=BORN_MS + number * 1_000, **about)
            record = unsold(record) if number % 4 == 3 else sold(record, buyer_id=f"buy{number % 4}")
            await store.settle(settlement(record))
            records.append(record)
        await store.open_lead(pending(99))  # under way: on no page
        return records

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            (LeadQuery(), range(12)),
            (LeadQuery(source_id="src2"), [1, 3, 5, 7, 9, 11]),
            (LeadQuery(buyer_id="buy1"), [1, 5, 9]),
            (LeadQuery(buyer_id="buy9"), []),
            (LeadQuery(vertical="home_services"), [1, 4, 7, 10]),
            (LeadQuery(state="NY"), range(6, 12)),
            (LeadQuery(status=LeadStatus.UNSOLD), [3, 7, 11]),
            (LeadQuery(status=LeadStatus.SOLD, state="NY"), [6, 8, 9, 10]),
            (LeadQuery(status=LeadStatus.PENDING), []),
            (LeadQuery(submitted_from_ms=BORN_MS + 9_000), [9, 10, 11]),
            (LeadQuery(submitted_until_ms=BORN_MS + 2_000), [0, 1]),
            (LeadQuery(submitted_from_ms=BORN_MS + 2_000, submitted_until_ms=BORN_MS + 3_000), [2]),
            (LeadQuery(buyer_id="buy2", vertical="mortgage", state="NY"), [6]),
            (LeadQuery(buyer_id="buy2", status=LeadStatus.SOLD, submitted_from_ms=BORN_MS + 6_000), [6, 10]),
            (LeadQuery(source_id="src1", buyer_id="buy2", vertical="mortgage"), [6]),
            (LeadQuery(source_id="src2", vertical="auto_insurance", status=LeadStatus.SOLD), [5]),
        ],
    )
    async def test_pages_hold_what_was_asked_for(self, store: Store, query: LeadQuery, numbers: range) -> None:
        records = await self._several(store)
        wanted = [records[number] for number in numbers]
        for limit in (1, 2, 5, 50):
            found: list[LeadRecord] = []
            after = 0
            while True:
                page = await store.leads(msgspec.structs.replace(query, after=after, limit=limit))
                assert len(page.records) <= limit
                found += page.records
                after = page.next_after
                if not after:
                    break
            assert [decided(record) for record in found] == wanted

    async def test_a_page_is_the_same_whatever_comes_after_it(self, store: Store) -> None:
        await self._several(store)
        first = await store.leads(LeadQuery(limit=5))
        second = await store.leads(LeadQuery(after=first.next_after, limit=5))
        await store.settle(sale(500))
        assert await store.leads(LeadQuery(limit=5)) == first
        assert await store.leads(LeadQuery(after=first.next_after, limit=5)) == second

    async def test_spending_is_summed_by_campaign_and_quarter_of_an_hour(self, store: Store) -> None:
        """Of the submission: a lead counts in the window in which it came, however long its auction took."""
        start = BORN_MS // QUARTER_MS * QUARTER_MS
        times = [start - 1, start, start, start + QUARTER_MS - 1, start + QUARTER_MS]
        for number, at_ms in enumerate(times):
            buyer_id = "buy2" if number == 2 else "buy1"
            record = pending(number, submitted_ms=at_ms)
            await store.settle(settlement(sold(record, buyer_id, PRICE + number, sold_ms=at_ms + QUARTER_MS)))
        await store.settle(settlement(unsold(pending(50))))

        async def since(at_ms: int) -> list[Spent]:
            return sorted(await store.spent_since(at_ms), key=lambda one: (one.campaign_id, one.quarter_ms))

        one, two = "camp-of-buy1", "camp-of-buy2"
        expected = [
            Spent(one, start, 2, 2 * PRICE + 4, start + 2 * QUARTER_MS - 1),
            Spent(one, start + QUARTER_MS, 1, PRICE + 4, start + 2 * QUARTER_MS),
            Spent(two, start, 1, PRICE + 2, start + QUARTER_MS),
        ]
        assert await since(start) == expected
        assert await since(0) == [Spent(one, start - QUARTER_MS, 1, PRICE, start - 1 + QUARTER_MS), *expected]
        assert await since(start + QUARTER_MS + 1) == []

    async def test_reasons_and_statuses_are_kept_exactly(self, store: Store) -> None:
        kept = [Reason.NO_CAMPAIGN, Reason.HELD, Reason.INTERRUPTED]
        for number, reason in enumerate(kept):
            await store.settle(settlement(unsold(pending(number), reason)))
        page = await store.leads(LeadQuery(status=LeadStatus.UNSOLD))
        assert [record.outcome.reason for record in page.records] == kept
