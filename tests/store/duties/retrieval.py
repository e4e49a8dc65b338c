"""Leads are listed, acknowledged and claimed: none is lost or doubled, whatever is written meanwhile."""

import asyncio
import random

import msgspec
import pytest

from exchange.store.base import Claim, LeadQuery, SaleState, Store
from tests.store.duties.base import Duties
from tests.store.values import BORN_MS, id_of, pending, sale, settlement, sold, unsold

ZIPS = ("78251", "78701", "10001", "02139")


def numbers_of(lead_ids: list[str]) -> list[int]:
    numbers = {id_of("lead", number): number for number in range(2_000)}
    return [numbers[lead_id] for lead_id in lead_ids]


async def listed(store: Store, query: LeadQuery) -> list[int]:
    """Every lead of a query by its number, page by page."""
    found: list[str] = []
    while True:
        page = await store.leads(query)
        found += [record.id for record in page.records]
        query = msgspec.structs.replace(query, after=page.next_after, offset=page.next_offset)
        if not page.next_after:
            return numbers_of(found)


class Retrieval(Duties):
    """Leads are listed, acknowledged and claimed: none is lost or doubled, whatever is written meanwhile."""

    async def _twelve(self, store: Store) -> None:
        for number in range(12):
            record = pending(number, submitted_ms=BORN_MS + number * 1_000, source_id=f"src{number % 2 + 1}")
            attributes = record.profile.attributes | {"zip": ZIPS[number % 4]}
            record = msgspec.structs.replace(
                record, profile=msgspec.structs.replace(record.profile, attributes=attributes)
            )
            record = unsold(record) if number % 6 == 5 else sold(record, f"buy{number % 3}")
            await store.settle(settlement(record))

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            (LeadQuery(zip_prefix="78251"), [0, 4, 8]),
            (LeadQuery(zip_prefix="78"), [0, 1, 4, 5, 8, 9]),
            (LeadQuery(zip_prefix="0"), [3, 7, 11]),
            (LeadQuery(zip_prefix="782511"), []),
            (LeadQuery(zip_prefix="9"), []),
            (LeadQuery(source_id="src2", zip_prefix="78"), [1, 5, 9]),
            (LeadQuery(buyer_id="buy1", zip_prefix="787"), [1]),
            (LeadQuery(buyer_id="buy1", campaign_id="camp-of-buy1"), [1, 4, 7, 10]),
            (LeadQuery(buyer_id="buy1", campaign_id="camp-of-buy2"), []),
            (LeadQuery(buyer_id="buy1", acknowledged=True), [4, 10]),
            (LeadQuery(buyer_id="buy1", acknowledged=False), [1, 7]),
            (LeadQuery(buyer_id="buy1", acknowledged=False, campaign_id="camp-of-buy1", zip_prefix="78701"), [1]),
            (LeadQuery(offset=3), range(3, 12)),
            (LeadQuery(offset=12), []),
            (LeadQuery(offset=500), []),
            (LeadQuery(zip_prefix="78", offset=2), [4, 5, 8, 9]),
            (LeadQuery(buyer_id="buy0", offset=1), [3, 6, 9]),
            (LeadQuery(submitted_from_ms=BORN_MS + 3_000, submitted_until_ms=BORN_MS + 6_000, offset=1), [4, 5]),
            (LeadQuery(buyer_id="buy0", submitted_from_ms=BORN_MS + 3_001), [6, 9]),
            (LeadQuery(submitted_from_ms=BORN_MS + 99_000), []),
            (LeadQuery(buyer_id="buy0", submitted_from_ms=BORN_MS + 99_000), []),
            (LeadQuery(submitted_until_ms=1), []),
        ],
    )
    async def test_each_filter_finds_its_leads(self, store: Store, query: LeadQuery, numbers: range) -> None:
        await self._twelve(store)
        await store.acknowledge("buy1", [id_of("lead", 4), id_of("lead", 10)], BORN_MS)
        for limit in (1, 3, 50):
            assert await listed(store, msgspec.structs.replace(query, limit=limit)) == list(numbers)

    async def test_a_lead_has_a_place_in_the_lists_that_it_is_in(self, store: Store) -> None:
        await self._twelve(store)
        await store.open_lead(pending(99))
        lead_id = id_of("lead", 4)
        for source_id, buyer_id in (("", ""), ("src1", ""), ("", "buy1")):
            query = LeadQuery(source_id=source_id, buyer_id=buyer_id)
            place = await store.place(lead_id, source_id, buyer_id)
            assert place is not None
            after = await listed(store, msgspec.structs.replace(query, after=place))
            assert after == [number for number in await listed(store, query) if number > 4]
        for missing in (("src2", ""), ("", "buy2")):
            assert await store.place(lead_id, *missing) is None
        assert await store.place(id_of("lead", 99), "", "") is None
        assert await store.place("lead_nothing", "", "") is None

    async def test_arrivals_are_the_newest(self, store: Store) -> None:
        assert await store.arrivals("", "", 5) == []
        await self._twelve(store)
        assert await store.arrivals("", "", 2) == [BORN_MS + 11_020, BORN_MS + 10_031]
        assert await store.arrivals("src1", "", 2) == [BORN_MS + 10_031, BORN_MS + 8_031]
        assert await store.arrivals("", "buy0", 9) == [BORN_MS + at * 1_000 + 30 for at in (9, 6, 3, 0)]
        assert await store.arrivals("", "buy9", 9) == []

    async def test_a_buyer_acknowledges_what_it_bought_once(self, store: Store) -> None:
        await self._twelve(store)
        one, others, nothing = id_of("lead", 1), id_of("lead", 2), "lead_nothing"
        assert await store.acknowledge("buy1", [one, others, nothing, one], 7) == (1, [others, nothing])
        assert await store.acknowledge("buy1", [one], 8) == (0, [])
        states = await store.sale_states([one, others, nothing])
        sales = ["sale_" + lead_id.removeprefix("lead_") for lead_id in (one, others)]
        assert states == {sales[0]: SaleState(acknowledged_ms=7), sales[1]: SaleState()}

    async def test_a_claim_holds_until_it_ends_or_the_lead_is_acknowledged(self, store: Store) -> None:
        await self._twelve(store)

        async def claim(now_ms: int, limit: int = 50, **narrowed: str) -> list[int]:
            return numbers_of(await store.claim(Claim("buy1", limit, now_ms, now_ms + 100, **narrowed)))

        assert await claim(1_000, limit=1) == [1]
        assert await claim(1_001, vertical="auto_insurance") == []
        assert await claim(1_001, campaign_id="camp-of-buy2") == []
        assert await claim(1_001, vertical="mortgage", campaign_id="camp-of-buy1") == [4, 7, 10]
        assert await claim(1_099) == []
        assert await claim(1_100) == [1]
        await store.acknowledge("buy1", [id_of("lead", 7)], 1_101)
        assert await claim(1_101) == [4, 10]
        assert numbers_of(await store.claim(Claim("buy2", 1, 0, 100))) == [2]

    async def test_each_lead_is_claimed_by_one_reader(self, store: Store) -> None:
        await asyncio.gather(*(store.settle(sale(number)) for number in range(400)))
        taken: list[str] = []

        async def read() -> None:
            while claimed := await store.claim(Claim("buy1", 7, 1_000, 2_000)):
                taken.extend(claimed)

        await asyncio.gather(*(read() for _ in range(8)))
        assert sorted(numbers_of(taken)) == list(range(400))

    async def test_readers_lose_and_double_nothing_while_others_write(self, store: Store) -> None:
        """Eight writers; eight readers by cursor and by lead, of all leads, a source's and a buyer's."""
        chance = random.Random(8)
        queries = [LeadQuery(), LeadQuery(source_id="src1"), LeadQuery(buyer_id="buy1"), LeadQuery(zip_prefix="78")]
        writing = True

        async def write(first: int) -> None:
            for number in range(first, 400, 8):
                if number % 3:
                    await store.settle(sale(number))
                else:
                    await store.open_lead(pending(number))
                    await asyncio.sleep(chance.random() / 200)
                    await store.settle(settlement(sold(pending(number)), opened=True))

        async def read(query: LeadQuery, *, by_lead: bool) -> list[int]:
            found: list[str] = []
            after = 0
            while True:
                last = not writing
                if by_lead and found:
                    place = await store.place(found[-1], query.source_id, query.buyer_id)
                    assert place is not None
                    after = place
                page = await store.leads(msgspec.structs.replace(query, after=after, limit=chance.randint(1, 40)))
                found += [record.id for record in page.records]
                if page.records and not by_lead:
                    place = await store.place(page.records[-1].id, query.source_id, query.buyer_id)
                    after = page.next_after or place or 0
                if last and not page.records:
                    return numbers_of(found)

        readers = [asyncio.create_task(read(query, by_lead=by_lead)) for query in queries for by_lead in (False, True)]
        await asyncio.gather(*(write(first) for first in range(8)))
        writing = False
        for found in await asyncio.gather(*readers):
            assert len(found) == len(set(found)) == 400

    async def test_a_consumer_that_fails_on_one_lead_reads_that_one_again_and_no_other(self, store: Store) -> None:
        await asyncio.gather(*(store.settle(sale(number)) for number in range(50)))
        query = LeadQuery(buyer_id="buy1", acknowledged=False, limit=50)
        first = await store.leads(query)
        done = [record.id for place, record in enumerate(first.records) if place != 22]
        assert await store.acknowledge("buy1", done, 1) == (49, [])
        again = await store.leads(query)
        assert again.records == [first.records[22]]
