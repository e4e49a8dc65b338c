"""What is unique stays so, order is the order of commits, and cancelling does no harm (duties 3 to 5)."""

import asyncio
import random
from collections.abc import Awaitable

import pytest

from exchange.domain.auction import LeadRecord
from exchange.domain.event import Event
from exchange.store.base import Conflict, EventQuery, LeadQuery, Store
from tests.store.duties.base import Duties, all_events, outcomes
from tests.store.values import id_of, offer, pending, sale, settlement, sold, unsold


class Concurrency(Duties):
    """What is unique stays so, order is the order of commits, and cancelling does no harm (duties 3 to 5)."""

    async def test_a_lead_is_kept_once(self, store: Store) -> None:
        done = await outcomes(*(store.settle(sale(1)) for _ in range(20)))
        assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 19 + ["NoneType"]
        assert len(await all_events(store)) == 2
        with pytest.raises(Conflict):
            await store.open_lead(pending(1))

    async def test_a_request_id_names_one_lead_of_a_source(self, store: Store) -> None:
        done = await outcomes(*(store.settle(sale(number, "same")) for number in range(20)))
        assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 19 + ["NoneType"]
        with pytest.raises(Conflict):
            await store.open_lead(pending(30, "same"))
        await store.settle(settlement(sold(pending(31, "same", source_id="src2"))))
        # Without an id nothing is a repeat.
        assert await outcomes(*(store.settle(sale(number)) for number in range(40, 45))) == [None] * 5

    async def test_a_request_id_names_one_offer_of_a_source(self, store: Store) -> None:
        done = await outcomes(*(store.save_offer(offer(number, "same")) for number in range(20)))
        assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 19 + ["NoneType"]
        await store.save_offer(offer(31, "same", source_id="src2"))
        with pytest.raises(Conflict):
            await store.save_offer(offer(31))

    async def test_a_lead_is_decided_once(self, store: Store) -> None:
        record = pending(1)
        await store.open_lead(record)
        done = await outcomes(*(store.settle(settlement(sold(record), opened=True)) for _ in range(10)))
        assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 9 + ["NoneType"]
        with pytest.raises(Conflict):
            await store.settle(settlement(sold(pending(2)), opened=True))  # it was never opened
        assert await store.lead(id_of("lead", 2)) is None

    async def test_a_conflict_harms_no_other_write(self, store: Store) -> None:
        await store.settle(sale(0, "taken"))
        writes: list[Awaitable[object]] = [
            store.settle(sale(number, "taken" if number % 7 == 0 else f"r{number}")) for number in range(1, 101)
        ]
        writes += [store.open_lead(pending(200 + number, f"o{number}")) for number in range(20)]
        writes += [store.save_offer(offer(300 + number)) for number in range(20)]
        done = await outcomes(*writes)
        assert [number for number, one in enumerate(done, 1) if one is not None] == list(range(7, 101, 7))
        assert all(isinstance(one, Conflict | None) for one in done)
        page = await store.leads(LeadQuery(limit=500))
        assert len(page.records) == 1 + 100 - 14
        assert await store.offer(offer(319).auction_id) is not None

    async def test_a_reader_misses_nothing_while_others_write(self, store: Store) -> None:
        chance = random.Random(4)
        seen_events: list[Event] = []
        seen_leads: list[LeadRecord] = []
        writing = True

        async def write(first: int) -> None:
            for number in range(first, 400, 8):
                if number % 4:
                    await store.settle(sale(number))
                else:
                    await store.open_lead(pending(number))
                    await asyncio.sleep(chance.random() / 200)
                    await store.settle(settlement(unsold(pending(number)), opened=True))

        async def read_events() -> None:
            while True:
                last = not writing
                after = seen_events[-1].sequence if seen_events else 0
                found = await store.events(EventQuery(after=after, limit=chance.randint(1, 40)))
                seen_events.extend(found)
                if last and not found:
                    return

        async def read_leads() -> None:
            after = 0
            while True:
                last = not writing
                page = await store.leads(LeadQuery(after=after, limit=chance.randint(1, 40)))
                seen_leads.extend(page.records)
                after = page.records[-1].sequence if page.records else after
                if last and not page.records:
                    return

        readers = [asyncio.create_task(read_events()), asyncio.create_task(read_leads())]
        await asyncio.gather(*(write(first) for first in range(8)))
        writing = False
        await asyncio.gather(*readers)
        for sequences in ([one.sequence for one in seen_events], [one.sequence for one in seen_leads]):
            assert sequences == sorted(set(sequences))
        assert len(seen_leads) == len({record.id for record in seen_leads}) == 400
        assert len(seen_events) == len({event.id for event in seen_events}) == 300 * 2 + 100

    async def test_a_listener_is_called_after_each_commit_that_held_events(self, store: Store) -> None:
        rung = asyncio.Event()
        store.on_events(rung.set)
        for number in range(0, 300, 3):
            after = await store.last_event()

            async def later(number: int) -> None:
                await asyncio.sleep(0)
                await store.settle(sale(number))

            writes = asyncio.gather(store.settle(sale(number)), later(number + 1), later(number + 2))
            seen = 0
            while seen < 6:
                await asyncio.wait_for(rung.wait(), 5)  # a reader that looks only when it is told to
                rung.clear()
                seen += len(found := await store.events(EventQuery(after=after, limit=100)))
                after = found[-1].sequence if found else after
            await writes

    async def test_a_cancelled_write_does_no_harm(self, store: Store) -> None:
        tasks = [asyncio.create_task(store.settle(sale(number))) for number in range(50)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [one for one in done if isinstance(one, Exception)] == []
        kept = await store.leads_by_id([id_of("lead", number) for number in range(1, 50, 2)])
        assert len(kept) == 25
        waiting = asyncio.create_task(store.find_request("src1", "r1"))
        await asyncio.sleep(0)
        waiting.cancel()
        assert await store.find_request("src1", "r1") is None
