"""Submitting: every lead is sent at its moment, by one road or another, and again until it has an answer."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from examples.demo.leads import Line, Problem
from examples.demo.roads import Answer, Invalid, Road, Unanswered

_MAX_OPEN: Final = 64  # beyond it the next lead waits for its turn: the offered load stays moderate whatever happens
_ANSWER_S: Final = 10.0
_FIRST_WAIT_S: Final = 0.1
_LAST_WAIT_S: Final = 1.0
_MOST_S: Final = 40.0


class Result(msgspec.Struct, frozen=True):
    """What became of a line that could be read."""

    line: Line
    answer: Answer | None = None
    problems: list[Problem] = []
    """What the exchange finds wrong with it."""
    failures: list[str] = []
    """Why it was sent again, each time; without an answer or problems the last one was given up after."""

    @property
    def lost(self) -> bool:
        """Nobody knows what became of it."""
        return self.answer is None and not self.problems


async def submit(
    lines: Sequence[Line], roads: Sequence[Road], pace: float, ended: Callable[[int], None]
) -> list[Result]:
    """Submits lines that could be read, `pace` a second, by the roads in turn; the results are in their order.

    `ended` is told after each result how many there are.
    """
    room = asyncio.Semaphore(_MAX_OPEN)
    count = itertools.count(1)

    def end(_: asyncio.Task[Result]) -> None:
        room.release()
        ended(next(count))

    began = time.monotonic()
    tasks: list[asyncio.Task[Result]] = []
    for place, line in enumerate(lines):
        await asyncio.sleep(began + place / pace - time.monotonic())
        await room.acquire()
        task = asyncio.create_task(_one(line, roads[place % len(roads)]))
        task.add_done_callback(end)
        tasks.append(task)
    return await asyncio.gather(*tasks)


async def _one(line: Line, road: Road) -> Result:
    """Submits a line until there is an answer: its request id makes a repeat harmless."""
    ends, wait_s = time.monotonic() + _MOST_S, _FIRST_WAIT_S
    failures: list[str] = []
    while True:
        try:
            async with asyncio.timeout(_ANSWER_S):
                answer = await road.submit(line)
        except Invalid as invalid:
            return Result(line, problems=invalid.problems, failures=failures)
        except (Unanswered, TimeoutError) as error:
            failures.append(str(error) or "no answer in time")
        else:
            if answer.status != "pending":
                return Result(line, answer, failures=failures)
            failures.append("pending")  # after a crash, until the exchange has recovered the lead
        if time.monotonic() > ends:
            return Result(line, failures=failures)
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, _LAST_WAIT_S)
