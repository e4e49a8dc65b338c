"""The way in for what sources send: what can be begun in time waits its turn, what cannot is refused at once."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from exchange.auction.clock import Clock
from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason
from exchange.market.room import Pace, Room

T = TypeVar("T")
_BUSY: Final = 8
"""Leads here at once from which on it pays to wait for others: below it the wait would be most of a lead's time."""
_GATHER_S: Final = 0.005
"""Far less than an auction may take, and long enough for a dozen leads to come in under load."""
_MOST: Final = 64
"""Leads that begin at once while others wait."""
_LOOKED_UP: Final = 256
"""Leads that the store is to be asked about at once: some round trips' worth. What goes beyond waits here, where it is
foreseen how long, and not in a line before the store, where its budget would run out."""
_TURNS: Final = 6
"""Turns of the loop until more begin: by then those before have got to where they wait, for the disk or for bidders."""


class _Waiting(msgspec.Struct, eq=False):
    """A lead that waits."""

    work: Callable[[], Coroutine[Any, Any, Any]]
    future: asyncio.Future[Any]
    ends_us: int
    """When its budget is spent; then it is not begun any more."""


class Admission:
    """Has leads begin together, so that they go in step (`clock.in_step`), and no faster than the loop keeps up with.

    What waits here costs little, and what was begun is soon done with: the loop never has more on it than it comes
    round to in some milliseconds. Auctions that wait for bidders do not make it late, so that they hold nobody up.
    """

    def __init__(
        self,
        clock: Clock,
        max_waiting: int,
        wait_percent: int,
        chance: Callable[[], float] = random.random,
        behind: Callable[[], int] = lambda: 0,
        away: Callable[[], bool] = lambda: False,
    ) -> None:
        """`wait_percent` is how much of its budget a lead may spend waiting, as far as can be foreseen.

        `behind` says how many leads that have begun wait for the store before anybody can be asked to bid; `away`
        whether it can be reached at all.
        """
        # Kept, for before Python 3.12 finding it asks the kernel for the process's id: a hundredth of an auction.
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._max_waiting = max_waiting
        self._wait_percent = wait_percent
        self._chance = chance
        self._behind = behind
        self._away = away
        self._room: Room[_Waiting] = Room()
        self._pace = Pace()
        self._departing = False
        self._gathering: asyncio.Handle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._held: deque[asyncio.Future[None]] = deque()
        """Streams that are read no further."""
        self._draining = False
        self._emptied = asyncio.Event()

    def check(self, source_id: str, budget_ms: int) -> None:
        """Raises Refused: OVERLOADED, with a time to wait, when a lead could not begin in time; DRAINING."""
        if self._draining:
            raise Refused(Reason.DRAINING, "the exchange is stopping", retry_after_ms=1_000)
        if not self._has_room(source_id, budget_ms):
            raise self._refusal()

    async def room(self, source_id: str, budget_ms: int) -> None:
        """Waits until a lead would not be refused: for streams, which are then read on."""
        while not self._has_room(source_id, budget_ms):
            held: asyncio.Future[None] = self._loop.create_future()
            self._held.append(held)
            if not self._departing:  # nobody waits but for the store
                self._departing = True
                self._gathering = self._loop.call_later(_GATHER_S, self._depart)
            await held

    def _has_room(self, source_id: str, budget_ms: int) -> bool:
        wait_ms = self._pace.wait_ms(self._room.ahead(source_id) + self._behind())
        return wait_ms <= budget_ms * self._wait_percent / 100 and len(self._room) < self._max_waiting

    def _refusal(self) -> Refused:
        retry_ms = self._pace.refuse(len(self._room), self._chance())
        return Refused(Reason.OVERLOADED, "more leads wait than can be auctioned in time", retry_after_ms=retry_ms)

    async def run(self, source_id: str, budget_ms: int, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Does the work when its turn comes, and then to its end, even when its caller hangs up.

        Raises Refused (STORE_UNAVAILABLE; OVERLOADED when its turn comes too late), and what the work raises.
        """
        if self._away():
            message = "the exchange cannot reach its store; repeat with the same request id"
            raise Refused(Reason.STORE_UNAVAILABLE, message, retry_after_ms=1_000)
        future: asyncio.Future[T] = self._loop.create_future()
        now_us = self._clock.us()
        self._room.put(source_id, _Waiting(work, future, now_us + budget_ms * 1_000))
        self._expect()
        return await future

    async def drain(self, timeout_s: float) -> None:
        """Lets nobody in any more, and waits until all who wait have begun, so long at most."""
        self._draining = True
        if self._room:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._emptied.wait()

    def _expect(self) -> None:
        """Sees to it that somebody departs."""
        if self._gathering is not None and not self._tasks:  # nobody else is there to be waited for
            self._gathering.cancel()
            self._gathering = None
            self._loop.call_soon(self._depart)
        elif not self._departing:
            self._departing = True
            if self._tasks and len(self._room) + len(self._tasks) >= _BUSY:
                self._gathering = self._loop.call_later(_GATHER_S, self._depart)
            else:
                self._loop.call_soon(self._depart)

    def _turn(self, left: int) -> None:
        """Lets the loop come round so many times more, and then has others depart: it always has work, but not much."""
        if left:
            self._loop.call_soon(self._turn, left - 1)
        else:
            self._depart()

    def _depart(self) -> None:
        """Begins those whose turn it is."""
        now_us, begun, behind = self._clock.us(), 0, self._behind()
        self._gathering = None
        looked_up_us = now_us + int(self._pace.wait_ms(behind) * 1_000)
        most = min(_MOST, _LOOKED_UP - behind)

        def late(lead: _Waiting) -> bool:
            return looked_up_us > lead.ends_us

        for lead in (*self._room.take_late(late), *self._room.take(most)):
            if lead.future.done():
                continue  # its caller has hung up
            if late(lead):
                lead.future.set_exception(self._refusal())
                continue
            task = self._loop.create_task(lead.work())
            self._tasks.add(task)
            task.add_done_callback(partial(self._arrived, lead.future))
            begun += 1
        self._pace.turn(now_us, begun, len(self._room))
        self._read_on(_MOST if self._room else len(self._held))
        self._departing = len(self._room) > 0
        if self._departing and most <= 0:
            self._gathering = self._loop.call_later(_GATHER_S, self._depart)
        elif self._departing:
            self._turn(_TURNS)
        elif self._draining:
            self._emptied.set()

    def _read_on(self, most: int) -> None:
        """Lets streams look again whether there is room; who comes too early is held again, behind the others."""
        for _ in range(min(most, len(self._held))):
            held = self._held.popleft()
            if not held.done():
                held.set_result(None)

    def _arrived(self, future: "asyncio.Future[Any]", task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if task.cancelled():
            future.cancel()
        elif (error := task.exception()) is None:
            if not future.done():  # else its caller has hung up
                future.set_result(task.result())
        elif not future.done():
            future.set_exception(error)
