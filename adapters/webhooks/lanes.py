"""Deliveries in hand, in a lane an endpoint, so that a slow endpoint holds up its own and no other's."""

from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from leadexchange.v1.delivery_pb2 import Delivery

MAX_HELD: Final = 2_048
MAX_RUNNING: Final = 64  # attempts at once to one endpoint
_MAX_QUEUED: Final = 192  # deliveries a brisk lane may have waiting before no more are leased
_SLOW_S: Final = 1.0  # an attempt that takes this long makes its lane slow, until one is done sooner
_SHARE: Final = 8  # a slow lane holds at most this part of the room that is left: many of them never fill it


class Held(msgspec.Struct, frozen=True, eq=False):
    """A delivery in hand; `ends` is when an attempt must have begun, in the loop's time. Equal only to itself."""

    delivery: Delivery
    ends: float


class _Lane:
    """An endpoint's deliveries."""

    __slots__ = ("_was_slow", "queue", "running")

    def __init__(self) -> None:
        self.queue: deque[Held] = deque()
        self.running: dict[Held, float] = {}  # when each began; the oldest first
        self._was_slow = False

    def slow(self, now: float) -> bool:
        return self._was_slow or (bool(self.running) and now - next(iter(self.running.values())) > _SLOW_S)

    def done(self, held: Held, now: float) -> None:
        self._was_slow = now - self.running.pop(held) > _SLOW_S

    def held(self) -> int:
        return len(self.queue) + len(self.running)


class Lanes:
    """What to start, what to keep waiting, and what to leave to its lease. `begin` starts an attempt."""

    def __init__(self, begin: Callable[[Held], None]) -> None:
        self._begin = begin
        self._lanes: dict[str, _Lane] = {}
        self._held = 0
        self.shed = 0
        """Deliveries let go for the sake of others: they are leased again when their lease lapses."""

    def room(self, now: float) -> int:
        """How many more may be leased: none while a brisk lane is full, for it will have room in a moment."""
        if any(len(lane.queue) >= _MAX_QUEUED and not lane.slow(now) for lane in self._lanes.values()):
            return 0
        return MAX_HELD - self._held

    def take(self, held: Held, now: float) -> None:
        """Takes a leased delivery in hand."""
        lane = self._lanes.setdefault(held.delivery.endpoint_id, _Lane())
        if lane.slow(now) and lane.held() >= min(MAX_RUNNING, (MAX_HELD - self._held) // _SHARE):
            self.shed += 1
            return
        self._held += 1
        lane.queue.append(held)
        self._advance(held.delivery.endpoint_id, lane, now)

    def done(self, held: Held, now: float) -> None:
        """An attempt has ended."""
        endpoint_id = held.delivery.endpoint_id
        lane = self._lanes[endpoint_id]
        lane.done(held, now)
        self._held -= 1
        self._advance(endpoint_id, lane, now)

    def stop(self) -> None:
        """Lets go of all that waits."""
        for lane in self._lanes.values():
            self._held -= len(lane.queue)
            self.shed += len(lane.queue)
            lane.queue.clear()

    def _advance(self, endpoint_id: str, lane: _Lane, now: float) -> None:
        while lane.queue and len(lane.running) < MAX_RUNNING:
            held = lane.queue.popleft()
            if now >= held.ends:  # its lease would lapse in the middle, and another process repeat it
                self._held -= 1
                self.shed += 1
                continue
            lane.running[held] = now
            self._begin(held)
        if not lane.running:
            del self._lanes[endpoint_id]
