"""Subscriptions: each hears what concerns it, from a cursor on, and misses nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import msgspec
import pytest

from leadexchange.v1.event_pb2 import Event
from leadexchange.v1.event_service_pb2 import SubscribeRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer
from tests.support.caller import Caller, refusal
from tests.support.campaigns import one_of, static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually


class Listener:
    """A subscriber who notes all that it hears."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.frames = 0
        self.call: Any = None
        self.error: grpc.aio.AioRpcError | None = None

    @property
    def sequences(self) -> list[int]:
        return [event.sequence for event in self.events]

    async def listen(self, caller: Caller, after: int, types: tuple[str, ...]) -> None:
        self.call = caller.events.Subscribe(SubscribeRequest(after_sequence=after, event_types=types))
        try:
            async for frame in self.call:
                self.frames += 1
                self.events += frame.events
        except grpc.aio.AioRpcError as error:
            self.error = error


@asynccontextmanager
async def listening(caller: Caller, after: int = 0, *types: str) -> AsyncIterator[Listener]:
    listener = Listener()
    task = asyncio.create_task(listener.listen(caller, after, types))
    await eventually(lambda: listener.call)
    yield listener
    listener.call.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("all", "lender"))
    return source


async def submit(source: Caller, count: int = 1, first: int = 0) -> None:
    await asyncio.gather(*(source.submission.SubmitLead(leads.request(first + number)) for number in range(count)))


async def test_each_hears_what_concerns_it(running: RunningCore, source: Caller) -> None:
    lender = await running.buyer("rival")
    other = await running.source("other")
    await submit(source)
    async with (
        listening(running.operator) as all_,
        listening(source) as own,
        listening(lender) as nothing,
        listening(other) as nobody,
    ):
        await eventually(lambda: len(all_.events) == 2 and len(own.events) == 1)
        assert (nothing.events, nobody.events) == ([], [])
    sold, decided = all_.events
    assert (sold.type, sold.owner_id, sold.campaign_id) == ("lead.sold", "lender", "all")
    assert (decided.type, decided.owner_id, decided.lead_id) == ("lead.decided", "ratewise", sold.lead_id)
    assert own.events == [decided]
    told = msgspec.json.decode(decided.data_json)
    assert (told["lead_id"], told["external_id"]) == (sold.lead_id, leads.examples()[0]["external_id"])
    assert "price" not in told
    assert msgspec.json.decode(sold.data_json)["price"] == "10.00"


async def test_a_cursor_resumes_where_it_was(running: RunningCore, source: Caller) -> None:
    await submit(source, 5)
    async with listening(running.operator) as first:
        await eventually(lambda: len(first.events) == 10)
    assert first.sequences == sorted(set(first.sequences))
    for cut in (1, 4, 9, 10):
        async with listening(running.operator, first.sequences[cut - 1]) as rest:
            await eventually(lambda cut=cut, rest=rest: len(rest.events) == 10 - cut)  # type: ignore[misc]
        assert first.events[:cut] + rest.events == first.events
    await running.restart()
    async with listening(running.operator, first.sequences[3]) as later:
        await eventually(lambda: len(later.events) == 6)
    assert later.events == first.events[4:]


async def test_from_now_on_means_from_the_first_frame_on(running: RunningCore, source: Caller) -> None:
    await submit(source)
    async with listening(running.operator, -1) as live:
        await eventually(lambda: live.frames == 1)
        assert live.events == []
        await submit(source)
        await eventually(lambda: len(live.events) == 2)


async def test_types_are_chosen(running: RunningCore, source: Caller) -> None:
    await submit(source, 3)
    async with listening(running.operator, 0, "lead.decided") as decided, listening(running.operator, 0, "x.y") as none:
        await eventually(lambda: len(decided.events) == 3)
        assert {event.type for event in decided.events} == {"lead.decided"}
        assert none.events == []


async def test_nothing_is_missed_under_load_by_those_who_come_and_go(running: RunningCore, source: Caller) -> None:
    count = 150

    async def flicker() -> list[int]:
        """Subscribes again and again, each time from the last event seen."""
        seen: list[int] = []
        while len(seen) < count * 2:
            async with listening(running.operator, seen[-1] if seen else 0) as listener:
                have = len(seen)
                await eventually(lambda: len(listener.events) >= min(17, count * 2 - have))  # noqa: B023
                seen += listener.sequences
        return seen

    async with listening(running.operator) as steady, listening(source) as own:
        flickering = [asyncio.create_task(flicker()) for _ in range(3)]
        for first in range(0, count, 10):
            await submit(source, 10, first)
        await eventually(lambda: len(steady.events) == count * 2 and len(own.events) == count)
        came_and_went = await asyncio.gather(*flickering)
    assert steady.sequences == sorted(set(steady.sequences))
    assert all(seen == steady.sequences for seen in came_and_went)
    assert own.sequences == [event.sequence for event in steady.events if event.owner_id == "ratewise"]


async def test_one_that_leaves_does_not_disturb_those_who_stay(running: RunningCore, source: Caller) -> None:
    async with listening(running.operator, -1) as staying, listening(source, -1) as too:
        async with listening(running.operator, -1) as leaving:
            await eventually(lambda: staying.frames and leaving.frames and too.frames)
            await asyncio.sleep(0.02)  # until all of them wait for the next event
        await asyncio.sleep(0.05)
        await submit(source)
        await eventually(lambda: len(staying.events) == 2 and len(too.events) == 1, "the next event", 2)
        assert (staying.error, too.error) == (None, None)


async def test_a_subscription_made_of_too_many_types_is_refused(running: RunningCore) -> None:
    async with listening(running.operator, 0, *["a.b"] * 65) as listener:
        await eventually(lambda: listener.error)
    assert listener.error is not None
    found = refusal(listener.error)
    assert (found.code, set(found.fields)) == (grpc.StatusCode.INVALID_ARGUMENT, {"event_types"})


async def test_a_void_is_an_event_of_its_buyer(running: RunningCore) -> None:
    source, slow = await running.source(), await running.buyer("slow")
    await running.campaign(stream("slow", "slow", post_timeout_ms=30))
    async with ScriptedBuyer(slow, on_post=lambda _: None) as buyer:
        await submit(source)
        (post,) = buyer.posts
    async with listening(slow) as heard:
        await eventually(lambda: heard.events)
    (void,) = heard.events
    assert (void.type, void.owner_id, void.campaign_id, void.lead_id) == ("lead.voided", "slow", "slow", post.lead_id)
    assert msgspec.json.decode(void.data_json)["post_id"] == post.post_id


async def test_events_hold_nothing_of_the_person(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(
        stream("tx", "lender", targeting={"vertical": "mortgage", "conditions": [one_of("state", "TX")]})
    )
    sold, unsold = leads.findable(0), leads.findable(1)
    async with ScriptedBuyer(lender):
        for request in (sold, unsold):
            await source.submission.SubmitLead(request)
    async with listening(running.operator) as listener:
        await eventually(lambda: len(listener.events) == 3)
    said = b"".join(event.SerializeToString() for event in listener.events)
    for request in (sold, unsold):
        assert not [name for name, needle in leads.needles(request).items() if needle in said]
