"""Events in order, and deliveries leased to one."""

import asyncio

import msgspec

from exchange.domain.event import Attempt, DeliveryState
from exchange.store.base import LeasedDelivery, Store, Verdict
from tests.store.duties.base import Duties, all_events
from tests.store.values import BORN_MS, pending, settlement, sold


class Outbox(Duties):
    """Events in order, and deliveries leased to one."""

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
