"""Events in order, and deliveries leased to one."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from exchange.domain.endpoint import BreakerState, EndpointHealth
from exchange.domain.event import ENDPOINT_TEST, Attempt, Delivery, DeliveryState, Event
from exchange.store.base import (
    DeliveryQuery,
    EventQuery,
    LeasedDelivery,
    LeaseRequest,
    PutOff,
    Reported,
    Store,
    Verdict,
)
from tests.store.duties.base import Duties, all_events
from tests.store.engines import store_at
from tests.store.values import BORN_MS, id_of, pending, settlement, sold

HOUR_MS = 3_600_000
NOW_MS = BORN_MS + 100_000


def ids(leased: Iterable[LeasedDelivery]) -> list[str]:
    return [one.delivery.id for one in leased]


async def lease(
    store: Store, lease_id: str = "lse1", limit: int = 500, now_ms: int = NOW_MS, **put_off: PutOff
) -> list[LeasedDelivery]:
    """A lease of half a second."""
    return await store.lease(LeaseRequest(lease_id, limit, now_ms, now_ms + 500, put_off))


def verdict(leased: LeasedDelivery, state: int, due_ms: int = 0, *, status: int = 503, lease_id: str = "") -> Verdict:
    delivery = leased.delivery
    lease = lease_id or delivery.lease_id
    attempt = Attempt(delivery.id, lease, status, 12, at_ms=NOW_MS, answer_body="busy")
    return Verdict(delivery.id, lease, state, due_ms, delivery.attempts + 1, "why", attempt=attempt)


async def report(store: Store, verdicts: Sequence[Verdict], now_ms: int = NOW_MS) -> int:
    return await store.report(Reported(now_ms, tuple(verdicts)))


async def due(store: Store, leads: int, endpoints: int = 1) -> None:
    """Sold leads by turns to so many endpoints, two events each: two deliveries of the same lead."""
    for number in range(leads):
        await store.settle(settlement(sold(pending(number)), endpoint_id=f"ep{number % endpoints}"))


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

        async def found(**fields: object) -> list[Event]:
            return await store.events(EventQuery(**fields))  # type: ignore[arg-type]

        assert await found(after=3, limit=2) == everything[3:5]
        assert await found(after=12) == []
        assert await found(owner_id="buy1") == [one for one in everything if one.owner_id == "buy1"] != []
        assert await found(types=("lead.sold",)) == everything[::2]
        assert await found(after=2, owner_id="src1", types=("lead.decided", "x"), limit=1) == [everything[3]]
        assert await found(source_ids=("src1",)) == [one for one in everything if one.source_id == "src1"] != []
        assert await found(verticals=("mortgage",)) == everything
        assert await found(verticals=("auto_insurance",)) == []
        assert await found(campaign_ids=("camp-of-buy2",)) == [everything[4], everything[10]]
        assert await found(from_ms=everything[7].occurred_ms) == [
            one for one in everything if one.occurred_ms >= everything[7].occurred_ms
        ]
        assert await store.last_event() == 12

    async def test_events_of_long_ago_are_passed_over_by_time(self, store: Store) -> None:
        for number in range(40):
            await store.settle(settlement(sold(pending(number, submitted_ms=BORN_MS + number * 60_000))))
        everything = await all_events(store)
        for at_ms in (BORN_MS, BORN_MS + 7 * 60_000, BORN_MS + 39 * 60_000 + 40, BORN_MS + HOUR_MS):
            found = await store.events(EventQuery(from_ms=at_ms))
            assert found == [one for one in everything if one.occurred_ms >= at_ms]

    async def test_a_lease_holds_its_deliveries_for_itself_until_it_lapses(self, store: Store) -> None:
        await due(store, 60)
        leases = await asyncio.gather(*(lease(store, f"lse{number}", 7) for number in range(12)))
        taken = [one for leased in leases for one in ids(leased)]
        assert len(taken) == len(set(taken)) == 60
        for number, leased in enumerate(leases):
            assert all(one.delivery.lease_id == f"lse{number}" for one in leased)
        assert await lease(store, "early", now_ms=NOW_MS + 499) == []
        assert await store.next_due() == NOW_MS + 500
        assert set(ids(await lease(store, "late", now_ms=NOW_MS + 500))) == set(taken)

    async def test_a_lease_brings_the_event_and_the_attempts(self, store: Store) -> None:
        await due(store, 2, endpoints=2)
        leased = await lease(store)
        events = {event.id: event for event in await all_events(store)}
        assert [one.event for one in leased] == [events[one.delivery.event_id] for one in leased]
        assert [(one.delivery.endpoint_id, one.delivery.attempts) for one in leased] == [("ep0", 0), ("ep1", 0)]
        assert [one.delivery.lead_id for one in leased] == [id_of("lead", 0), id_of("lead", 1)]

    async def test_nothing_is_leased_before_it_is_due(self, store: Store) -> None:
        assert await store.next_due() is None
        assert await lease(store, now_ms=BORN_MS) == []
        await due(store, 1)
        at_ms = await store.next_due()
        assert at_ms is not None
        assert await lease(store, now_ms=at_ms - 1) == []
        assert len(await lease(store, now_ms=at_ms)) == 1

    async def test_deliveries_of_a_lead_go_to_an_endpoint_one_after_the_other(self, store: Store) -> None:
        await due(store, 1)
        (first,) = await lease(store)
        assert first.event.type == "lead.sold"
        assert await lease(store, "other", now_ms=NOW_MS + 100) == []
        # It failed, and waits: the next one waits with it.
        await report(store, [verdict(first, DeliveryState.PENDING, NOW_MS + 3_000)], NOW_MS + 200)
        assert await lease(store, now_ms=NOW_MS + 2_999) == []
        (again,) = await lease(store, now_ms=NOW_MS + 3_000)
        assert again.delivery.id == first.delivery.id
        await report(store, [verdict(again, DeliveryState.DELIVERED, status=200)], NOW_MS + 3_100)
        (second,) = await lease(store, now_ms=NOW_MS + 3_100)
        assert second.event.type == "lead.decided"

    async def test_a_lead_that_was_given_up_holds_nothing_back(self, store: Store) -> None:
        await due(store, 1)
        (first,) = await lease(store)
        await report(store, [verdict(first, DeliveryState.DEAD)], NOW_MS + 10)
        assert len(await lease(store, now_ms=NOW_MS + 10)) == 1

    async def test_first_attempts_come_before_repeats_which_have_an_eighth(self, store: Store) -> None:
        await due(store, 40)
        failed = await lease(store, limit=20)
        await report(store, [verdict(one, DeliveryState.PENDING, NOW_MS + 1) for one in failed])
        leased = await lease(store, now_ms=NOW_MS + 500, limit=16)
        repeats = [one for one in leased if one.delivery.attempts]
        assert (len(leased), len(repeats)) == (16, 2)
        rest = await lease(store, now_ms=NOW_MS + 500)
        assert (len(rest), len([one for one in rest if one.delivery.attempts])) == (24, 18)

    async def test_a_report_decides_what_becomes_of_a_delivery(self, store: Store) -> None:
        await due(store, 6)
        done, dead, again, *rest = await lease(store)
        verdicts = [
            verdict(done, DeliveryState.DELIVERED, status=200),
            verdict(dead, DeliveryState.DEAD),
            verdict(again, DeliveryState.PENDING, NOW_MS + 2_000),
        ]
        assert await report(store, verdicts) == 3
        assert await report(store, verdicts) == 0  # a report is taken once
        found = await store.deliveries([*ids([done, dead, again]), "dlv_x"])
        kept = {one: known.delivery for one, known in found.items()}
        assert kept[done.delivery.id].state == DeliveryState.DELIVERED
        assert (kept[dead.delivery.id].state, kept[dead.delivery.id].reason) == (DeliveryState.DEAD, "why")
        assert kept[dead.delivery.id].ended_ms == NOW_MS
        assert kept[again.delivery.id] == msgspec.structs.replace(
            again.delivery, due_ms=NOW_MS + 2_000, attempts=1, lease_id="", reason="why"
        )
        assert len(kept) == 3
        (attempt,) = await store.attempts(dead.delivery.id)
        assert (attempt.status_code, attempt.latency_ms, attempt.answer_body) == (503, 12, "busy")
        last = await lease(store, "lse3", now_ms=NOW_MS + 2_000)
        assert again.delivery.id in ids(last)
        assert len(rest) == 3

    async def test_a_report_under_a_lease_that_lapsed_is_not_taken(self, store: Store) -> None:
        await due(store, 2)
        slow = await lease(store, "slow")
        quick = await lease(store, "quick", now_ms=NOW_MS + 500)
        assert await report(store, [verdict(one, DeliveryState.DEAD) for one in slow]) == 0
        assert await report(store, [verdict(slow[0], DeliveryState.DEAD, lease_id="guess")]) == 0
        assert await report(store, [verdict(one, DeliveryState.DELIVERED) for one in quick]) == 2
        kept = await store.deliveries(ids(slow))
        assert {one.delivery.state for one in kept.values()} == {DeliveryState.DELIVERED}
        assert [len(await store.attempts(one)) for one in ids(slow)] == [1, 1]

    async def test_what_is_handed_back_is_due_at_once_and_counts_for_nothing(self, store: Store) -> None:
        await due(store, 1)
        (one,) = await lease(store)
        back = Verdict(one.delivery.id, one.delivery.lease_id, DeliveryState.PENDING, NOW_MS + 5, 0)
        assert await report(store, [back]) == 1
        (again,) = await lease(store, "other", now_ms=NOW_MS + 5)
        assert (again.delivery.id, again.delivery.attempts) == (one.delivery.id, 0)
        assert await store.attempts(one.delivery.id) == []

    async def test_an_endpoint_that_takes_none_is_spared(self, store: Store) -> None:
        await due(store, 10, endpoints=2)
        off = PutOff(NOW_MS + 2_000, HOUR_MS, HOUR_MS)
        assert {one.delivery.endpoint_id for one in await lease(store, ep0=off)} == {"ep1"}
        assert await lease(store, now_ms=NOW_MS + 400) == []
        later = await lease(store, now_ms=NOW_MS + 2_000)
        assert len([one for one in later if one.delivery.endpoint_id == "ep0"]) == 5

    async def test_a_probe_is_one_delivery(self, store: Store) -> None:
        await due(store, 6)
        probe = PutOff(NOW_MS + 700, HOUR_MS, HOUR_MS, probe=True)
        assert len(await lease(store, ep0=probe)) == 1
        assert len(await lease(store, now_ms=NOW_MS + 700)) == 6

    async def test_what_waits_too_long_is_leased_as_lapsed(self, store: Store) -> None:
        await due(store, 1)
        off = PutOff(1 << 61, lead_age_ms=HOUR_MS, event_age_ms=3 * HOUR_MS)
        assert await lease(store, ep0=off) == []
        assert await lease(store, now_ms=NOW_MS + 500, ep0=off) == []  # the lead's next one waits as long
        at_ms = await store.next_due()
        assert at_ms == BORN_MS + 30 + HOUR_MS
        (lapsed,) = await lease(store, now_ms=at_ms, ep0=off)
        assert (lapsed.lapsed, lapsed.event.type) == (True, "lead.sold")

    async def test_a_sample_and_a_fallback_are_not_held_back(self, store: Store) -> None:
        await due(store, 1)
        (first,) = await lease(store)
        fallback = Verdict(first.delivery.id, first.delivery.lease_id, DeliveryState.PENDING, NOW_MS, 0, fallback=True)
        await report(store, [fallback])
        sample = Event("evt_sample", ENDPOINT_TEST, "buy1", "", "", NOW_MS, {"sample_of": "lead.sold"})
        await store.publish([sample], [Delivery("dlv_sample", sample.id, "ep0", NOW_MS)])
        leased = await lease(store, ep0=PutOff(1 << 61, HOUR_MS, HOUR_MS))
        assert [(one.event.type, one.delivery.fallback) for one in leased] == [
            ("lead.sold", True),
            (ENDPOINT_TEST, False),
        ]

    async def test_an_endpoint_that_is_back_has_its_deliveries_at_once(self, store: Store) -> None:
        await due(store, 4)
        await lease(store, ep0=PutOff(NOW_MS + HOUR_MS, HOUR_MS * 2, HOUR_MS * 2))
        health = EndpointHealth("ep0", since_ms=NOW_MS)
        assert await store.report(Reported(NOW_MS, healths=(health,), woken=("ep0",))) == 0
        assert len(await lease(store)) == 4

    async def test_healths_outlive_the_core(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        ill = EndpointHealth("ep0", BreakerState.OPEN, NOW_MS, NOW_MS + 30_000, 5, 1, "timeout")
        well = EndpointHealth("ep1", since_ms=NOW_MS)
        await store.report(Reported(NOW_MS, healths=(EndpointHealth("ep0"), well)))
        event = Event("evt_told", "endpoint.disabled", "buy1", "", "", NOW_MS, {"endpoint_id": "ep0"})
        delivery = Delivery("dlv_told", event.id, "ep1", NOW_MS)
        await store.report(Reported(NOW_MS, healths=(ill,), events=(event,), deliveries=(delivery,)))
        assert [one.event.id for one in await lease(store)] == ["evt_told"]
        await store.close()
        store = store_at(url)
        assert (await store.open()).healths == [ill, well]
        await store.close()

    async def test_dead_letters_are_found_and_sent_again_or_discarded(self, store: Store) -> None:
        await due(store, 8, endpoints=2)
        leased = await lease(store)
        await report(store, [verdict(one, DeliveryState.DEAD) for one in leased[:6]])
        await report(store, [verdict(one, DeliveryState.DELIVERED, status=200) for one in leased[6:]])
        dead = DeliveryQuery(states=(DeliveryState.DEAD,))
        newest_first = sorted(ids(leased[:6]), reverse=True)
        assert ids(await store.delivery_page(dead)) == newest_first
        second = msgspec.structs.replace(dead, limit=3, before=newest_first[1])
        assert ids(await store.delivery_page(second)) == newest_first[2:5]
        to_one = DeliveryQuery(states=(DeliveryState.DEAD,), endpoint_ids=("ep1",))
        assert {one.delivery.endpoint_id for one in await store.delivery_page(to_one)} == {"ep1"}
        assert ids(await store.delivery_page(DeliveryQuery(lead_id=id_of("lead", 0)))) != []
        assert await store.delivery_page(DeliveryQuery(endpoint_ids=())) == []
        assert await store.delivery_page(DeliveryQuery(event_type="lead.voided")) == []
        early = DeliveryQuery(occurred_until_ms=leased[2].event.occurred_ms, event_type="lead.sold")
        assert sorted(ids(await store.delivery_page(early))) == sorted(ids(leased[:2]))
        assert await store.discard([newest_first[0], ids(leased)[-1]], "known", NOW_MS) == 1
        assert await store.redrive(to_one, NOW_MS) in {2, 3}
        assert await store.redrive_ids(ids(leased), NOW_MS) >= 4
        discarded = (await store.deliveries([newest_first[0]]))[newest_first[0]].delivery
        assert (discarded.state, discarded.attempts) == (DeliveryState.PENDING, 0)
        assert set(ids(leased)) <= set(ids(await lease(store, now_ms=NOW_MS + 1)))

    async def test_figures_of_an_endpoint(self, store: Store) -> None:
        await due(store, 10)
        leased = await lease(store)
        good = [verdict(one, DeliveryState.DELIVERED, status=200) for one in leased[:7]]
        bad = [verdict(one, DeliveryState.DEAD, status=400) for one in leased[7:9]]
        await report(store, [*good, *bad])
        figures = await store.figures("ep0", NOW_MS - HOUR_MS)
        assert (figures.attempts, figures.delivered, figures.p50_ms, figures.p95_ms) == (9, 7, 12, 12)
        assert (figures.pending, figures.dead) == (20 - 9, 2)
        assert (await store.figures("ep0", NOW_MS + 1)).attempts == 0
