"""The duties of `exchange.store.base`, as one suite. An engine is held to them by a class of its own:

class TestMyEngine(Conformance):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"myengine:///{tmp_path}/exchange.db"
"""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable

import msgspec
import pytest

from exchange.domain.auction import LeadRecord, PostAttempt, Trace
from exchange.domain.campaign import (
    Campaign,
    Completion,
    Condition,
    HttpBidding,
    HttpCall,
    HttpPosting,
    OnTimeout,
    PriceModifier,
    ScheduleWindow,
    StaticBidding,
    Targeting,
)
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.errors import StoreError
from exchange.domain.event import LEAD_SOLD, Attempt, Delivery, DeliveryState, Event
from exchange.domain.lead import LeadStatus
from exchange.domain.party import Buyer, Endpoint, PartyState, Source
from exchange.domain.posting import Adjustment, AdjustmentKind, Posting
from exchange.domain.principal import ApiKey, Role
from exchange.domain.reasons import Reason
from exchange.store.base import CatalogItem, Conflict, Consumer, LeadQuery, LeasedDelivery, Spent, Store, Verdict
from tests.store.engines import store_at
from tests.store.values import BORN_MS, PRICE, id_of, offer, pending, sale, settlement, sold, unsold
from tests.support.exchange import broken

QUARTER_MS = 900_000


def decided(record: LeadRecord | None) -> LeadRecord:
    """A record as it was written: without the place that the store gave it."""
    assert record is not None
    return msgspec.structs.replace(record, sequence=0)


async def reopened(store: Store, url: str) -> Store:
    """The same store as the next core finds it."""
    await store.close()
    again = store_at(url)
    await again.open()
    return again


async def outcomes(*writes: Awaitable[None]) -> list[BaseException | None]:
    """What came of writes made at once."""
    return await asyncio.gather(*writes, return_exceptions=True)


async def all_events(store: Store) -> list[Event]:
    return await store.events(0, "", (), 100_000)


class Conformance:
    """What every engine does."""

    @pytest.fixture
    def url(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    async def store(self, url: str) -> AsyncIterator[Store]:
        store = store_at(url)
        await store.open()
        yield store
        await store.close()
        assert broken(url) == {}

    # 1. Durability.

    async def test_what_was_written_is_there_when_the_store_is_opened_again(self, url: str) -> None:
        store = store_at(url)
        first = await store.open()
        assert (first.catalog, first.keys, first.pending) == ([], [], [])
        one, open_ = sold(pending(1, "r1")), pending(2, "r2")
        await store.settle(settlement(one, endpoint_id="ep1"))
        await store.open_lead(open_)
        await store.save_offer(offer(3, "r3"))
        last = await store.last_event()
        await store.close()

        store = store_at(url)
        snapshot = await store.open()
        assert decided(await store.lead(one.id)) == one
        assert [decided(record) for record in snapshot.pending] == [open_]
        assert await store.offer(offer(3).auction_id) == offer(3, "r3")
        assert await store.last_event() == last == 2
        assert len(await store.lease(9, one.decided_ms, one.decided_ms + 1, "lse1")) == 2
        # Sequences go on where they were.
        await store.settle(sale(4))
        assert [event.sequence for event in await all_events(store)] == [1, 2, 3, 4]
        await store.settle(settlement(unsold(open_), opened=True))
        page = await store.leads(LeadQuery())
        assert [record.id for record in page.records] == [one.id, id_of("lead", 4), open_.id]
        await store.close()

    @pytest.mark.parametrize("lines", [1, 40, 400])
    async def test_what_was_acknowledged_survives_kill_9(self, url: str, lines: int) -> None:
        busy = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.store.busy", url, stdout=asyncio.subprocess.PIPE
        )
        assert busy.stdout is not None
        said = [await busy.stdout.readline() for _ in range(lines)]
        busy.send_signal(signal.SIGKILL)
        said += (await busy.stdout.read()).splitlines(keepends=True)  # it may have said more before it died
        await busy.wait()

        words = [line.split() for line in said if line.endswith(b"\n")]
        settled = {int(number) for what, number in words if what == b"settled"}
        opened = {int(number) for what, number in words if what == b"opened"}
        assert settled | opened
        store = store_at(url)
        snapshot = await store.open()  # the dead process holds it no longer
        ids = {number: id_of("lead", number) for number in settled | opened}
        found = await store.leads_by_id(list(ids.values()))
        for number in settled:
            assert found[ids[number]].outcome.status == LeadStatus.SOLD
        under_way = {record.id for record in snapshot.pending}
        for number in opened - settled:
            assert found[ids[number]].outcome.status == LeadStatus.SOLD or ids[number] in under_way
        for number in settled:
            repeated = await store.find_request("src1", f"r{number}")
            assert isinstance(repeated, LeadRecord)
            assert repeated.id == ids[number]
        sold_events = [event for event in await all_events(store) if event.type == LEAD_SOLD]
        assert len({event.lead_id for event in sold_events}) == len(sold_events) >= len(settled)
        await store.close()
        assert broken(url) == {}  # whole settlements only: sales, postings and events match

    # 2. Whole or not at all.

    async def test_a_settlement_that_fails_leaves_nothing(self, store: Store) -> None:
        taken = settlement(sold(pending(1)), endpoint_id="ep1")
        await store.settle(taken)
        other = settlement(sold(pending(2)), endpoint_id="ep1")
        # Its last part clashes: the id of a delivery.
        clash = msgspec.structs.replace(other.deliveries[1], id=taken.deliveries[0].id)
        with pytest.raises(Conflict):
            await store.settle(msgspec.structs.replace(other, deliveries=(other.deliveries[0], clash)))
        assert await store.lead(other.record.id) is None
        assert [event.lead_id for event in await all_events(store)] == [taken.record.id] * 2
        assert await store.deliveries([other.deliveries[0].id]) == {}
        assert sum(one.leads for one in await store.spent_since(0)) == 1
        await store.settle(other)  # nothing of the failed one is in the way
        assert decided(await store.lead(other.record.id)) == other.record

    async def test_a_settlement_that_makes_no_sense_is_refused_and_the_store_goes_on(self, store: Store) -> None:
        odd = settlement(sold(pending(1)))
        lost = Delivery("dlv1", "evt_nobody", "ep1", BORN_MS)
        with pytest.raises(StoreError):
            await store.settle(msgspec.structs.replace(odd, deliveries=(lost,)))
        assert await store.lead(odd.record.id) is None
        await store.settle(sale(2))
        assert await store.lead(id_of("lead", 2)) is not None

    # 3. Uniqueness.

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
        writes = [store.settle(sale(number, "taken" if number % 7 == 0 else f"r{number}")) for number in range(1, 101)]
        writes += [store.open_lead(pending(200 + number, f"o{number}")) for number in range(20)]
        writes += [store.save_offer(offer(300 + number)) for number in range(20)]
        done = await outcomes(*writes)
        assert [number for number, one in enumerate(done, 1) if one is not None] == list(range(7, 101, 7))
        assert all(isinstance(one, Conflict | None) for one in done)
        page = await store.leads(LeadQuery(limit=500))
        assert len(page.records) == 1 + 100 - 14
        assert await store.offer(offer(319).auction_id) is not None

    # 4. Order.

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
                found = await store.events(after, "", (), chance.randint(1, 40))
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
                seen += len(found := await store.events(after, "", (), 100))
                after = found[-1].sequence if found else after
            await writes

    # 5. Cancellation.

    async def test_a_cancelled_write_does_no_harm(self, store: Store) -> None:
        tasks = [asyncio.create_task(store.settle(sale(number))) for number in range(50)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [one for one in done if one is not None and not isinstance(one, asyncio.CancelledError)] == []
        kept = await store.leads_by_id([id_of("lead", number) for number in range(1, 50, 2)])
        assert len(kept) == 25
        waiting = asyncio.create_task(store.find_request("src1", "r1"))
        await asyncio.sleep(0)
        waiting.cancel()
        assert await store.find_request("src1", "r1") is None

    # Leads.

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

    # Pages.

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
            Spent(one, start, 2, 2 * PRICE + 4),
            Spent(one, start + QUARTER_MS, 1, PRICE + 4),
            Spent(two, start, 1, PRICE + 2),
        ]
        assert await since(start) == expected
        assert await since(0) == [Spent(one, start - QUARTER_MS, 1, PRICE), *expected]
        assert await since(start + QUARTER_MS + 1) == []

    # Catalogue and keys.

    async def test_the_catalogue_and_the_keys_come_back_as_they_were(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        call = HttpCall("https://buyer.example/ping", {"authorization": "sealed"}, 80)
        condition = Condition("zip", prefix_in=("10", "11"))
        items: list[CatalogItem] = [
            Source("src1", "One", state=PartyState.PAUSED, floor_micros=5, payout_bps=100, revision=3, created_ms=4),
            Buyer("buy1", "Büyer “one”", time_zone="America/New_York", revision=1, created_ms=2),
            Endpoint("ep1", "buy1", "https://hooks.example/x", ("lead.sold", "*"), "sealed", PartyState.ARCHIVED, 2, 3),
            Campaign("camp1", "buy1", "Plain", Targeting("mortgage"), StaticBidding(1), Completion.ON_WIN),
            Campaign(
                id="camp2",
                buyer_id="buy1",
                display_name="All that there is",
                targeting=Targeting(
                    "mortgage",
                    (condition, Condition("ltv", range=(None, 0.9)), Condition("va", exists=False)),
                    ("src1/sub",),
                    ("src2",),
                ),
                bidding=HttpBidding(call),
                posting=HttpPosting(call),
                completion=Completion.ON_ACCEPT,
                state=PartyState.PAUSED,
                schedule=(ScheduleWindow(1, 0, 1440),),
                caps=(Cap(CapPeriod.DAY, 5, 6),),
                on_timeout=OnTimeout.HOLD,
                bid_window_ms=50,
                post_timeout_ms=60,
                max_bid_micros=70,
                test=True,
                priority=8,
                revision=9,
                created_ms=10,
                changed_ms=11,
            ),
            Campaign(
                "camp3",
                "buy1",
                "Modified",
                Targeting("mortgage"),
                StaticBidding(7, (PriceModifier(condition, -3, 12_000),), 9),
                Completion.ON_WIN,
            ),
        ]
        keys = [
            ApiKey("key_1", Role.SOURCE, b"\x00\xff" * 16, "src1", "lübeck", 1, 2, 3),
            ApiKey("key_2", Role.OPERATOR, b"h" * 32),
        ]
        await outcomes(*map(store.save_item, items), *map(store.save_key, keys))
        renamed = Source("src1", "Renamed", revision=4)
        await store.save_item(renamed)
        await store.save_key(revoked := msgspec.structs.replace(keys[1], revoked_ms=9))
        # An id may be used by things of different kinds.
        await store.save_item(namesake := Buyer("src1", "Namesake"))
        await store.close()

        store = store_at(url)
        snapshot = await store.open()
        await store.close()
        expected = [renamed, *items[1:], namesake]
        assert sorted(map(repr, snapshot.catalog)) == sorted(map(repr, expected))
        assert sorted(snapshot.keys, key=lambda key: key.id) == [keys[0], revoked]

    async def test_what_the_core_keeps_for_itself_comes_back(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        await store.save_setting("one", b"\x00\xff")
        await store.save_setting("two", b"2")
        await store.save_setting("two", b"3")
        await store.close()
        store = store_at(url)
        assert (await store.open()).settings == {"one": b"\x00\xff", "two": b"3"}
        await store.close()

    # Consumers.

    async def test_a_consumer_is_found_by_any_of_its_keys(self, store: Store, url: str) -> None:
        bought = settlement(sold(pending(1, submitted_ms=BORN_MS + 1_000), "buy1"))
        seen = settlement(unsold(pending(2, submitted_ms=BORN_MS + 2_000, vertical="home_services")))
        await store.settle(msgspec.structs.replace(bought, consumer_keys=("phone", "mail")))
        await store.settle(msgspec.structs.replace(seen, consumer_keys=("phone",)))
        await store.settle(msgspec.structs.replace(sale(3), consumer_keys=("another",)))
        both = Consumer({"mortgage": BORN_MS + 1_000, "home_services": BORN_MS + 2_000}, {"buy1": BORN_MS + 1_000})
        assert await store.consumer(["phone"], 0) == both
        assert await store.consumer(["phone", "mail", "nobody"], BORN_MS + 1_000) == both
        assert await store.consumer(["mail"], 0) == Consumer({"mortgage": BORN_MS + 1_000}, {"buy1": BORN_MS + 1_000})
        assert await store.consumer(["phone"], BORN_MS + 1_001) == Consumer({"home_services": BORN_MS + 2_000})
        assert await store.consumer(["nobody"], 0) == await store.consumer([], 0) == Consumer()

    async def test_a_consumer_is_known_after_a_restart(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        await store.settle(msgspec.structs.replace(sale(1), consumer_keys=("phone",)))
        await store.suppress("buy1", ["listed"])
        store = await reopened(store, url)
        for _ in range(20):  # at once, and when the store has settled down
            assert (await store.consumer(["phone"], 0)).bought_ms
            assert (await store.consumer(["listed"], 0)).suppressed_by == {"buy1"}
            await asyncio.sleep(0.005)
        await store.close()

    async def test_a_consumer_is_on_the_lists_that_it_was_put_on(self, store: Store) -> None:
        assert await store.suppress("buy1", ["a", "b", "a"]) == 2
        assert await store.suppress("exchange", ["b", "c"]) == 2
        assert await store.suppress("buy1", ["b", "d"]) == 1
        assert (await store.consumer(["b"], 0)).suppressed_by == {"buy1", "exchange"}
        assert (await store.consumer(["a", "c"], 0)).suppressed_by == {"buy1", "exchange"}
        assert await store.unsuppress("buy1", ["b", "c", "nobody"]) == 1
        assert (await store.consumer(["b"], 0)).suppressed_by == {"exchange"}
        assert await store.unsuppress("buy1", ["b"]) == 0

    # The ledger.

    async def test_balances_are_the_sums_of_postings(self, store: Store) -> None:
        assert await store.balances() == {}
        for number in range(3):
            await store.settle(settlement(sold(pending(number, source_id=f"src{number % 2}"), f"buy{number}")))
        share = PRICE * 4 // 5
        assert await store.balances() == {
            **{f"buyer:buy{number}": PRICE for number in range(3)},
            "source:src0": -2 * share,
            "source:src1": -share,
            "exchange:fees": -3 * (PRICE - share),
        }
        assert await store.balance("source:src0") == -2 * share
        assert await store.balance("buyer:nobody") == 0

    async def test_an_adjustment_is_booked_once(self, store: Store) -> None:
        def adjustment(number: int, request_id: str) -> tuple[Adjustment, list[Posting]]:
            entry = Adjustment(f"adj_{number}", request_id, "buy1", AdjustmentKind.PAYMENT, 7, "a “note”", BORN_MS)
            lines = [("buyer:buy1", -7), ("exchange:cash", 7)]
            return entry, [Posting(entry.transaction_id, account, amount, BORN_MS) for account, amount in lines]

        booked = await asyncio.gather(*(store.adjust(*adjustment(number, "same")) for number in range(10)))
        assert len({one.transaction_id for one in booked}) == 1
        assert booked[0] == adjustment(int(booked[0].transaction_id[4:]), "same")[0]
        assert await store.balances() == {"buyer:buy1": -7, "exchange:cash": 7}
        assert await store.adjust(*adjustment(50, "other")) == adjustment(50, "other")[0]
        assert await store.balance("buyer:buy1") == -14

    # Events.

    async def test_events_are_read_by_owner_type_and_place(self, store: Store) -> None:
        for number in range(6):
            record = pending(number, source_id=f"src{number % 2}")
            await store.settle(settlement(sold(record, f"buy{number % 3}")))
        everything = await all_events(store)
        assert [event.sequence for event in everything] == list(range(1, 13))
        first = settlement(sold(pending(0, source_id="src0"), "buy0"))
        assert [msgspec.structs.replace(event, sequence=0) for event in everything[:2]] == list(first.events)
        assert await store.events(3, "", (), 2) == everything[3:5]
        assert await store.events(12, "", (), 5) == []
        assert await store.events(0, "buy1", (), 50) == [one for one in everything if one.owner_id == "buy1"] != []
        assert await store.events(0, "", ["lead.sold"], 50) == everything[::2]
        assert await store.events(2, "src1", ["lead.decided", "x"], 1) == [everything[3]]
        assert await store.events(0, "src1", ["lead.sold"], 50) == []
        assert await store.last_event() == 12

    # Deliveries.

    async def _due(self, store: Store, count: int = 6) -> int:
        """So many deliveries, half of them to each of two endpoints; when all of them are due."""
        for number in range(count // 2):
            await store.settle(settlement(sold(pending(number)), endpoint_id=f"ep{number % 2}"))
        return BORN_MS + 100_000

    async def test_a_lease_holds_its_deliveries_for_itself_until_it_lapses(self, store: Store) -> None:
        now = await self._due(store, 60)
        leases = await asyncio.gather(*(store.lease(7, now, now + 500, f"lse{number}") for number in range(12)))
        taken = [one.delivery.id for lease in leases for one in lease]
        assert len(taken) == len(set(taken)) == 60
        assert {len(lease) for lease in leases} <= {0, 4, 7}
        for number, lease in enumerate(leases):
            assert all(one.delivery.lease_id == f"lse{number}" for one in lease)
        assert await store.lease(99, now + 499, now + 900, "early") == []
        assert await store.next_due() == now + 500
        again = await store.lease(99, now + 500, now + 900, "late")
        assert {one.delivery.id for one in again} == set(taken)

    async def test_a_lease_brings_the_event_and_the_attempts(self, store: Store) -> None:
        now = await self._due(store, 2)
        leased = await store.lease(9, now, now + 500, "lse1")
        events = {event.id: event for event in await all_events(store)}
        assert len(leased) == 2
        for one in leased:
            assert one.event == events[one.delivery.event_id]
            assert (one.delivery.endpoint_id, one.delivery.attempts) == ("ep0", 0)
        assert [one.event.sequence for one in leased] == [1, 2]

    async def test_nothing_is_leased_before_it_is_due(self, store: Store) -> None:
        assert await store.next_due() is None
        assert await store.lease(9, BORN_MS, BORN_MS + 1, "lse1") == []
        await self._due(store, 2)
        due = await store.next_due()
        assert due is not None
        assert await store.lease(9, due - 1, due + 500, "lse1") == []
        assert len(await store.lease(9, due, due + 500, "lse1")) == 1

    @staticmethod
    def _verdict(leased: LeasedDelivery, state: int, due_ms: int = 0, lease_id: str = "") -> Verdict:
        lease = lease_id or leased.delivery.lease_id
        return Verdict(Attempt(leased.delivery.id, lease, 503, 12, "busy"), state, due_ms, leased.delivery.attempts + 1)

    async def test_a_report_decides_what_becomes_of_a_delivery(self, store: Store) -> None:
        now = await self._due(store, 6)
        done, dead, again, *rest = await store.lease(9, now, now + 500, "lse1")
        verdicts = [
            self._verdict(done, DeliveryState.DELIVERED),
            self._verdict(dead, DeliveryState.DEAD),
            self._verdict(again, DeliveryState.PENDING, now + 2_000),
        ]
        assert await store.report(verdicts) == 3
        assert await store.report(verdicts) == 0  # a report is taken once
        kept = await store.deliveries([one.delivery.id for one in (done, dead, again)] + ["dlv_nobody"])
        assert {kept[one.delivery.id].state for one in (done,)} == {DeliveryState.DELIVERED}
        assert kept[dead.delivery.id].state == DeliveryState.DEAD
        assert kept[again.delivery.id] == msgspec.structs.replace(
            again.delivery, due_ms=now + 2_000, attempts=1, lease_id=""
        )
        assert len(kept) == 3
        assert len(await store.lease(9, now + 1_999, now + 5_000, "lse2")) == len(rest)
        last = await store.lease(9, now + 2_000, now + 5_000, "lse3")
        assert [one.delivery.id for one in last] == [again.delivery.id]
        assert last[0].delivery.attempts == 1

    async def test_a_report_under_a_lease_that_lapsed_is_not_taken(self, store: Store) -> None:
        now = await self._due(store, 2)
        slow = await store.lease(9, now, now + 500, "slow")
        quick = await store.lease(9, now + 500, now + 900, "quick")
        assert await store.report([self._verdict(one, DeliveryState.DEAD) for one in slow]) == 0
        assert await store.report([self._verdict(slow[0], DeliveryState.DEAD, lease_id="guess")]) == 0
        assert await store.report([self._verdict(one, DeliveryState.DELIVERED) for one in quick]) == 2
        kept = await store.deliveries([one.delivery.id for one in slow])
        assert {one.state for one in kept.values()} == {DeliveryState.DELIVERED}

    # One core at a time.

    async def test_a_second_core_is_refused_until_the_first_has_let_go(self, store: Store, url: str) -> None:
        other = store_at(url)
        with pytest.raises(StoreError):
            await other.open()
        script = f"import asyncio; from tests.store.engines import store_at; asyncio.run(store_at({url!r}).open())"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
        _, said = await process.communicate()
        assert process.returncode == 1
        assert b"StoreError" in said
        await store.settle(sale(1))  # the first was not disturbed

    async def test_a_store_that_was_closed_can_be_opened_by_another(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        store = await reopened(store, url)
        await store.settle(sale(1))
        await store.close()
        with pytest.raises(StoreError):
            await store.settle(sale(2))
        with pytest.raises(StoreError):
            await store.lead(id_of("lead", 1))

    async def test_what_was_begun_is_finished_when_the_store_closes(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        writes = [asyncio.ensure_future(store.settle(sale(number))) for number in range(30)]
        await asyncio.sleep(0)
        await store.close()
        assert await outcomes(*writes) == [None] * 30
        store = store_at(url)
        await store.open()
        assert len((await store.leads(LeadQuery())).records) == 30
        await store.close()

    async def test_reasons_and_statuses_are_kept_exactly(self, store: Store) -> None:
        kept = [Reason.NO_CAMPAIGN, Reason.HELD, Reason.INTERRUPTED]
        for number, reason in enumerate(kept):
            await store.settle(settlement(unsold(pending(number), reason)))
        page = await store.leads(LeadQuery(status=LeadStatus.UNSOLD))
        assert [record.outcome.reason for record in page.records] == kept
