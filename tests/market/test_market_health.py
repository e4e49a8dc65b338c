from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.policy import Policy
from exchange.domain.reasons import Reason
from exchange.market.health import LEAST, POSTS, WINDOW, Health, draw

POLICY = Policy("mortgage", care_threshold_bps=5_000, exploration_bps=500)
GOOD, BAD = Reason.BID, Reason.BID_TIMEOUT


def health(*outcomes: Reason) -> Health:
    one = Health()
    for outcome in outcomes:
        one.note(outcome)
    return one


@pytest.mark.parametrize(
    "bad",
    [
        Reason.BID_TIMEOUT,
        Reason.BID_LATE,
        Reason.BID_INVALID,
        Reason.BIDDER_ERROR,
        Reason.BIDDER_DISCONNECTED,
    ],
)
def test_from_the_threshold_on_only_the_share_for_exploration_is_asked(bad: Reason) -> None:
    below = health(*[GOOD] * 51, *[bad] * 49)
    assert below.bad_bps == 4_900
    assert below.calls(POLICY, 9_999)
    at = health(*[GOOD] * 50, *[bad] * 50)
    assert at.bad_bps == 5_000
    assert at.calls(POLICY, 499)
    assert not at.calls(POLICY, 500)


def test_declining_is_a_good_answer() -> None:
    assert health(*[Reason.NO_BID] * 100).bad_bps == 0


@pytest.mark.parametrize("outcome", [Reason.BIDDER_THROTTLED, Reason.BIDDER_OFFLINE, Reason.BIDDER_SATURATED])
def test_what_was_not_asked_says_nothing(outcome: Reason) -> None:
    one = health(*[BAD] * 50, *[GOOD] * 50, *[outcome] * 100)
    assert one.bad_bps == 5_000


def test_with_few_answers_nothing_is_known() -> None:
    assert health(*[BAD] * (LEAST - 1)).calls(POLICY, 9_999)
    assert not health(*[BAD] * LEAST).calls(POLICY, 9_999)


def test_it_recovers_with_what_exploration_finds() -> None:
    one = health(*[BAD] * 1_000)
    for answered in range(WINDOW):
        if one.calls(POLICY, 9_999):
            assert answered == WINDOW // 2 + 1
            break
        one.note(GOOD)
    assert one.calls(POLICY, 9_999)


@given(st.lists(st.sampled_from((GOOD, BAD, Reason.BIDDER_OFFLINE)), max_size=2 * WINDOW + 50))
def test_only_the_last_answers_count(outcomes: list[Reason]) -> None:
    last = [outcome == BAD for outcome in outcomes if outcome != Reason.BIDDER_OFFLINE][-WINDOW:]
    expected = sum(last) * 10_000 // len(last) if len(last) >= LEAST else 0
    assert health(*outcomes).bad_bps == expected


def test_a_draw_can_be_drawn_again_and_favours_nothing() -> None:
    assert draw("auc_1", "camp-1") == draw("auc_1", "camp-1")
    draws = [draw(f"auc_{number}", "camp-1") for number in range(5_000)]
    assert set(draws) <= set(range(10_000))
    tenths = Counter(number // 1_000 for number in draws)
    assert all(400 < tenths[tenth] < 600 for tenth in range(10))
    assert sum(draw("auc_1", f"camp-{number}") < 500 for number in range(5_000)) in range(200, 300)


def test_the_usual_time_is_the_95th_percentile_rounded_up() -> None:
    one = Health()
    for number in range(1, LEAST):
        one.note_post(number * 1_000)
        assert one.usual_post_ms == 0
    one.note_post(LEAST * 1_000)
    assert one.usual_post_ms == 19
    one.note_post(18_001)
    assert one.usual_post_ms == 19
    one.note_post(19_001)
    assert one.usual_post_ms == 20


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 40)), max_size=12))
def test_only_the_last_posts_count(runs: list[tuple[int, int]]) -> None:
    one, latencies = Health(), [latency for latency, times in runs for _ in range(times)]
    for latency in latencies:
        one.note_post(latency * 1_000)
    last = latencies[-POSTS:]
    usual = one.usual_post_ms
    if len(last) < LEAST:
        assert usual == 0
    else:
        assert usual in last
        assert 100 * sum(latency <= usual for latency in last) >= 95 * len(last)
        assert 100 * sum(latency < usual for latency in last) < 95 * len(last)
