"""Who is let in, whose turn it is, and how long the others are to stay away."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from exchange.market.room import Pace, Room

SOURCES = ("big", "small", "third")


def filled(*sources: str) -> Room[tuple[str, int]]:
    room: Room[tuple[str, int]] = Room()
    for number, source in enumerate(sources):
        room.put(source, (source, number))
    return room


def stands(pace: Pace, begun: int, times: int, from_us: int = 1_000_000) -> int:
    """A queue that stands for so many quarters of a second, in each of which so many begin; answers when it ends."""
    pace.turn(from_us, 0, 1)
    for _ in range(times):
        from_us += 250_000
        pace.turn(from_us, begun, 1)
    pace.turn(from_us, 0, 0)
    return from_us


def test_sources_take_turns() -> None:
    room = filled("big", "big", "big", "small", "big")
    assert [source for source, _ in room.take(9)] == ["big", "small", "big", "big", "big"]
    assert len(room) == 0


def test_no_more_are_taken_than_asked_for() -> None:
    room = filled("big", "big", "small")
    assert [number for _, number in room.take(2)] == [0, 2]
    assert len(room) == 1


def test_who_sends_much_has_its_own_leads_ahead() -> None:
    room = filled(*["big"] * 100)
    assert room.ahead("big") == 100
    assert room.ahead("small") == 1  # one of the other's turns
    room.put("small", ("small", 0))
    assert room.ahead("small") == 3


@given(st.lists(st.sampled_from(SOURCES), max_size=60), st.sampled_from(SOURCES))
def test_no_more_begin_before_a_lead_than_were_said_to_be_ahead(sources: list[str], newcomer: str) -> None:
    room = filled(*sources)
    ahead = room.ahead(newcomer)
    room.put(newcomer, (newcomer, -1))
    before = [number for _, number in room.take(len(room))].index(-1)
    assert before <= ahead <= len(sources)


@given(st.lists(st.sampled_from(SOURCES), max_size=60), st.lists(st.integers(0, 7)))
def test_each_lead_is_taken_once_and_a_sources_leads_in_their_order(sources: list[str], takes: list[int]) -> None:
    room = filled(*sources)
    taken = [lead for most in takes for lead in room.take(most)]
    assert len(taken) + len(room) == len(sources)
    taken += room.take(len(sources))
    assert sorted(number for _, number in taken) == list(range(len(sources)))
    for source in SOURCES:
        own = [number for of, number in taken if of == source]
        assert own == sorted(own)


def test_a_lead_that_is_left_when_the_taking_stops_still_waits() -> None:
    room = filled("big", "big", "small")
    assert [number for _, number in islice(room.take(3), 1)] == [0]
    assert len(room) == 2


def test_the_pace_is_what_a_standing_queue_shows() -> None:
    pace = Pace()
    assert pace.wait_ms(1_000) == 500
    stands(pace, 100, 12)
    assert abs(pace.per_s - 400) < 1
    assert abs(pace.wait_ms(200) - 500) < 1


def test_a_burst_shows_nothing() -> None:
    pace = Pace()
    before = pace.per_s
    for start in range(1_000_000, 9_000_000, 1_000_000):
        pace.turn(start, 64, 192)
        pace.turn(start + 100_000, 192, 0)  # all gone after a tenth of a second
    assert pace.per_s == before


def test_nothing_begun_is_slow_and_not_for_ever() -> None:
    pace = Pace()
    ends_us = stands(pace, 0, 20)
    assert 0 < pace.per_s < 10
    stands(pace, 500, 12, ends_us + 1)
    assert pace.per_s > 1_900


def test_that_leads_were_slow_is_forgotten_while_nobody_waits() -> None:
    """Whoever is refused for it can make no queue that would show that it is over."""
    pace = Pace()
    ends_us = stands(pace, 0, 20)
    slow = pace.per_s
    pace.turn(ends_us + 1, 1, 0)
    assert pace.per_s == slow
    for quarter in range(1, 4):
        pace.turn(ends_us + quarter * 250_000, 1, 0)
        assert pace.per_s == slow * 2**quarter
    for quarter in range(4, 20):
        pace.turn(ends_us + quarter * 250_000, 1, 0)
    assert pace.per_s == Pace().per_s


def test_who_is_late_is_taken_from_the_front_of_each_queue() -> None:
    room = filled("big", "big", "small", "big", "small")
    assert list(room.take_late(lambda lead: lead[1] in {0, 2, 3, 4})) == [("big", 0), ("small", 2), ("small", 4)]
    assert len(room) == 2
    assert room.ahead("small") == 1  # no queue of its own is left
    assert [number for _, number in room.take(9)] == [1, 3]


@given(st.integers(0, 100_000), st.floats(0, 1))
def test_the_time_to_stay_away_is_bounded_and_spread(waiting: int, chance: float) -> None:
    least, one, most = (Pace().refuse(waiting, part) for part in (0.0, chance, 1.0))
    assert 50 <= least <= one <= most <= 10_000


def test_the_more_are_refused_the_longer_they_stay_away() -> None:
    calm, rush = Pace(), Pace()
    for pace, refused in ((calm, 10), (rush, 1_000)):
        pace.turn(1_000_000, 0, 400)
        for _ in range(refused):
            pace.refuse(400, 0.5)
        pace.turn(1_250_000, 500, 400)
    assert calm.per_s == rush.per_s
    assert rush.refuse(400, 0.5) > 2 * calm.refuse(400, 0.5)
    rush.turn(1_260_000, 400, 0)  # nobody waits any more
    assert rush.refuse(400, 0.5) < 2 * calm.refuse(400, 0.5)


def test_over_three_times_the_pace_what_is_let_in_begins_in_time() -> None:
    """A simulated second after second: 1,000 a second begin, 3,000 come, a tenth of them from a small source."""
    pace, room, patience_ms, budget_ms = Pace(), Room[tuple[str, int]](), 500.0, 1_000
    waited: list[float] = []
    counts = {(source, let): 0 for source in ("big", "small") for let in (True, False)}
    for now_ms in range(1, 8_001):
        for turn in range(3):
            source = "small" if (now_ms * 3 + turn) % 10 == 0 else "big"
            let = pace.wait_ms(room.ahead(source)) <= patience_ms
            counts[source, let] += 1
            if let:
                room.put(source, (source, now_ms))
            else:
                pace.refuse(len(room), 0.5)
        if now_ms % 5 == 0:
            begun = list(room.take(5))
            waited += [now_ms - came for _, came in begun if came > 2_000]  # the pace is known by then
            pace.turn(now_ms * 1_000, len(begun), len(room))
    assert max(waited) < 0.8 * budget_ms  # longer than was foreseen by what the other source sent since
    assert counts["small", False] == 0  # its tenth is less than its share
    assert counts["big", False] > counts["big", True]
