"""An endpoint's breaker: what opens it, what closes it, and what its owner is told."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.endpoint import BreakerState, EndpointHealth
from exchange.events.backoff import Outcome
from exchange.events.breaker import Barred, Spikes, Step, after, barred, enabled, probing

NOW_MS = 1_760_000_000_000
WELL = EndpointHealth("ep")
COOL_MS = (30_000, 60_000, 120_000, 240_000, 300_000, 300_000)


def failing(count: int, health: EndpointHealth = WELL, now_ms: int = NOW_MS) -> Step:
    step = Step(health)
    for _ in range(count):
        step = after(step.health, Outcome.FAILED, "timeout", now_ms)
    return step


def test_four_failures_are_no_outage_and_five_are() -> None:
    four = failing(4)
    assert (four.health.breaker, four.health.failures, four.event_type) == (BreakerState.CLOSED, 4, "")
    five = failing(5)
    assert (five.health.breaker, five.event_type) == (BreakerState.OPEN, "endpoint.disabled")
    assert (five.health.retry_ms, five.health.last_failure) == (NOW_MS + 30_000, "timeout")


@pytest.mark.parametrize("good", [Outcome.DELIVERED, Outcome.REFUSED])
def test_an_answer_begins_the_count_anew(good: Outcome) -> None:
    answered = after(failing(4).health, good, "", NOW_MS)
    assert (answered.health.failures, answered.event_type) == (0, "")
    assert failing(4, answered.health).health.breaker == BreakerState.CLOSED


def test_being_busy_counts_for_nothing() -> None:
    four = failing(4).health
    assert after(four, Outcome.BUSY, "status 429", NOW_MS) == Step(four)


def test_one_delivery_is_let_through_when_the_cool_down_is_over() -> None:
    health = failing(5).health
    until = NOW_MS + 30_000
    assert barred({"ep": health}, NOW_MS) == {"ep": Barred(until, probe=False)}
    assert barred({"ep": health}, until) == {"ep": Barred(until + 1, probe=True)}
    out = probing(health, until + 15_000)
    assert out.breaker == BreakerState.HALF_OPEN
    assert barred({"ep": out}, until + 1) == {"ep": Barred(until + 15_000, probe=False)}
    # A probe that nobody reports holds the endpoint no longer than its lease.
    assert barred({"ep": out}, until + 15_000)["ep"].probe


def test_each_cool_down_is_twice_as_long_up_to_five_minutes() -> None:
    health, now_ms, waits = failing(5).health, NOW_MS, []
    for _ in COOL_MS:
        waits.append(health.retry_ms - now_ms)
        now_ms = health.retry_ms
        step = after(probing(health, now_ms + 15_000), Outcome.FAILED, "timeout", now_ms)
        assert step.event_type == ""  # said once an outage
        health = step.health
    assert tuple(waits) == COOL_MS
    assert health.since_ms == NOW_MS


def test_a_success_closes_and_the_next_outage_begins_small() -> None:
    out = probing(failing(5).health, NOW_MS + 45_000)
    closed = after(out, Outcome.DELIVERED, "", NOW_MS + 31_000)
    assert closed == Step(EndpointHealth("ep", since_ms=NOW_MS + 31_000), "endpoint.recovered")
    again = failing(5, closed.health, NOW_MS + 40_000)
    assert again.health.retry_ms == NOW_MS + 70_000


def test_what_was_under_way_when_it_opened_does_not_lengthen_the_outage() -> None:
    opened = failing(5).health
    late = after(opened, Outcome.FAILED, "timeout", NOW_MS + 4_000)
    assert (late.health.retry_ms, late.health.failures, late.event_type) == (opened.retry_ms, 6, "")


@pytest.mark.parametrize("before", [0, 3, 5])
def test_refused_credentials_hold_it_until_somebody_says_otherwise(before: int) -> None:
    held = after(failing(before).health, Outcome.HELD, "status 401", NOW_MS)
    assert held.health.breaker == BreakerState.HELD
    assert held.event_type == ("" if before == 5 else "endpoint.disabled")
    assert barred({"ep": held.health}, NOW_MS + 10**12)["ep"] == Barred(1 << 62, probe=False)
    assert after(held.health, Outcome.FAILED, "timeout", NOW_MS).health.breaker == BreakerState.HELD
    assert enabled(held.health, NOW_MS) == Step(EndpointHealth("ep", since_ms=NOW_MS), "endpoint.recovered")
    assert after(held.health, Outcome.DELIVERED, "", NOW_MS).event_type == "endpoint.recovered"
    assert enabled(WELL, NOW_MS) == Step(WELL)


@given(st.lists(st.sampled_from(Outcome), max_size=60))
def test_outages_and_recoveries_take_turns(outcomes: list[Outcome]) -> None:
    health, told = WELL, []
    for number, one in enumerate(outcomes):
        step = after(health, one, "x", NOW_MS + number * 1_000)
        health = step.health
        told += [step.event_type] if step.event_type else []
    turns = ["endpoint.disabled", "endpoint.recovered"] * len(told)
    assert told == turns[: len(told)]
    assert (health.breaker == BreakerState.CLOSED) == (len(told) % 2 == 0)


def test_a_spike_is_said_once_and_again_after_a_better_window() -> None:
    spikes = Spikes()
    said = Counter(spikes.count("ep", failed=number % 2 == 0, now_ms=NOW_MS + number) for number in range(100))
    assert said == {"": 99, "endpoint.failing": 1}
    assert spikes.count("ep", failed=True, now_ms=NOW_MS + 300_000) == ""  # that window was no better
    well = [spikes.count("ep", failed=False, now_ms=NOW_MS + 300_001 + number) for number in range(50)]
    assert set(well) == {""}
    again = [spikes.count("ep", failed=True, now_ms=NOW_MS + 700_000 + number) for number in range(30)]
    assert [number for number, one in enumerate(again) if one] == [19]


def test_few_attempts_are_no_spike() -> None:
    spikes = Spikes()
    assert {spikes.count("ep", failed=True, now_ms=NOW_MS) for _ in range(19)} == {""}
    assert spikes.count("other", failed=True, now_ms=NOW_MS) == ""
