"""Rate plans: never more than the plan in any window, and never much less."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.access.limiter import Limiter, Slot
from exchange.domain.errors import Refused
from exchange.domain.plan import EVERY_PARTY, RatePlan
from exchange.domain.reasons import Reason

MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def limiter(*plans: RatePlan) -> Limiter:
    made = Limiter()
    for plan in plans:
        made.put(plan)
    return made


def passes(made: Limiter, now_ms: int, party_id: str = "src_a") -> Slot | None:
    """The slot of a call that came and went; its refusal says whether it was let in."""
    slot = made.enter(party_id, now_ms)
    if slot is not None and slot.refusal is None:
        with slot:
            pass
    return slot


gaps = st.lists(st.integers(0, 30_000), min_size=1, max_size=120)


@given(gaps, st.integers(1, 5), st.sampled_from(["per_minute", "per_hour"]), st.integers(0, HOUR_MS))
def test_no_window_holds_more_than_the_plan_and_none_is_refused_early(
    gaps: list[int], most: int, name: str, began_ms: int
) -> None:
    length_ms = MINUTE_MS if name == "per_minute" else HOUR_MS
    gaps = gaps if name == "per_minute" else [gap * 60 for gap in gaps]
    made = limiter(RatePlan("src_a", **{name: most}))
    let_in: list[int] = []
    now_ms = began_ms
    for gap in gaps:
        now_ms += gap
        slot = passes(made, now_ms)
        assert slot is not None
        within = [at for at in let_in if at > now_ms - length_ms]
        if slot.refusal is None:
            assert len(within) < most
            let_in.append(now_ms)
            continue
        # Refused, since with a part more than the window there were so many.
        longer = [at for at in let_in if at > now_ms - length_ms - length_ms // 60]
        assert len(longer) >= most
        wait_ms = slot.refusal.retry_after_ms
        assert slot.refusal.reason is Reason.RATE_LIMITED
        assert wait_ms is not None
        assert 0 < wait_ms <= length_ms + length_ms // 60


@given(gaps, st.integers(1, 4), st.integers(1, 9))
def test_what_is_told_comes_true(gaps: list[int], per_minute: int, per_hour: int) -> None:
    made = limiter(RatePlan("src_a", per_minute=per_minute, per_hour=per_hour))
    now_ms = 7
    for gap in gaps:
        now_ms += gap
        slot = passes(made, now_ms)
        assert slot is not None
        told = dict(slot.headers)
        assert 0 <= int(told["x-ratelimit-remaining"]) <= int(told["x-ratelimit-limit"])
        if slot.refusal is not None:
            assert told["x-ratelimit-remaining"] == "0"
            assert slot.refusal.retry_after_ms is not None
            now_ms += slot.refusal.retry_after_ms
            again = passes(made, now_ms)
            assert again is not None
            assert again.refusal is None


def test_as_many_calls_at_once_as_the_plan_says() -> None:
    made = limiter(RatePlan("src_a", concurrent=2))
    with ExitStack() as open_calls:
        for _ in range(2):
            slot = made.enter("src_a", 0)
            assert slot is not None
            open_calls.enter_context(slot)
        third = made.enter("src_a", 0)
        assert third is not None
        with pytest.raises(Refused, match="2 calls at once") as caught, third:
            pass
        assert caught.value.retry_after_ms == 100
        assert made.enter("src_b", 0) is None
    free = passes(made, 0)
    assert free is not None
    assert free.refusal is None


def test_a_call_that_fails_leaves_too() -> None:
    made = limiter(RatePlan("src_a", concurrent=1))
    for _ in range(3):
        slot = made.enter("src_a", 0)
        assert slot is not None
        with pytest.raises(ZeroDivisionError), slot:
            raise ZeroDivisionError


def test_what_a_caller_is_told() -> None:
    made = limiter(RatePlan("src_a", per_minute=2, per_hour=100, concurrent=5))
    slot = passes(made, 500)
    assert slot is not None
    assert dict(slot.headers) == {
        "x-ratelimit-limit": "2",
        "x-ratelimit-remaining": "1",
        "x-ratelimit-reset": "61",
        "x-ratelimit-policy": '"minute";q=2;w=60, "concurrent";q=5, "hour";q=100;w=3600',
    }


def test_nobody_is_limited_without_a_plan_for_it() -> None:
    assert Limiter().enter("src_a", 0) is None
    made = limiter(RatePlan("src_a", per_minute=1))
    assert made.enter("src_b", 0) is None
    assert made.enter("", 0) is None  # operators and adapters are no party


def test_a_partys_own_plan_comes_before_everybodys() -> None:
    made = limiter(RatePlan(EVERY_PARTY, per_minute=1), RatePlan("src_a", per_minute=3))
    assert [_let_in(made, "src_a") for _ in range(4)] == [True, True, True, False]
    assert [_let_in(made, "src_b") for _ in range(2)] == [True, False]
    assert [_let_in(made, "src_c") for _ in range(2)] == [True, False]  # each has a count of its own
    assert made.enter("", 0) is None


def test_another_plan_holds_at_once_and_forgets_nothing() -> None:
    made = limiter(RatePlan(EVERY_PARTY, per_minute=2))
    assert [_let_in(made, "src_a") for _ in range(3)] == [True, True, False]
    made.put(RatePlan("src_a", per_minute=3))
    assert [_let_in(made, "src_a") for _ in range(2)] == [True, False]
    made.put(RatePlan("src_a"))
    assert all(_let_in(made, "src_a") for _ in range(50))
    made.put(RatePlan("src_a", per_hour=53))
    assert not _let_in(made, "src_a")


def test_a_clock_that_is_set_back_lets_nobody_exceed_its_plan() -> None:
    made = limiter(RatePlan("src_a", per_minute=2))
    assert [_let_in(made, "src_a", now_ms) for now_ms in (90_000, 30_000, 31_000)] == [True, True, False]


def _let_in(made: Limiter, party_id: str, now_ms: int = 0) -> bool:
    slot = passes(made, now_ms, party_id)
    assert slot is not None
    return slot.refusal is None
