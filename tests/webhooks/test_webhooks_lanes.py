"""Which deliveries start, wait, or are left to their lease; by values and a clock of our own."""

from adapters.webhooks.lanes import MAX_HELD, MAX_RUNNING, Held, Lanes
from tests.webhooks.scripted_outbox import delivery


class Desk:
    def __init__(self) -> None:
        self.begun: list[Held] = []
        self.lanes = Lanes(self.begun.append)

    def take(self, count: int, now: float, endpoint_id: str = "ep_a", *, ends: float = 100.0) -> None:
        for number in range(count):
            self.lanes.take(Held(delivery(number, "http://x/", endpoint_id=endpoint_id), ends), now)

    def finish(self, count: int, now: float) -> None:
        for held in self.begun[:count]:
            self.lanes.done(held, now)


def test_a_lane_runs_so_many_at_once_and_the_rest_wait_their_turn() -> None:
    desk = Desk()
    desk.take(MAX_RUNNING + 10, 0.0)
    assert len(desk.begun) == MAX_RUNNING
    desk.finish(1, 0.1)
    assert [held.delivery.id for held in desk.begun[-2:]] == [f"dlv_{MAX_RUNNING - 1}", f"dlv_{MAX_RUNNING}"]


def test_a_brisk_lane_that_is_full_stops_the_leasing_for_a_moment() -> None:
    desk = Desk()
    desk.take(300, 0.0)
    assert desk.lanes.room(0.1) == 0
    desk.finish(60, 0.1)
    assert desk.lanes.room(0.1) == MAX_HELD - 240


def test_a_slow_lane_that_is_full_stops_nobody_and_gets_no_more() -> None:
    desk = Desk()
    desk.take(300, 0.0)
    assert desk.lanes.room(1.5) == MAX_HELD - 300
    desk.take(1, 1.5)
    desk.take(1, 1.5, "ep_b")
    assert desk.lanes.shed == 1
    assert desk.begun[-1].delivery.endpoint_id == "ep_b"


def test_a_lane_stays_slow_until_an_attempt_is_done_in_time() -> None:
    desk = Desk()
    desk.take(300, 0.0)
    desk.finish(64, 5.0)
    desk.take(1, 5.1)
    assert desk.lanes.shed == 1
    desk.begun = desk.begun[64:]
    desk.finish(1, 5.2)
    desk.take(1, 5.2)
    assert desk.lanes.shed == 1


def test_any_number_of_slow_lanes_leave_room_for_others() -> None:
    desk = Desk()
    for second in range(40):
        for lane in range(200):
            desk.take(1, float(second), f"ep_{lane}", ends=1_000.0)
    assert desk.lanes.room(50.0) > 0
    desk.take(1, 50.0, "ep_new", ends=1_000.0)
    assert desk.begun[-1].delivery.endpoint_id == "ep_new"


def test_what_waited_until_its_lease_would_lapse_is_let_go() -> None:
    desk = Desk()
    desk.take(MAX_RUNNING + 2, 0.0, ends=9.0)
    desk.take(1, 0.0, ends=20.0)
    desk.finish(1, 9.0)
    assert desk.lanes.shed == 2
    assert len(desk.begun) == MAX_RUNNING + 1
    assert desk.begun[-1].ends == 20.0


def test_all_is_accounted_for_when_all_is_done() -> None:
    desk = Desk()
    for endpoint_id in ("ep_a", "ep_b"):
        desk.take(100, 0.0, endpoint_id)
    desk.lanes.stop()
    desk.finish(len(desk.begun), 1.0)
    assert desk.lanes.room(1.0) == MAX_HELD
    assert len(desk.begun) + desk.lanes.shed == 200
