"""Which deliveries start, wait, or are left to their lease; by values and a clock of our own."""

from adapters.webhooks.lanes import MAX_HELD, MAX_RUNNING, Held, Lanes
from tests.webhooks.scripted_outbox import delivery


class Desk:
    def __init__(self) -> None:
        self.begun: list[Held] = []
        self.lanes = Lanes(self.begun.append)

    def take(self, count: int, endpoint_id: str, now: float, *, ends: float = 100.0) -> None:
        for _ in range(count):
            number = len(self.begun) + self.lanes.shed + 10_000
            self.lanes.take(Held(delivery(number, "http://x/", endpoint_id=endpoint_id), ends), now)

    def finish(self, count: int, now: float) -> None:
        for held in self.begun[:count]:
            self.lanes.done(held.delivery, now)
        del self.begun[:count]


def test_a_lane_runs_so_many_at_once_and_the_rest_wait_their_turn() -> None:
    desk = Desk()
    for number in range(MAX_RUNNING + 10):
        desk.lanes.take(Held(delivery(number, "http://x/"), 100.0), 0.0)
    assert len(desk.begun) == MAX_RUNNING
    desk.lanes.done(desk.begun[0].delivery, 0.1)
    assert [held.delivery.id for held in desk.begun[-2:]] == [f"dlv_{MAX_RUNNING - 1}", f"dlv_{MAX_RUNNING}"]


def test_a_brisk_lane_that_is_full_stops_the_leasing_for_a_moment() -> None:
    desk = Desk()
    for number in range(300):
        desk.lanes.take(Held(delivery(number, "http://x/"), 100.0), 0.0)
    assert desk.lanes.room(0.1) == 0
    desk.finish(60, 0.1)
    assert desk.lanes.room(0.1) == MAX_HELD - 240


def test_a_slow_lane_that_is_full_stops_nobody_and_gets_no_more() -> None:
    desk = Desk()
    for number in range(300):
        desk.lanes.take(Held(delivery(number, "http://x/"), 100.0), 0.0)
    assert desk.lanes.room(1.0) == MAX_HELD - 300
    desk.lanes.take(Held(delivery(999, "http://x/"), 100.0), 1.0)
    desk.lanes.take(Held(delivery(1_000, "http://y/", endpoint_id="ep_b"), 100.0), 1.0)
    assert desk.lanes.shed == 1
    assert desk.begun[-1].delivery.endpoint_id == "ep_b"


def test_any_number_of_slow_lanes_leave_room_for_others() -> None:
    desk = Desk()
    number = 0
    for second in range(40):
        for lane in range(200):
            number += 1
            desk.lanes.take(Held(delivery(number, "http://x/", endpoint_id=f"ep_{lane}"), 1_000.0), float(second))
    assert desk.lanes.room(50.0) > 0
    desk.lanes.take(Held(delivery(0, "http://y/", endpoint_id="ep_new"), 1_000.0), 50.0)
    assert desk.begun[-1].delivery.endpoint_id == "ep_new"


def test_what_waited_until_its_lease_would_lapse_is_let_go() -> None:
    desk = Desk()
    for number in range(MAX_RUNNING + 3):
        desk.lanes.take(Held(delivery(number, "http://x/"), 9.0 if number < MAX_RUNNING + 2 else 20.0), 0.0)
    desk.lanes.done(desk.begun[0].delivery, 9.0)
    assert desk.lanes.shed == 2
    assert desk.begun[-1].delivery.id == f"dlv_{MAX_RUNNING + 2}"


def test_all_is_accounted_for_when_all_is_done() -> None:
    desk = Desk()
    for number in range(200):
        desk.lanes.take(Held(delivery(number, "http://x/", endpoint_id=f"ep_{number % 3}"), 100.0), 0.0)
    desk.lanes.stop()
    for held in tuple(desk.begun):
        desk.lanes.done(held.delivery, 1.0)
    assert desk.lanes.room(1.0) == MAX_HELD
    assert len(desk.begun) + desk.lanes.shed == 200
