"""Which deliveries start, wait, or are handed back; by values and a clock of our own."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.webhooks.lanes import MAX_HELD, MAX_LANE, Held, Lanes
from leadexchange.v1.delivery_pb2 import DeliveryTarget
from tests.webhooks.scripted_outbox import delivery

CONCURRENCY = 32


class Desk:
    def __init__(self) -> None:
        self.begun: list[Held] = []
        self.back: list[Held] = []
        self.timers: list[tuple[float, str]] = []
        self.lanes = Lanes(
            lambda held: self.begun.append(held),  # noqa: PLW0108 - the list changes
            self.back.append,
            lambda at, endpoint_id: self.timers.append((at, endpoint_id)),
        )

    def take(
        self,
        count: int,
        now: float,
        endpoint_id: str = "ep_a",
        *,
        ends: float = 100.0,
        concurrency: int = CONCURRENCY,
        rate: int = 0,
    ) -> None:
        target = DeliveryTarget(max_concurrency=concurrency, max_per_second=rate)
        for number in range(count):
            held = Held(delivery(number, "http://x/", endpoint_id=endpoint_id), target, ends)
            self.lanes.take(held, now)

    def finish(self, count: int, now: float) -> None:
        done, self.begun = self.begun[:count], self.begun[count:]
        for held in done:
            self.lanes.done(held, now)


def test_a_lane_runs_so_many_at_once_and_the_rest_wait_their_turn() -> None:
    desk = Desk()
    desk.take(CONCURRENCY + 10, 0.0)
    assert len(desk.begun) == CONCURRENCY
    desk.finish(1, 0.1)
    assert [held.delivery.id for held in desk.begun[-2:]] == [f"dlv_{CONCURRENCY - 1}", f"dlv_{CONCURRENCY}"]


def test_a_lane_has_room_for_what_its_endpoint_takes_in_a_second() -> None:
    desk = Desk()
    desk.take(1_000, 0.0)
    # A tenth of a second each, until there is a better guess: 320 a second, and 32 under way. Twice that is too much.
    assert len(desk.back) == 1_000 - 706
    assert [held.delivery.id for held in desk.back[:1]] == ["dlv_706"]
    assert desk.lanes.full(0.0) == ["ep_a"]
    assert desk.lanes.make_room(0.0) == MAX_HELD - 706
    desk.take(352, 0.0, "ep_b")
    assert desk.lanes.full(0.0) == ["ep_a"]
    desk.take(1, 0.0, "ep_b")
    assert desk.lanes.full(0.0) == ["ep_a", "ep_b"]


def test_a_brisk_lane_that_is_full_stops_the_leasing_for_a_moment() -> None:
    desk = Desk()
    for round_ in range(30):
        desk.take(CONCURRENCY, round_ / 10)
        desk.finish(CONCURRENCY, round_ / 10 + 0.001)
    desk.take(MAX_LANE, 5.0)
    assert desk.back == []
    assert desk.lanes.make_room(5.001) == 0
    desk.finish(20, 5.001)
    assert desk.lanes.make_room(5.001) == MAX_HELD - MAX_LANE + 20
    assert desk.lanes.full(5.001) == []


def test_a_lane_that_hangs_hands_back_what_waits_stops_nobody_and_gets_no_more() -> None:
    desk = Desk()
    desk.take(300, 0.0)
    assert desk.lanes.make_room(2.0) == MAX_HELD - 49  # 32 under way, 16 for the next second, and one
    assert len(desk.back) == 300 - 49
    assert desk.back[0].delivery.id == "dlv_299"
    assert desk.lanes.full(2.0) == ["ep_a"]
    desk.take(1, 2.0)
    desk.take(1, 2.0, "ep_b")
    assert len(desk.back) == 300 - 49 + 1
    assert desk.begun[-1].delivery.endpoint_id == "ep_b"
    assert desk.lanes.full(2.0) == ["ep_a"]


def test_a_lane_is_fast_again_after_some_fast_answers() -> None:
    desk = Desk()
    desk.take(CONCURRENCY, 0.0)
    desk.finish(CONCURRENCY, 5.0)
    desk.take(100, 5.0)
    assert len(desk.back) > 50
    for turn in range(3):
        desk.finish(len(desk.begun), 5.1 + turn / 10)
        desk.back.clear()
        desk.take(100, 5.1 + turn / 10)
    assert desk.back == []


def test_any_number_of_slow_lanes_leave_room_for_others() -> None:
    desk = Desk()
    for second in range(40):
        for lane in range(200):
            desk.take(1, float(second), f"ep_{lane}", ends=1_000.0)
        desk.lanes.make_room(float(second))
    assert desk.lanes.make_room(50.0) > 0
    desk.take(1, 50.0, "ep_new", ends=1_000.0)
    assert desk.begun[-1].delivery.endpoint_id == "ep_new"


def test_what_waited_until_its_lease_would_lapse_is_handed_back() -> None:
    desk = Desk()
    desk.take(CONCURRENCY + 2, 0.0, ends=9.0)
    desk.take(1, 0.0, ends=20.0)
    desk.finish(1, 9.0)
    assert [held.delivery.id for held in desk.back] == ["dlv_32", "dlv_33"]
    assert desk.begun[-1].ends == 20.0


def test_what_does_not_fit_its_lease_is_handed_back_at_once() -> None:
    desk = Desk()
    desk.take(1, 5.0, ends=4.0)
    assert len(desk.back) == 1
    assert desk.begun == []
    assert desk.lanes.make_room(5.0) == MAX_HELD


def test_a_pace_is_kept_by_timers_one_at_a_time() -> None:
    desk = Desk()
    desk.take(5, 0.0, rate=4)
    assert len(desk.begun) == 1
    assert desk.timers == [(0.2, "ep_a")]
    desk.lanes.advance("ep_a", 0.2)
    assert len(desk.begun) == 2
    assert desk.timers[1:] == [(0.45, "ep_a")]
    desk.finish(2, 0.3)
    assert desk.timers[2:] == []


def test_a_lane_with_a_slow_pace_takes_little_and_is_named() -> None:
    desk = Desk()
    desk.take(10, 0.0, rate=1)
    assert len(desk.back) == 6
    assert desk.lanes.full(0.0) == ["ep_a"]
    assert desk.lanes.make_room(0.0) == MAX_HELD - 4


def test_mails_for_an_endpoint_do_not_wait_for_what_it_leaves_hanging() -> None:
    desk = Desk()
    desk.take(CONCURRENCY + 1, 0.0)
    mail = delivery(99, "mailto:desk@buyer.example", endpoint_id="ep_a")
    desk.lanes.take(Held(mail, DeliveryTarget(max_concurrency=1), 100.0), 5.0)
    assert desk.begun[-1].delivery.id == "dlv_99"
    desk.lanes.take(Held(mail, DeliveryTarget(max_concurrency=1), 100.0), 5.0)
    desk.finish(CONCURRENCY + 1, 5.1)
    assert len(desk.begun) == 2
    desk.finish(2, 5.2)
    assert desk.lanes.make_room(5.2) == MAX_HELD


def test_stopping_hands_back_all_that_waits_and_accounts_for_the_rest() -> None:
    desk = Desk()
    for endpoint_id in ("ep_a", "ep_b"):
        desk.take(100, 0.0, endpoint_id)
    desk.lanes.stop()
    assert len(desk.begun) + len(desk.back) == 200
    desk.finish(len(desk.begun), 1.0)
    assert desk.lanes.make_room(1.0) == MAX_HELD
    assert desk.lanes.full(1.0) == []


def test_a_timer_for_a_lane_that_is_done_does_nothing() -> None:
    desk = Desk()
    desk.take(2, 0.0, rate=1)
    desk.lanes.stop()
    desk.lanes.advance("ep_a", 1.0)
    desk.lanes.advance("ep_gone", 1.0)
    assert len(desk.begun) == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["take", "finish", "timer", "room"]),
            st.integers(0, 5),
            st.integers(0, 300),
            st.floats(0, 3, allow_nan=False),
        ),
        max_size=60,
    ),
    st.integers(1, 64),
    st.sampled_from([0, 1, 50, 5_000]),
)
def test_every_delivery_is_running_waiting_begun_or_handed_back_and_no_bound_is_exceeded(
    steps: list[tuple[str, int, int, float]], concurrency: int, rate: int
) -> None:
    desk = Desk()
    now, taken, done = 0.0, 0, 0
    for what, lane, count, passed in steps:
        now += passed
        if what == "take":
            some = min(count, max(0, desk.lanes.make_room(now)))
            desk.take(some, now, f"ep_{lane}", ends=now + 9.0, concurrency=concurrency, rate=rate)
            taken += some
        elif what == "finish":
            done += min(count, len(desk.begun))
            desk.finish(count, now)
        elif what == "timer" and desk.timers:
            at, endpoint_id = desk.timers.pop(0)
            now = max(now, at)
            desk.lanes.advance(endpoint_id, now)
        running = {f"ep_{n}": 0 for n in range(6)}
        for held in desk.begun:
            running[held.delivery.endpoint_id] += 1
        assert max(running.values()) <= concurrency
        assert len(desk.begun) + len(desk.back) + done <= taken
    desk.lanes.stop()
    assert len(desk.begun) + len(desk.back) + done == taken
    desk.finish(len(desk.begun), now)
    assert desk.lanes.make_room(now) == MAX_HELD
