"""Submissions in frames: each call ends once, with its own answer or with what became of the stream."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import grpc
import pytest
import pytest_asyncio

from adapters.common import relay
from adapters.common.balanced import Balanced
from adapters.common.relay import Relay
from leadexchange.v1.relay_service_pb2 import RelayedAnswer, RelayedCall, RelayRequest
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest
from tests.support.caller import refusal
from tests.support.relaying import HeldCore
from tests.support.waiting import eventually

SUBMIT = "/leadexchange.v1.SubmissionService/SubmitLead"


@pytest_asyncio.fixture
async def core() -> AsyncIterator[HeldCore]:
    made = HeldCore()
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture
async def relayed(core: HeldCore) -> AsyncIterator[Relay]:
    channel = grpc.aio.insecure_channel(core.address, options=(("grpc.use_local_subchannel_pool", 1),))
    made = Relay(channel)
    yield made
    await made.close(None)
    await channel.close()


def ask(relayed: Relay, request: bytes = b"r", timeout_s: float | None = 10.0) -> "asyncio.Task[RelayedAnswer]":
    """A call under way."""
    return asyncio.create_task(relayed.ask(SUBMIT, request, (("authorization", "Bearer k"),), timeout_s))


async def error_of(asking: "asyncio.Task[RelayedAnswer]") -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asyncio.wait_for(asking, 5)
    return caught.value


async def test_answers_in_any_order_find_their_calls(core: HeldCore, relayed: Relay) -> None:
    asking = [ask(relayed, b"%d" % number) for number in range(600)]
    await eventually(lambda: len(core.calls) == 600)
    assert len(core.frames) < 9  # together
    assert max(len(frame.calls) for frame in core.frames) <= 256
    (first, *others) = core.calls
    assert (first.method, dict(first.metadata)) == ("SubmitLead", {"authorization": "Bearer k"})
    assert 9_000 < first.timeout_ms <= 10_000
    unknown = RelayedCall(number=10**9, request=b"nobody's")
    core.answer(*reversed(others), unknown)
    core.answer(first, first)
    answers = await asyncio.wait_for(asyncio.gather(*asking), 10)
    assert [answer.response for answer in answers] == [b"%d" % number for number in range(600)]
    assert answers[0].metadata["authorization"] == "Bearer k"
    assert core.streams == 1


async def test_frames_stay_small(core: HeldCore, relayed: Relay) -> None:
    asking = [ask(relayed, bytes(60_000)) for _ in range(40)]
    await eventually(lambda: len(core.calls) == 40)
    assert max(frame.ByteSize() for frame in core.frames) < 640_000  # of the 1 MiB that a core takes
    core.answer(*core.calls[:20])
    core.answer(*core.calls[20:])
    await asyncio.gather(*asking)


async def test_a_refusal_is_an_error_as_of_a_call_by_itself(core: HeldCore, relayed: Relay) -> None:
    asking = ask(relayed)
    await eventually(lambda: core.calls)
    core.refuse(core.calls[0], relay._status(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "later"))
    found = refusal(await error_of(asking))
    assert (found.code, found.reason, found.message) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "later")
    assert found.retry_ms == 1_000


async def test_time_that_is_over(core: HeldCore, relayed: Relay) -> None:
    asking, other = ask(relayed, timeout_s=0.05), ask(relayed, b"other", None)
    assert (await error_of(asking)).code() is grpc.StatusCode.DEADLINE_EXCEEDED
    core.answer(*core.calls)  # too late for the one
    assert (await other).response == b"other"
    endless, short = sorted(call.timeout_ms for call in core.calls)
    assert endless == 0 < short <= 50


async def test_a_stream_that_breaks_breaks_what_is_open(core: HeldCore, relayed: Relay) -> None:
    asking = [ask(relayed) for _ in range(3)]
    await eventually(lambda: len(core.calls) == 3)
    core.cut()
    for one in asking:
        error = await error_of(one)
        assert (error.code(), refusal(error).reason) == (grpc.StatusCode.UNAVAILABLE, "")
    again = ask(relayed, b"again")
    await eventually(lambda: len(core.calls) == 4)
    core.answer(core.calls[-1])
    assert (await again).response == b"again"
    assert core.streams == 2


async def test_what_a_stream_that_ends_in_order_leaves_was_not_begun(core: HeldCore, relayed: Relay) -> None:
    asking = [ask(relayed) for _ in range(3)]
    await eventually(lambda: len(core.calls) == 3)
    core.answer(core.calls[0])
    core.end()
    assert (await asking[0]).response == b"r"
    for one in asking[1:]:
        assert refusal(await error_of(one)).reason == "DRAINING"


async def test_more_than_can_be_open_are_refused_at_once(
    core: HeldCore, relayed: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_MOST_OPEN", 2)
    asking = [ask(relayed) for _ in range(3)]
    found = refusal(await error_of(asking[2]))
    assert (found.reason, found.retry_ms) == ("OVERLOADED", 1_000)
    await eventually(lambda: len(core.calls) == 2)
    core.answer(*core.calls)
    await asyncio.gather(*asking[:2])
    assert len(core.calls) == 2


async def test_who_hangs_up_before_the_frame_leaves_is_not_sent(core: HeldCore, relayed: Relay) -> None:
    asking = [ask(relayed, b"%d" % number) for number in range(20)]
    await asyncio.sleep(0)
    for one in asking[10:]:
        one.cancel()
    await eventually(lambda: len(core.calls) == 10)
    core.answer(*core.calls)
    await asyncio.gather(*asking[:10])
    assert {call.request for call in core.calls} == {b"%d" % number for number in range(10)}


async def test_closing_leaves_what_is_open_its_grace(core: HeldCore, relayed: Relay) -> None:
    answered = ask(relayed)
    await eventually(lambda: core.calls)
    closing = asyncio.create_task(relayed.close(5))
    await asyncio.sleep(0)
    core.answer(*core.calls)
    assert (await answered).response == b"r"
    await closing
    never = ask(relayed)
    await eventually(lambda: len(core.calls) == 2)
    await relayed.close(0.05)
    assert (await error_of(never)).code() is grpc.StatusCode.CANCELLED


async def test_a_call_of_a_relay_that_is_closed_before_its_stream_is_opened(core: HeldCore, relayed: Relay) -> None:
    closed = ask(relayed, timeout_s=None)
    await asyncio.sleep(0)  # the call waits, the stream's task has not begun
    await relayed.close(None)
    assert (await error_of(closed)).code() is grpc.StatusCode.CANCELLED
    again = ask(relayed, b"again", None)
    await eventually(lambda: core.calls)
    core.answer(*core.calls)
    assert (await again).response == b"again"


async def test_a_call_on_a_channel_that_is_closed(core: HeldCore) -> None:
    channel = grpc.aio.insecure_channel(core.address)
    late = Relay(channel)
    await channel.close()
    for _ in range(2):
        assert (await error_of(ask(late, timeout_s=None))).code() is grpc.StatusCode.CANCELLED


async def test_metadata_counts_in_a_frames_size(core: HeldCore, relayed: Relay) -> None:
    key = (("authorization", "Bearer " + "x" * 4_096),)
    asking = [asyncio.create_task(relayed.ask(SUBMIT, b"r" * 500, key, 10.0)) for _ in range(256)]
    await eventually(lambda: len(core.calls) == 256)
    assert max(frame.ByteSize() for frame in core.frames) < 640_000
    core.answer(*core.calls)
    await asyncio.gather(*asking)
    assert relay.fits(b"r", key)
    assert not relay.fits(b"r", (("tracestate", "x" * 70_000),))


async def test_a_frame_that_waited_says_what_is_left(
    core: HeldCore, relayed: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: Any = relayed._stream
    begun, goes_on = asyncio.Event(), asyncio.Event()

    def slow() -> Any:
        stream = opened()
        write = stream.write

        async def waits(frame: RelayRequest) -> None:
            begun.set()
            await goes_on.wait()
            await write(frame)

        stream.write = waits
        return stream

    monkeypatch.setattr(relayed, "_stream", slow)
    first = ask(relayed, b"first", None)
    await begun.wait()
    second = ask(relayed, b"second", 5.0)
    await asyncio.sleep(0.1)
    goes_on.set()
    await eventually(lambda: len(core.calls) == 2)
    assert 0 < core.calls[1].timeout_ms <= 4_900
    core.answer(*core.calls)
    await asyncio.gather(first, second)


@pytest.mark.parametrize("seed", range(4))
async def test_each_call_ends_once_whatever_happens(seed: int, core: HeldCore, relayed: Relay) -> None:
    chance, done = Random(seed), 0

    async def one(number: int) -> None:
        nonlocal done
        await asyncio.sleep(chance.random() / 5)
        asking = ask(relayed, b"%d" % number, chance.choice((0.02, 1.0, None)))
        if chance.random() < 0.2:
            await asyncio.sleep(chance.random() / 50)
            asking.cancel()
        await asyncio.wait((asking,))
        if not asking.cancelled() and asking.exception() is None:
            assert asking.result().response == b"%d" % number
        done += 1

    async def play() -> None:
        answered = 0
        while True:
            await asyncio.sleep(chance.random() / 100)
            fresh, answered = core.calls[answered:], len(core.calls)
            core.answer(*chance.sample(fresh, len(fresh)))
            if chance.random() < 0.2:
                chance.choice((core.cut, core.end))()

    playing = asyncio.create_task(play())
    await asyncio.wait_for(asyncio.gather(*(one(number) for number in range(300))), 20)
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    assert done == 300
    assert not relayed._open


async def test_what_a_core_that_leaves_has_not_begun_goes_to_another(core: HeldCore) -> None:
    other = HeldCore(echoes=True)
    await other.start()
    channel = Balanced([core.address, other.address])
    try:
        await eventually(lambda: sum(link.stands() for link in channel._links.values()) == 2)
        submit = channel.unary_unary(
            SUBMIT, request_serializer=SubmitLeadRequest.SerializeToString, response_deserializer=bytes
        )
        large = SubmitLeadRequest(request_id="x" * 70_000)
        assert len(await submit(large, timeout=5)) > 70_000
        assert (len(core.alone) + len(other.alone), core.calls, other.calls) == (1, [], [])
        calls = [asyncio.create_task(_answer(submit)) for _ in range(6)]
        await eventually(lambda: core.calls)
        core.end()
        assert await asyncio.wait_for(asyncio.gather(*calls), 5) == [b""] * 6
        assert len(other.calls) == 6
    finally:
        await channel.close()
        await other.stop()


async def _answer(submit: Any) -> bytes:
    answer: bytes = await submit(SubmitLeadRequest(), timeout=5)  # without a request id: never sent to two
    return answer
