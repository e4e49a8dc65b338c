"""What follows from each answer to a delivery."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain import limits
from exchange.domain.event import Attempt, DeliveryState
from exchange.events.backoff import Next, after

NOW_MS = 1_760_000_000_000
RETRIED = (0, 301, 302, 408, 429, 500, 502, 503, 504)
retried = st.sampled_from(RETRIED)
early = st.integers(1, limits.MAX_DELIVERY_ATTEMPTS - 1)


def attempt(status_code: int, retry_after_s: int = 0, error: str = "") -> Attempt:
    return Attempt("dlv_x", "lease_x", status_code, 12, error, retry_after_s)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
@pytest.mark.parametrize("made", [1, limits.MAX_DELIVERY_ATTEMPTS])
def test_any_2xx_is_delivered(status: int, made: int) -> None:
    assert after(attempt(status), made, "dlv_x", NOW_MS) == Next(DeliveryState.DELIVERED)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 499])
def test_the_same_data_is_not_sent_again_where_it_was_refused(status: int) -> None:
    following = after(attempt(status, retry_after_s=5), 1, "dlv_x", NOW_MS)
    assert following == Next(DeliveryState.DEAD, reason=f"the endpoint refused it with {status}")


@pytest.mark.parametrize("status", RETRIED)
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert after(attempt(status), 1, "dlv_x", NOW_MS).state == DeliveryState.PENDING


@given(retried, st.text())
def test_the_waits_double_within_a_fifth_up_to_the_cap(status: int, seed: str) -> None:
    waits = [after(attempt(status), made, seed, NOW_MS).due_ms - NOW_MS for made in range(1, 8)]
    for wait, seconds in zip(waits, (2, 4, 8, 16, 32, 60, 60), strict=True):
        assert seconds * 800 <= wait <= min(seconds * 1_200, limits.MAX_BACKOFF_MS)


@given(early, st.text())
def test_a_decision_can_be_made_again(made: int, seed: str) -> None:
    assert after(attempt(503), made, seed, NOW_MS) == after(attempt(503), made, seed, NOW_MS)


def test_deliveries_that_failed_together_return_apart() -> None:
    waits = [after(attempt(503), 1, f"dlv_{number}", NOW_MS).due_ms - NOW_MS for number in range(200)]
    assert len(set(waits)) > 100
    assert min(waits) < 1_800
    assert max(waits) > 2_200


@given(retried, early, st.integers(0, 10_000_000))
def test_retry_after_is_honoured_within_its_bound(status: int, made: int, asked_s: int) -> None:
    wait = after(attempt(status, asked_s), made, "dlv_x", NOW_MS).due_ms - NOW_MS
    alone = after(attempt(status), made, "dlv_x", NOW_MS).due_ms - NOW_MS
    assert wait == max(alone, min(asked_s * 1_000, 3_600_000))


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (attempt(503), "not delivered in 8 attempts; the last: status 503"),
        (attempt(0, error="timeout"), "not delivered in 8 attempts; the last: timeout"),
        (attempt(0), "not delivered in 8 attempts; the last: no answer"),
    ],
)
def test_the_last_attempt_is_the_last(last: Attempt, says: str) -> None:
    assert after(last, 7, "dlv_x", NOW_MS).state == DeliveryState.PENDING
    assert after(last, 8, "dlv_x", NOW_MS) == Next(DeliveryState.DEAD, reason=says)
    assert after(last, 9, "dlv_x", NOW_MS).state == DeliveryState.DEAD
