"""When asking again is worth while."""

from hypothesis import given
from hypothesis import strategies as st

from exchange.domain import limits
from exchange.rpc.polling import next_poll_ms

NOW_MS = 1_780_000_000_000
times = st.lists(st.integers(NOW_MS - 10**9, NOW_MS), max_size=limits.POLLED_ARRIVALS)


@given(times, st.booleans(), st.integers(0, 10**10))
def test_it_is_from_a_second_to_five_minutes(arrived_ms: list[int], more: bool, later_ms: int) -> None:
    asked = next_poll_ms(arrived_ms, NOW_MS + later_ms, more=more)
    assert 1_000 <= asked <= 300_000
    assert asked == 1_000 or not more
    # While nothing comes it grows.
    assert next_poll_ms(arrived_ms, NOW_MS + later_ms + 60_000, more=more) >= asked


def test_it_goes_with_the_flow() -> None:
    def every(gap_ms: int) -> list[int]:
        return [NOW_MS - gap_ms * place for place in range(1, limits.POLLED_ARRIVALS + 1)]

    assert [next_poll_ms(every(gap), NOW_MS, more=False) for gap in (10, 1_500, 40_000, 10**6)] == [
        1_000,
        1_500,
        40_000,
        300_000,
    ]
    assert next_poll_ms([], NOW_MS, more=False) == 300_000
