"""Deliveries in hand, in a lane an endpoint, so that a dead or slow endpoint holds up its own and no other's.

A lane has room for what its endpoint takes in about a second, as its answers so far let expect. One that is full is
named, and gets nothing for a second; but one that is brisk, and takes more in a second than a lane may hold, has room
again in a moment, and leasing waits for it.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from adapters.webhooks.pace import Pace
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryMapping, DeliveryTarget

MAX_HELD: Final = 2_048
MAX_LANE: Final = 512
_OVER: Final = 2  # a lane that is not slow may be this much over its room, for a lease brings many at once
_MAX_LANES: Final = 4_096  # whose speed is remembered
_MAX_NAMED: Final = 1_000  # the contract's bound
_AHEAD_S: Final = 1.0  # what is full is put off for a second: a lane holds enough for it
_SLOW_S: Final = 1.0
_SHARE: Final = 8  # a slow lane holds at most this part of the room that is left: many of them never fill it
_UNKNOWN_S: Final = 0.1  # what an attempt is taken to last before there was one
_NEWEST: Final = 0.3  # how much the last attempt says about the next


class Held(msgspec.Struct, frozen=True, eq=False):
    """A delivery in hand; `ends` is when an attempt must have begun, in the loop's time. Equal only to itself."""

    delivery: Delivery
    target: DeliveryTarget
    ends: float
    mapping: DeliveryMapping | None = None

    def lane(self) -> str:
        """The endpoint, or its e-mail fallback, which does not wait for what the endpoint leaves hanging."""
        delivery = self.delivery
        return f"{delivery.endpoint_id} mail" if delivery.url.startswith("mailto:") else delivery.endpoint_id


class _Lane:
    """An endpoint's deliveries."""

    __slots__ = ("_lasts_s", "concurrency", "endpoint_id", "pace", "queue", "running", "waiting")

    def __init__(self, endpoint_id: str) -> None:
        self.endpoint_id = endpoint_id
        self.concurrency = 1
        self.pace = Pace()
        self.queue: deque[Held] = deque()
        self.running: dict[Held, float] = {}  # when each began; the oldest first
        self.waiting = False
        """For its pace to let the next one go."""
        self._lasts_s = _UNKNOWN_S

    def lasts_s(self, now: float) -> float:
        """What an attempt is expected to last: as the others did, or as long as the oldest does already."""
        return max(self._lasts_s, now - next(iter(self.running.values()))) if self.running else self._lasts_s

    def per_second(self, now: float) -> float:
        return min(self.concurrency / max(self.lasts_s(now), 0.001), self.pace.per_second or float("inf"))

    def room(self, now: float) -> int:
        """What it takes in a second, and what is under way meanwhile (Little's law)."""
        return int(self.per_second(now) * (self.lasts_s(now) + _AHEAD_S)) + 1

    def slow(self, now: float) -> bool:
        return self.lasts_s(now) > _SLOW_S

    def held(self) -> int:
        return len(self.queue) + len(self.running)

    def begin(self, held: Held, now: float) -> None:
        self.running[held] = now

    def done(self, held: Held, now: float) -> None:
        lasted_s = now - self.running.pop(held)
        self._lasts_s += _NEWEST * (lasted_s - self._lasts_s)


class Lanes:
    """What to start, what to keep waiting, and what to hand back.

    Args:
        begin: Starts an attempt, whose end is told by `done`.
        hand_back: Gives a delivery back to the exchange, unattempted.
        later: Has `advance` called for a lane at a time.
    """

    def __init__(
        self,
        begin: Callable[[Held], None],
        hand_back: Callable[[Held], None],
        later: Callable[[float, str], None],
    ) -> None:
        self._begin = begin
        self._hand_back = hand_back
        self._later = later
        self._lanes: dict[str, _Lane] = {}
        self._busy: dict[str, _Lane] = {}
        self._held = 0

    def make_room(self, now: float) -> int:
        """How many more may be leased; hands back what waits in lanes that have become slow.

        None while a brisk lane is full: it has room in a moment, while leasing without it would put it off longer.
        """
        for lane in self._busy.values():
            if lane.slow(now):
                limit = self._limit(lane, now)
                while lane.queue and lane.held() > limit:
                    self._give_back(lane.queue.pop())
            elif lane.held() >= MAX_LANE < lane.room(now):
                return 0
        return MAX_HELD - self._held

    def full(self, now: float) -> list[str]:
        """Endpoints whose lanes have no room."""
        named = {lane.endpoint_id: None for lane in self._busy.values() if lane.held() >= self._limit(lane, now)}
        return list(named)[:_MAX_NAMED]

    def take(self, held: Held, now: float) -> None:
        """Takes a leased delivery in hand, or hands it back."""
        name = held.lane()
        lane = self._lanes.get(name) or self._open(name, held.delivery.endpoint_id)
        lane.concurrency = held.target.max_concurrency or 1
        lane.pace.per_second = held.target.max_per_second
        self._held += 1
        if lane.held() >= self._limit(lane, now) * (1 if lane.slow(now) else _OVER):
            self._give_back(held)
            return
        self._busy[name] = lane
        lane.queue.append(held)
        self._advance(name, lane, now)

    def done(self, held: Held, now: float) -> None:
        """An attempt has ended."""
        name = held.lane()
        lane = self._lanes[name]
        lane.done(held, now)
        self._held -= 1
        self._advance(name, lane, now)

    def advance(self, name: str, now: float) -> None:
        """The time has come that `later` was told."""
        if lane := self._lanes.get(name):
            lane.waiting = False
            self._advance(name, lane, now)

    def stop(self) -> None:
        """Hands back all that waits."""
        for lane in self._busy.values():
            while lane.queue:
                self._give_back(lane.queue.popleft())

    def _advance(self, name: str, lane: _Lane, now: float) -> None:
        while lane.queue and len(lane.running) < lane.concurrency and not lane.waiting:
            if now >= lane.queue[0].ends:  # its lease would lapse in the middle, and another process repeat it
                self._give_back(lane.queue.popleft())
                continue
            at = lane.pace.next(now)
            if at > now:
                lane.waiting = True
                self._later(at, name)
                break
            lane.pace.go(now)
            held = lane.queue.popleft()
            lane.begin(held, now)
            self._begin(held)
        if not lane.held():
            self._busy.pop(name, None)

    def _limit(self, lane: _Lane, now: float) -> int:
        if lane.slow(now):
            return max(1, min(lane.room(now), (MAX_HELD - self._held) // _SHARE))
        return min(lane.room(now), MAX_LANE)

    def _open(self, name: str, endpoint_id: str) -> _Lane:
        if len(self._lanes) >= _MAX_LANES:
            idle = next((other for other in self._lanes if other not in self._busy), None)
            if idle is not None:
                del self._lanes[idle]
        lane = self._lanes[name] = _Lane(endpoint_id)
        return lane

    def _give_back(self, held: Held) -> None:
        self._held -= 1
        self._hand_back(held)
