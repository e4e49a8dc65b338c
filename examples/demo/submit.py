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
    lost: str = ""
    """Why there is no answer at all."""
    resent: int = 0


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
    ends, wait_s, resent = time.monotonic() + _MOST_S, _FIRST_WAIT_S, 0
    while True:
        try:
            async with asyncio.timeout(_ANSWER_S):
                answer = await road.submit(line)
        except Invalid as invalid:
            return Result(line, problems=invalid.problems, resent=resent)
        except (Unanswered, TimeoutError) as error:
            why = str(error) or "none in time"
        else:
            if answer.status != "pending":
                return Result(line, answer, resent=resent)
            why = "still pending"  # after a crash, until the exchange has recovered the lead
        if time.monotonic() > ends:
            return Result(line, lost=why, resent=resent)
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, _LAST_WAIT_S)
        resent += 1
