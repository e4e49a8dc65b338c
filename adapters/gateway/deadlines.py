"""Time limits without a timer each: what ends in the same tick shares one."""

import asyncio
from typing import Final, Protocol

TICK_S: Final = 0.002  # a window of 100 ms does not notice; at 4,000 pings a second some 8 share a timer


class Expires(Protocol):
    """Something with a time limit. It may have ended before; then being told of it does nothing."""

    def expire(self) -> None:
        """Its time is up."""


class Deadlines:
    """Tells things when their time is up, up to a tick early."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ticks: dict[int, list[Expires]] = {}

    def add(self, at: float, thing: Expires) -> None:
        """Calls `thing.expire()` at `at`, in the loop's time."""
        tick = int(at / TICK_S)
        if tick in self._ticks:
            self._ticks[tick].append(thing)
        else:
            self._ticks[tick] = [thing]
            self._loop.call_at(tick * TICK_S, self._due, tick)

    def _due(self, tick: int) -> None:
        # Not before the loop has looked at its sockets once more: an answer that has come is not late because the loop
        # was. Callbacks made by a callback run in the round after the next look.
        self._loop.call_soon(self._loop.call_soon, self._expire, tick)

    def _expire(self, tick: int) -> None:
        for thing in self._ticks.pop(tick):
            thing.expire()
