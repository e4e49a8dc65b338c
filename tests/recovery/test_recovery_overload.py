"""More than a core can do, from several sources: who is let in is served in time, who is not is told, and it passes."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import grpc
import msgspec

from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest, SubmitLeadsRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, silent
from tests.support.caller import Caller, refusal, refusal_of
from tests.support.campaigns import static, stream
from tests.support.exchange import CoreProcess

BUDGET_MS = 1_000
FRAME = 256
OVERLOAD_S = 3.0
MOST_GROWTH_KIB = 150 * 1024
"""More than a thousand open leads take up, and what the leads that were kept leave in caches."""


class Tally(msgspec.Struct):
    """What came of a source's calls."""

    sold: int = 0
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    retry_ms: list[int] = []


async def sustainable(source: Caller) -> float:
    """Leads a second, with a few dozen calls open."""
    begun, count = time.perf_counter(), 0

    async def one_after_another(number: int) -> None:
        nonlocal count
        while time.perf_counter() < begun + 1.0:
            await source.submission.SubmitLead(lead(f"calm-{number}-{count}"))
            count += 1

    await asyncio.gather(*(one_after_another(number) for number in range(32)))
    return count / (time.perf_counter() - begun)


def lead(request_id: str, budget_ms: int = 0) -> SubmitLeadRequest:
    message = leads.request(0, request_id)
    message.budget_ms = budget_ms
    return message


async def call(source: Caller, tally: Tally, request_id: str, budget_ms: int = 0) -> None:
    try:
        await source.submission.SubmitLead(lead(request_id, budget_ms))
    except grpc.aio.AioRpcError as error:
        found = refusal(error)
        tally.refused[f"{found.code.name} {found.reason}"] += 1
        if found.reason == "OVERLOADED":
            assert found.retry_ms is not None
            tally.retry_ms.append(found.retry_ms)
    else:
        tally.sold += 1


async def calls(source: Caller, name: str, rate: float, budget_ms: int = 0) -> Tally:
    """Calls that are made when they are due, whatever came of the last."""
    tally, open_, sent, begun = Tally(), set[asyncio.Task[None]](), 0, time.perf_counter()
    while (now := time.perf_counter() - begun) < OVERLOAD_S:
        while sent < now * rate:
            open_.add(asyncio.create_task(call(source, tally, f"{name}-{sent}", budget_ms)))
            sent += 1
        await asyncio.sleep(0.005)
    await asyncio.gather(*open_)
    return tally


async def streamed(source: Caller, rate: float) -> tuple[int, int]:
    """Leads by the stream, as fast as it takes them but no faster than `rate`: how many were wanted, and answered."""
    stream_call, written, begun = source.submission.SubmitLeads(), 0, time.perf_counter()

    async def write() -> None:
        nonlocal written
        while (now := time.perf_counter() - begun) < OVERLOAD_S:
            if written + FRAME <= now * rate:
                frame = [lead(f"streamed-{written + place}") for place in range(FRAME)]
                await stream_call.write(SubmitLeadsRequest(leads=frame))
                written += FRAME
            else:
                await asyncio.sleep(0.005)
        await stream_call.done_writing()

    writing = asyncio.create_task(write())
    results = [result async for frame in stream_call for result in frame.results]
    await writing
    assert len({result.request_id for result in results}) == len(results) == written
    errors = Counter(refusal_of(result.error).reason for result in results if result.HasField("error"))
    assert errors.keys() <= {"OVERLOADED"}  # whose budget was spent before its turn came
    return int(OVERLOAD_S * rate), written


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


async def test_three_times_what_it_can_do(tmp_path: Path) -> None:
    async with CoreProcess(tmp_path, EXCHANGE_AUCTION_BUDGET_MS=str(BUDGET_MS)) as core:
        big, small = await core.source("big"), await core.source("small")
        await core.buyer()
        await core.campaign(static("any", "lender"))
        rate = await sustainable(big)
        before_kib = resident_kib(core.pid)
        (wanted, answered), hasty, steady = await asyncio.gather(
            streamed(big, 3 * rate), calls(big, "hasty", 60, 50), calls(small, "steady", 20)
        )
        assert resident_kib(core.pid) - before_kib < MOST_GROWTH_KIB
        # The stream was read no faster than its leads were auctioned, and each was answered.
        assert 0 < answered < wanted
        # The same source's calls with little time: those that were refused were told when to come again.
        assert hasty.refused.keys() <= {"RESOURCE_EXHAUSTED OVERLOADED", "CANCELLED "}
        assert all(25 <= retry_ms <= 10_000 for retry_ms in hasty.retry_ms)
        # Behind the other source's hundreds a small one still gets through.
        assert steady.sold >= 0.8 * (steady.sold + steady.refused.total())
        # Soon after it is as if nothing had been.
        await asyncio.sleep(1.0)
        after = Tally()
        await asyncio.gather(*(call(big, after, f"after-{number}") for number in range(200)))
        assert (after.sold, after.refused) == (200, Counter())


async def test_bidders_that_are_slow_are_no_overload(tmp_path: Path) -> None:
    async with CoreProcess(tmp_path, EXCHANGE_AUCTION_BUDGET_MS=str(BUDGET_MS)) as core:
        source, lender = await core.source(), await core.buyer()
        await core.campaign(stream("slow", "lender", bid_window_ms=500))
        async with ScriptedBuyer(lender, on_ping=silent):
            tally = Tally()
            await asyncio.gather(*(call(source, tally, f"{number}") for number in range(250)))
        assert (tally.sold, tally.refused) == (250, Counter())
