"""The way in: what can begin in time waits its turn, what cannot is refused at once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from exchange.auction.admission import Admission
from exchange.auction.clock import Clock
from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason

BUDGET_MS = 1_000
FULL = 200
"""Leads of one source that may wait with a budget of 200 ms, half of it to wait, at the pace that is taken at first."""


class StoppedClock(Clock):
    """Goes on when the test says so: the loop is never late."""

    def __init__(self) -> None:
        super().__init__()
        self.at_us = 1_000_000

    def us(self) -> int:
        return self.at_us


class Store:
    """How many look-ups wait for it, as the test says."""

    def __init__(self) -> None:
        self.waiting = 0


class Auctions:
    """Work that is noted when it begins, and ends when the test says so."""

    def __init__(self, admission: Admission) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.end = asyncio.Event()
        self._admission = admission

    def submit(self, name: str, source: str = "big", budget_ms: int = BUDGET_MS) -> "asyncio.Task[str]":
        return asyncio.create_task(self._admission.run(source, budget_ms, self._work(name)))

    def _work(self, name: str) -> Callable[[], Coroutine[Any, Any, str]]:
        async def auction() -> str:
            self.begun.append(name)
            await self.end.wait()
            self.ended.append(name)
            return name

        return auction


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def admission(clock: StoppedClock, store: Store) -> Admission:
    return Admission(clock, 4_096, 50, lambda: 0.5, behind=lambda: store.waiting)


@pytest.fixture
async def auctions(admission: Admission) -> Auctions:
    return Auctions(admission)


def refusal(admission: Admission, source: str = "big", budget_ms: int = 200) -> Refused:
    with pytest.raises(Refused) as caught:
        admission.check(source, budget_ms)
    return caught.value


async def crowded(auctions: Auctions, clock: StoppedClock) -> "list[asyncio.Task[str]]":
    """As many leads of one source as may wait, none of which can begin before this task waits for something."""
    tasks = [auctions.submit(f"{number}") for number in range(FULL + 1)]
    await asyncio.sleep(0)
    return tasks


async def finished(auctions: Auctions, tasks: "list[asyncio.Task[str]]") -> None:
    auctions.end.set()
    await asyncio.gather(*tasks)


async def test_one_lead_begins_at_once(auctions: Auctions) -> None:
    task = auctions.submit("only")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert auctions.begun == ["only"]
    auctions.end.set()
    assert await task == "only"


async def test_a_frame_is_let_in_whole_and_sets_out_together(admission: Admission, auctions: Auctions) -> None:
    tasks = []
    for number in range(256):
        admission.check("big", BUDGET_MS)
        tasks.append(auctions.submit(str(number)))
    await asyncio.sleep(0)
    admission.check("big", BUDGET_MS)
    await finished(auctions, tasks)
    assert len(auctions.ended) == 256


async def test_bidders_that_are_slow_hold_nobody_up(admission: Admission, auctions: Auctions) -> None:
    tasks = []
    for number in range(2_000):  # twice as many as may wait
        admission.check("big", BUDGET_MS)
        tasks.append(auctions.submit(str(number)))
        if number % 100 == 99:
            await asyncio.sleep(0.02)
    assert len(auctions.begun) > 1_500
    assert auctions.ended == []
    admission.check("big", 100)
    await finished(auctions, tasks)


async def test_what_cannot_begin_in_time_is_refused_with_a_time_to_wait(
    admission: Admission, auctions: Auctions, clock: StoppedClock
) -> None:
    tasks = await crowded(auctions, clock)
    found = refusal(admission)
    assert found.reason == Reason.OVERLOADED
    assert found.retry_after_ms is not None
    assert 100 < found.retry_after_ms < 1_000
    admission.check("big", 300)  # one that has more time
    admission.check("small", 200)  # one that is behind nobody of its own
    assert auctions.begun == []
    await finished(auctions, tasks)
    admission.check("big", 200)


async def test_a_small_source_begins_among_the_first(auctions: Auctions, clock: StoppedClock) -> None:
    tasks = await crowded(auctions, clock)
    tasks.append(auctions.submit("small", "small"))
    await asyncio.sleep(0.02)
    assert auctions.begun.index("small") < 70
    await finished(auctions, tasks)


async def test_more_than_may_wait_in_all_are_refused(clock: StoppedClock) -> None:
    admission = Admission(clock, 10, 50)
    auctions = Auctions(admission)
    tasks = [auctions.submit(str(number), f"source-{number}") for number in range(10)]
    await asyncio.sleep(0)
    assert refusal(admission, "another", 10_000).reason == Reason.OVERLOADED
    await finished(auctions, tasks)


async def test_a_lead_whose_budget_was_spent_waiting_is_not_begun(auctions: Auctions, clock: StoppedClock) -> None:
    late = auctions.submit("late", budget_ms=300)
    patient = auctions.submit("patient", budget_ms=500)
    await asyncio.sleep(0)
    clock.at_us += 400_000  # the machine stood still
    with pytest.raises(Refused) as caught:
        await late
    assert caught.value.reason == Reason.OVERLOADED
    auctions.end.set()
    assert await patient == "patient"
    assert auctions.begun == ["patient"]


async def test_who_hangs_up_before_it_began_costs_nothing_and_after_it_nothing_is_cut_short(auctions: Auctions) -> None:
    begun = auctions.submit("begun")
    await asyncio.sleep(0.01)
    begun.cancel()
    waiting = auctions.submit("waiting")
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0.02)
    assert auctions.begun == ["begun"]
    auctions.end.set()
    await asyncio.sleep(0.01)
    assert auctions.ended == ["begun"]


async def test_an_error_of_the_work_is_its_callers(admission: Admission) -> None:
    async def fails() -> str:
        raise Refused(Reason.PARTY_PAUSED, "the source is paused")

    with pytest.raises(Refused, match="paused"):
        await admission.run("big", BUDGET_MS, fails)


async def test_a_stream_is_read_on_when_there_is_room_again(
    admission: Admission, auctions: Auctions, clock: StoppedClock
) -> None:
    tasks = await crowded(auctions, clock)
    reading = [asyncio.create_task(admission.room("big", 100)) for _ in range(100)]
    small = asyncio.create_task(admission.room("small", 100))
    await asyncio.sleep(0)
    assert small.done()
    assert not any(one.done() for one in reading)
    await asyncio.wait_for(asyncio.gather(*reading), 5)
    await finished(auctions, tasks)


async def test_a_stream_that_ends_while_it_is_held_holds_nobody(
    admission: Admission, auctions: Auctions, clock: StoppedClock
) -> None:
    tasks = await crowded(auctions, clock)
    gone = asyncio.create_task(admission.room("big", 100))
    stays = asyncio.create_task(admission.room("big", 100))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait_for(stays, 5)
    await finished(auctions, tasks)


async def test_who_waits_still_begins_while_it_drains_and_nobody_else(
    admission: Admission, auctions: Auctions, clock: StoppedClock
) -> None:
    tasks = await crowded(auctions, clock)
    draining = asyncio.create_task(admission.drain(5))
    await asyncio.sleep(0)
    found = refusal(admission)
    assert (found.reason, found.retry_after_ms) == (Reason.DRAINING, 1_000)
    await draining
    assert len(auctions.begun) >= FULL
    await finished(auctions, tasks)
    await admission.drain(0)


async def test_more_than_the_store_is_to_be_asked_about_wait_here(admission: Admission, store: Store) -> None:
    answer = asyncio.Event()
    most = 0

    async def auction() -> None:
        nonlocal most
        store.waiting += 1
        most = max(most, store.waiting)
        await answer.wait()
        store.waiting -= 1

    tasks = [asyncio.create_task(admission.run("big", BUDGET_MS, auction)) for _ in range(600)]
    await asyncio.sleep(0.05)
    assert store.waiting == 256
    answer.set()
    await asyncio.gather(*tasks)
    assert most == 256


async def test_who_would_wait_for_the_store_too_long_is_refused(
    admission: Admission, auctions: Auctions, store: Store
) -> None:
    store.waiting = 500  # at the pace that is taken at first, 250 ms
    assert refusal(admission, budget_ms=400).reason == Reason.OVERLOADED
    admission.check("big", 600)
    late, patient = auctions.submit("late", budget_ms=200), auctions.submit("patient", budget_ms=600)
    with pytest.raises(Refused) as caught:
        await late
    assert caught.value.reason == Reason.OVERLOADED
    store.waiting = 0
    auctions.end.set()
    assert await patient == "patient"


async def test_whoever_waits_when_its_budget_is_spent_is_told_so_though_the_store_answers_nobody(
    auctions: Auctions, clock: StoppedClock, store: Store
) -> None:
    store.waiting = 300
    tasks = [auctions.submit(f"{number}", budget_ms=500) for number in range(3)]
    await asyncio.sleep(0.02)
    clock.at_us += 400_000
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in found] == [Refused] * 3
    assert auctions.begun == []


async def test_a_stream_is_read_on_when_the_store_comes_round(admission: Admission, store: Store) -> None:
    store.waiting = 2_000
    held = asyncio.create_task(admission.room("big", BUDGET_MS))
    await asyncio.sleep(0.03)
    assert not held.done()
    store.waiting = 100
    await asyncio.wait_for(held, 5)
