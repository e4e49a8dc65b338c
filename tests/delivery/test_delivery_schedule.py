"""What becomes of a sold lead whose endpoint answers so or so: the table of B2 and the schedule of B3, to the ms."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec import structs

from exchange.domain.endpoint import BreakerState, DeadLetterAction, RetryPolicy
from exchange.domain.event import Delivery, DeliveryState
from exchange.domain.party import PartyState
from exchange.store.base import DeliveryQuery
from tests.delivery.post_office import LATENCY_MS, PostOffice, Script, answers

HOUR_MS = 3_600_000
LEAD = ("lead.sold",)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[PostOffice]:
    office = PostOffice(tmp_path / "x.db")
    await office.open()
    yield office
    await office.close()


async def only(office: PostOffice) -> Delivery:
    (found,) = [one for one in await office.store.delivery_page(DeliveryQuery()) if one.event.type == "lead.sold"]
    return found.delivery


@pytest.mark.parametrize(
    ("script", "attempts", "state", "breaker"),
    [
        (answers(200), 1, DeliveryState.DELIVERED, BreakerState.CLOSED),
        (answers(201), 1, DeliveryState.DELIVERED, BreakerState.CLOSED),
        (answers(204), 1, DeliveryState.DELIVERED, BreakerState.CLOSED),
        (answers(400), 1, DeliveryState.DEAD, BreakerState.CLOSED),
        (answers(405), 1, DeliveryState.DEAD, BreakerState.CLOSED),
        (answers(409), 1, DeliveryState.DEAD, BreakerState.CLOSED),
        (answers(422), 1, DeliveryState.DEAD, BreakerState.CLOSED),
        (answers(200, "rejected_in_body"), 1, DeliveryState.DEAD, BreakerState.CLOSED),
        (answers(401), 1, DeliveryState.PENDING, BreakerState.HELD),
        (answers(403), 1, DeliveryState.PENDING, BreakerState.HELD),
        (answers(404), 1, DeliveryState.PENDING, BreakerState.HELD),
        (answers(410), 1, DeliveryState.PENDING, BreakerState.HELD),
        (answers(408), 8, DeliveryState.DEAD, BreakerState.OPEN),
        (answers(429), 8, DeliveryState.DEAD, BreakerState.CLOSED),
        (answers(500), 8, DeliveryState.DEAD, BreakerState.OPEN),
        (answers(502), 8, DeliveryState.DEAD, BreakerState.OPEN),
        (answers(503), 8, DeliveryState.DEAD, BreakerState.OPEN),
        (answers(302), 8, DeliveryState.DEAD, BreakerState.OPEN),
        (answers(error="timeout"), 8, DeliveryState.DEAD, BreakerState.OPEN),
        (answers(error="connect"), 8, DeliveryState.DEAD, BreakerState.OPEN),
    ],
)
async def test_each_answer_has_its_consequence(
    office: PostOffice, script: Script, attempts: int, state: int, breaker: BreakerState
) -> None:
    office.endpoint("ep", *LEAD)
    await office.sell()
    await office.run(script, for_ms=HOUR_MS // 2)
    delivery = await only(office)
    assert (len(office.made), delivery.attempts, delivery.state) == (attempts, attempts, state)
    assert office.endpoints.health("ep").breaker == breaker
    assert len(await office.store.attempts(delivery.id)) == attempts


async def test_the_waits_of_a_lead(office: PostOffice) -> None:
    office.endpoint("ep", *LEAD)
    await office.sell()
    await office.run(answers(429))  # the breaker has no part in it
    begun = [at_ms for at_ms, *_ in office.made]
    waits = [later - earlier - LATENCY_MS for earlier, later in pairwise(begun)]
    for wait, seconds in zip(waits, (2, 4, 8, 16, 32, 60, 60), strict=True):
        assert seconds * 800 <= wait <= min(seconds * 1_200, 60_000)
    assert [number for *_, number in office.made] == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_the_schedule_outlives_a_restart(office: PostOffice, tmp_path: Path) -> None:
    office.endpoint("ep", *LEAD)
    await office.sell()
    await office.run(answers(429), for_ms=10_000)
    due_ms = await office.store.next_due()
    again = await office.restart(tmp_path / "x.db")
    assert await again.store.next_due() == due_ms
    await again.run(answers(200))
    assert [number for *_, number in again.made] == [len(office.made) + 1]


async def test_retry_after_is_waited_for(office: PostOffice) -> None:
    office.endpoint("ep", *LEAD)
    await office.sell()
    await office.run(answers(429, retry_after_s=120), for_ms=130_000)
    assert [at_ms for at_ms, *_ in office.made] == [0, 120_000 + LATENCY_MS]


async def test_an_open_breaker_spares_attempts_and_a_probe_closes_it(office: PostOffice) -> None:
    office.endpoint("ep", *LEAD)
    for _ in range(30):
        await office.sell()
    await office.run(answers(500), for_ms=29_000)
    assert len(office.made) == 30  # all were under way when it opened
    assert await office.told() == ["endpoint.disabled", "endpoint.failing"]
    office.made.clear()
    await office.run(answers(500), for_ms=60_000)
    assert len(office.made) == 1  # the probe
    office.made.clear()
    await office.run(answers(200), for_ms=61_000)
    assert len(office.made) == 30
    assert (await office.told())[2:] == ["endpoint.recovered"]


async def test_the_breaker_outlives_a_restart(office: PostOffice, tmp_path: Path) -> None:
    office.endpoint("ep", *LEAD)
    await office.sell()
    await office.run(answers(401), for_ms=100)
    again = await office.restart(tmp_path / "x.db")
    await again.run(answers(200), for_ms=HOUR_MS // 2)
    assert again.made == []
    await again.desk.enable("ep")
    await again.run(answers(200), for_ms=1_000)
    assert len(again.made) == 1
    assert await again.told() == ["endpoint.disabled", "endpoint.recovered"]


async def test_what_a_held_endpoint_does_not_take_in_time_is_given_up(office: PostOffice) -> None:
    office.endpoint("ep", *LEAD)
    await office.sell()
    await office.run(answers(403))
    delivery = await only(office)
    assert (delivery.state, delivery.attempts) == (DeliveryState.DEAD, 1)
    assert delivery.reason == "its endpoint took nothing until it was too old"
    assert delivery.ended_ms - office.clock.at_ms <= 1
    assert office.clock.at_ms >= HOUR_MS


async def test_a_dead_endpoint_costs_the_others_nothing(office: PostOffice) -> None:
    office.endpoint("dead", *LEAD)
    office.endpoint("well", *LEAD)
    bad, good = answers(error="connect"), answers(200)
    for _ in range(50):
        await office.sell()
    await office.run(lambda one, now: (bad if one.endpoint.id == "dead" else good)(one, now), for_ms=1_000)
    assert sorted(at_ms for at_ms, place, *_ in office.made if place == "well") == [0] * 50


async def test_events_of_a_lead_come_in_order(office: PostOffice) -> None:
    office.endpoint("ep", "lead.sold", "lead.decided")
    office.book.put(office.endpoint("src", "lead.decided"))
    lead_id = await office.sell()
    failing, good = answers(500), answers(200)
    await office.run(lambda one, now: (failing if now < office.clock.at_ms else good)(one, now), for_ms=1)
    assert [one[2] for one in office.made] == ["lead.sold"]
    assert lead_id.startswith("lead_")


@pytest.mark.parametrize(
    ("action", "state", "places"),
    [
        (DeadLetterAction.KEEP, DeliveryState.DEAD, ["ep"]),
        (DeadLetterAction.PORTAL, DeliveryState.PORTAL, ["ep"]),
        (DeadLetterAction.RESELL, DeliveryState.RESOLD, ["ep"]),
        (DeadLetterAction.EMAIL, DeliveryState.DELIVERED, ["ep", "mailto:ops@buyer.example"]),
    ],
)
async def test_what_becomes_of_a_dead_letter_is_the_endpoints_choice(
    office: PostOffice, action: DeadLetterAction, state: int, places: list[str]
) -> None:
    office.endpoint("ep", *LEAD, dead_letter_action=action, fallback_email="ops@buyer.example")
    lead_id = await office.sell()
    bad, good = answers(400), answers(250)
    await office.run(lambda one, now: (good if one.url.startswith("mailto") else bad)(one, now), for_ms=1_000)
    delivery = await only(office)
    assert delivery.state == state
    assert [place for _, place, *_ in office.made] == places
    assert office.resold == ([(lead_id, "won")] if action is DeadLetterAction.RESELL else [])


async def test_a_fallback_that_fails_ends_in_the_queue(office: PostOffice) -> None:
    office.endpoint("ep", *LEAD, dead_letter_action=DeadLetterAction.EMAIL, fallback_email="ops@buyer.example")
    await office.sell()
    bad, worse = answers(400), answers(error="mail")
    await office.run(lambda one, now: (worse if one.url.startswith("mailto") else bad)(one, now), for_ms=HOUR_MS // 2)
    delivery = await only(office)
    assert (delivery.state, delivery.fallback, len(office.made)) == (DeliveryState.DEAD, True, 9)
    assert office.endpoints.health("ep").breaker == BreakerState.CLOSED  # mail says nothing of the webhook


async def test_an_endpoints_own_schedule(office: PostOffice) -> None:
    office.endpoint("ep", lead_retry=RetryPolicy(3, 1_000, 1_000, HOUR_MS))
    await office.sell()
    await office.run(answers(429))
    begun = [at_ms for at_ms, *_ in office.made]
    assert len(begun) == 3
    assert begun[-1] <= 2_000 + 2 * LATENCY_MS


async def test_other_events_are_tried_for_days(office: PostOffice) -> None:
    office.endpoint("ep", "cap.reached")
    await office.happen()
    await office.run(answers(429))
    assert len(office.made) == 22
    assert office.clock.at_ms - 1_760_000_000_000 > 60 * HOUR_MS


async def test_a_paused_endpoint_keeps_what_it_has(office: PostOffice) -> None:
    endpoint = office.endpoint("ep", *LEAD)
    await office.sell()
    office.book.put(structs.replace(endpoint, state=PartyState.PAUSED))
    await office.run(answers(200), for_ms=60_000)
    assert office.made == []
    assert (await only(office)).state == DeliveryState.PENDING
