"""How fast an endpoint may be called; by values and a clock of our own."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.webhooks.pace import Pace


def calls(pace: Pace, arrivals: list[float]) -> list[float]:
    """When calls that arrive at these times go."""
    gone, now = [], 0.0
    for arrival in arrivals:
        now = max(now, arrival)
        now = pace.next(now)
        pace.go(now)
        gone.append(now)
    return gone


def test_a_slow_pace_is_even() -> None:
    assert [round(at, 3) for at in calls(Pace(2), [0.0] * 4)] == [0.0, 0.45, 0.95, 1.45]


def test_a_fast_pace_goes_in_small_bursts() -> None:
    gone = calls(Pace(1_000), [0.0] * 200)
    assert sum(at == 0.0 for at in gone) in range(50, 53)
    assert round(gone[-1], 3) == 0.149


def test_without_a_pace_all_go_at_once() -> None:
    assert calls(Pace(0), [0.0, 0.0, 1.0]) == [0.0, 0.0, 1.0]


def test_a_pause_is_not_saved_up() -> None:
    gone = calls(Pace(10), [0.0, *[100.0] * 3])
    assert [round(at, 2) for at in gone] == [0.0, 100.0, 100.05, 100.15]


@given(st.integers(1, 10_000), st.lists(st.floats(0, 5), min_size=1, max_size=300).map(sorted))
def test_no_second_has_more_than_the_pace_and_its_slack(rate: int, arrivals: list[float]) -> None:
    gone = calls(Pace(rate), arrivals)
    most = rate * 1.05 + 1
    for place, began in enumerate(gone):
        within = sum(began <= at < began + 1.0 for at in gone[place:])
        assert within <= most + 1e-6
    assert all(at >= arrival for at, arrival in zip(gone, arrivals, strict=True))
