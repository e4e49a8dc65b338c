"""The catalogue, keys, consumers and the ledger."""

import asyncio

import msgspec
import pytest

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
from exchange.domain.endpoint import Endpoint
from exchange.domain.party import Buyer, PartyState, Source
from exchange.domain.posting import Adjustment, AdjustmentKind, Posting
from exchange.domain.principal import ApiKey, Role
from exchange.store.base import CatalogItem, Conflict, Consumer, Store
from tests.store.duties.base import Duties, outcomes, reopened
from tests.store.engines import store_at
from tests.store.values import BORN_MS, PRICE, pending, sale, settlement, sold, unsold


class Books(Duties):
    """The catalogue, keys, consumers and the ledger."""

    async def test_the_catalogue_and_the_keys_come_back_as_they_were(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        call = HttpCall("https://buyer.example/ping", {"authorization": "sealed"}, 80)
        condition = Condition("zip", prefix_in=("10", "11"))
        items: list[CatalogItem] = [
            Source("src1", "One", state=PartyState.PAUSED, floor_micros=5, payout_bps=100, revision=1, created_ms=4),
            Buyer("buy1", "Büyer “one”", time_zone="America/New_York", revision=1, created_ms=2),
            Endpoint("ep1", "buy1", "https://hooks.example/x", ("lead.sold", "*"), "sealed", PartyState.ARCHIVED, 1, 3),
            Campaign("camp1", "buy1", "Plain", Targeting("mortgage"), StaticBidding(1), Completion.ON_WIN, revision=1),
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
                revision=1,
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
                revision=1,
            ),
        ]
        keys = [
            ApiKey("key_1", Role.SOURCE, b"\x00\xff" * 16, "src1", "lübeck", 1, 2, 3),
            ApiKey("key_2", Role.OPERATOR, b"h" * 32),
        ]
        await outcomes(*(store.save_items([item], 1) for item in items), *map(store.save_key, keys))
        renamed = Source("src1", "Renamed", revision=2)
        await store.save_items([renamed], 2)
        await store.save_key(revoked := msgspec.structs.replace(keys[1], revoked_ms=9))
        # An id may be used by things of different kinds, unless both are parties.
        await store.save_items([namesake := msgspec.structs.replace(items[-1], id="src1")], 2)
        await store.close()

        store = store_at(url)
        snapshot = await store.open()
        await store.close()
        expected = [renamed, *items[1:], namesake]
        assert sorted(map(repr, snapshot.catalog)) == sorted(map(repr, expected))
        assert sorted(snapshot.keys, key=lambda key: key.id) == [keys[0], revoked]

    async def test_an_item_changes_from_where_it_stands_or_not_at_all(self, store: Store) -> None:
        first = Source("src1", "One", revision=1)
        await store.save_items([first], 1)
        changes = [Source("src1", f"Change {number}", revision=2) for number in range(10)]
        done = await outcomes(*(store.save_items([one], 2) for one in changes))
        assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 9 + ["NoneType"]
        assert await store.item_at(Source, "src1", 2) == changes[done.index(None)]
        for revision in (0, 1, 2, 4):
            with pytest.raises(Conflict):
                await store.save_items([msgspec.structs.replace(first, revision=revision)], 3)
        fresh = Buyer("buy1", "New", revision=1)
        for stale in (first, Buyer("buy2", "Never the first", revision=2)):
            with pytest.raises(Conflict):
                await store.save_items([fresh, stale], 3)
        assert await store.item_at(Buyer, "buy1", 1) is None  # all or none
        await store.save_items([fresh, msgspec.structs.replace(first, revision=3)], 4)
        assert await store.item_at(Buyer, "buy1", 1) == fresh
        assert await store.item_at(Source, "src1", 3) == msgspec.structs.replace(first, revision=3)

    async def test_what_the_core_keeps_for_itself_comes_back(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        assert await store.save_setting("one", b"\x00\xff") == b"\x00\xff"
        # What was kept first stands, whoever else comes.
        kept = await asyncio.gather(*(store.save_setting("two", b"%d" % number) for number in range(10)))
        assert len(set(kept)) == 1
        assert await store.save_setting("two", b"later") == kept[0]
        await store.close()
        store = store_at(url)
        assert (await store.open()).settings == {"one": b"\x00\xff", "two": kept[0]}
        await store.close()

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
