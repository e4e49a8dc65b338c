"""What follows from each answer to a delivery (the table of B2, the schedule of B3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from exchange.domain.endpoint import EVENT_RETRY, LEAD_RETRY, RetryPolicy
from exchange.domain.event import Attempt, DeliveryState
from exchange.events.backoff import Next, Outcome, after, outcome

NOW_MS = 1_760_000_000_000
HOUR_MS = 3_600_000
RETRIED = (0, 301, 302, 408, 429, 500, 502, 503, 504)
HELD = (401, 403, 404, 410)
retried = st.sampled_from(RETRIED)
early = st.integers(1, LEAD_RETRY.max_attempts - 1)


def attempt(status_code: int, retry_after_s: int = 0, error: str = "", delivery_id: str = "dlv_x") -> Attempt:
    return Attempt(delivery_id, "lease_x", status_code, 12, error, retry_after_s)


def judged(one: Attempt, made: int = 1, policy: RetryPolicy = LEAD_RETRY, occurred_ms: int = NOW_MS) -> Next:
    return after(one, made, policy, occurred_ms, NOW_MS)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize("made", [1, LEAD_RETRY.max_attempts, 99])
def test_any_2xx_is_delivered(status: int, made: int) -> None:
    assert judged(attempt(status), made) == Next(DeliveryState.DELIVERED)
    assert outcome(attempt(status)) is Outcome.DELIVERED


@pytest.mark.parametrize("status", [400, 402, 405, 409, 415, 422, 499])
def test_the_same_data_is_not_sent_again_where_it_was_refused(status: int) -> None:
    refused = attempt(status, retry_after_s=5)
    assert judged(refused) == Next(DeliveryState.DEAD, reason=f"the endpoint refused it: status {status}")
    assert outcome(refused) is Outcome.REFUSED


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (attempt(200, error="rejected_in_body"), "status 200, rejected_in_body"),
        (attempt(0, error="mapping"), "mapping"),
    ],
)
def test_a_refusal_inside_a_good_answer_is_one_and_so_is_a_body_that_cannot_be_made(refused: Attempt, why: str) -> None:
    assert judged(refused) == Next(DeliveryState.DEAD, reason=f"the endpoint refused it: {why}")
    assert outcome(refused) is Outcome.REFUSED


def test_a_fault_of_ours_is_tried_again_and_says_nothing_of_the_endpoint() -> None:
    assert judged(attempt(0, error="internal")).state == DeliveryState.PENDING
    assert outcome(attempt(0, error="internal")) is Outcome.BUSY


@pytest.mark.parametrize("status", HELD)
def test_wrong_credentials_and_a_wrong_address_wait_for_somebody(status: int) -> None:
    assert judged(attempt(status)).state == DeliveryState.PENDING
    assert outcome(attempt(status)) is Outcome.HELD


@pytest.mark.parametrize("status", RETRIED)
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert judged(attempt(status)).state == DeliveryState.PENDING
    assert outcome(attempt(status)) is (Outcome.BUSY if status == 429 else Outcome.FAILED)


@pytest.mark.parametrize("error", ["timeout", "connect", "tls", "refused_address", "protocol", "credentials", "mail"])
def test_so_is_what_had_no_answer(error: str) -> None:
    assert judged(attempt(0, error=error)).state == DeliveryState.PENDING
    assert outcome(attempt(0, error=error)) is Outcome.FAILED


@given(retried, st.text())
def test_the_waits_for_a_lead_double_within_a_fifth_up_to_a_minute(status: int, seed: str) -> None:
    waits = [judged(attempt(status, delivery_id=seed), made).due_ms - NOW_MS for made in range(1, 8)]
    for wait, seconds in zip(waits, (2, 4, 8, 16, 32, 60, 60), strict=True):
        assert seconds * 800 <= wait <= min(seconds * 1_200, 60_000)


def test_an_event_is_tried_for_three_days() -> None:
    occurred_ms, now_ms, waits = NOW_MS, NOW_MS, []
    for made in range(1, EVENT_RETRY.max_attempts + 1):
        follows = after(attempt(503), made, EVENT_RETRY, occurred_ms, now_ms)
        if follows.state != DeliveryState.PENDING:
            break
        waits.append(follows.due_ms - now_ms)
        now_ms = follows.due_ms
    assert max(waits) <= 8 * HOUR_MS
    assert 5 * HOUR_MS < sum(waits) <= 72 * HOUR_MS


@given(early, st.text())
def test_a_decision_can_be_made_again(made: int, seed: str) -> None:
    one = attempt(503, delivery_id=seed)
    assert judged(one, made) == judged(one, made)


def test_deliveries_that_failed_together_return_apart() -> None:
    waits = [judged(attempt(503, delivery_id=f"dlv_{number}")).due_ms - NOW_MS for number in range(200)]
    assert len(set(waits)) > 100
    assert min(waits) < 1_800
    assert max(waits) > 2_200


@given(retried, early, st.integers(0, 10_000_000))
def test_retry_after_is_honoured_within_its_bound(status: int, made: int, asked_s: int) -> None:
    patient = structs.replace(LEAD_RETRY, max_age_ms=30 * HOUR_MS)
    wait = judged(attempt(status, asked_s), made, patient).due_ms - NOW_MS
    alone = judged(attempt(status), made, patient).due_ms - NOW_MS
    assert wait == max(alone, min(asked_s * 1_000, HOUR_MS))


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (attempt(503), "not delivered in 8 attempts; the last: status 503"),
        (attempt(0, error="timeout"), "not delivered in 8 attempts; the last: timeout"),
        (attempt(0), "not delivered in 8 attempts; the last: no answer"),
    ],
)
def test_the_last_attempt_is_the_last(last: Attempt, says: str) -> None:
    assert judged(last, 7).state == DeliveryState.PENDING
    assert judged(last, 8) == Next(DeliveryState.DEAD, reason=says)
    assert judged(last, 9).state == DeliveryState.DEAD


def test_an_endpoint_may_choose_its_own_schedule() -> None:
    own = RetryPolicy(3, 500, 700, HOUR_MS)
    waits = [judged(attempt(503), made, own).due_ms - NOW_MS for made in (1, 2)]
    assert 400 <= waits[0] <= 600
    assert waits[1] <= 700
    assert judged(attempt(503), 3, own).state == DeliveryState.DEAD


def test_what_would_be_too_old_is_not_waited_for() -> None:
    old = judged(attempt(503), 1, occurred_ms=NOW_MS - HOUR_MS + 1_000)
    assert old == Next(DeliveryState.DEAD, reason="too old for another attempt; the last: status 503")
