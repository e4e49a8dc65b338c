"""Loads. Closed: so many in flight, as fast as answers come. Open: sent when scheduled, whatever comes back.

An open load's latency counts from the moment a lead was scheduled, not from when it could be sent: a server that stalls
is charged for the leads that had to wait meanwhile (that is, coordinated omission is corrected for).
"""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from itertools import accumulate
from random import Random
from typing import Final

import grpc
import msgspec

from benchmarks.harness.exchange import Metadata
from benchmarks.harness.leads import Leads, number
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.submission_service_pb2 import (
    LeadOutcome,
    SubmitLeadResponse,
    SubmitLeadsRequest,
    SubmitLeadsResponse,
)
from leadexchange.v1.submission_service_pb2_grpc import SubmissionServiceStub

IN_FLIGHT: Final = 64
"""Unary calls, or HTTP requests, at once."""
FRAME: Final = 64
"""Leads in a frame of a closed load."""
WINDOW: Final = 1_024
"""Leads open on a stream in a closed load: as many as the exchange takes before it reads no further."""
_MAX_FRAME: Final = 256

_Stream = grpc.aio.StreamStreamCall[SubmitLeadsRequest, SubmitLeadsResponse]


class Load(msgspec.Struct):
    """What came of a load."""

    count: int = 0
    """Answers that said what came of a lead; of other calls, those that succeeded."""
    refused: int = 0
    """Answers that refused, and calls that failed."""
    sold: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    """That the process under load used meanwhile."""
    latencies_ms: list[float] = []
    """Of an open load."""
    auctions: list[str] = []
    """Ids, of an open load."""

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.count / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU µs an answer."""
        return self.cpu_s / self.count * 1e6


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent lie at or below. Raises IndexError when there is none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


async def charged(cpu_s: Callable[[], float], running: Awaitable[Load]) -> Load:
    """A load, and the CPU time that a process used while it ran."""
    before = cpu_s()
    load = await running
    load.cpu_s = cpu_s() - before
    return load


def arrivals(rate: float, seconds: float) -> list[float]:
    """When each of a Poisson process arrives, in seconds from its begin; the same each time."""
    random = Random(1)
    return list(accumulate(random.expovariate(rate) for _ in range(int(rate * seconds))))


async def unary(call: Callable[[], Awaitable[SubmitLeadResponse]], seconds: float, in_flight: int = IN_FLIGHT) -> Load:
    """A closed load of calls."""
    load = Load()
    begun = time.perf_counter()
    ends = begun + seconds

    async def one_after_another() -> None:
        while time.perf_counter() < ends:
            try:
                _count(load, (await call()).outcome)
            except grpc.aio.AioRpcError:
                load.refused += 1

    await asyncio.gather(*(one_after_another() for _ in range(in_flight)))
    load.seconds = time.perf_counter() - begun
    return load


async def streamed(
    stub: SubmissionServiceStub,
    source: Metadata,
    leads: Leads,
    seconds: float,
    window: int = WINDOW,
    frame_leads: int = FRAME,
) -> Load:
    """A closed load on one stream, in frames, with `window` leads open."""
    ends = time.perf_counter() + seconds
    return await _closed(stub, source, leads, lambda _: time.perf_counter() < ends, window, frame_leads)


async def counted(stub: SubmissionServiceStub, source: Metadata, leads: Leads, count: int) -> Load:
    """The same for so many leads, or up to a frame more, however long it takes."""
    return await _closed(stub, source, leads, lambda sent: sent < count, WINDOW, FRAME)


async def _closed(
    stub: SubmissionServiceStub,
    source: Metadata,
    leads: Leads,
    more: Callable[[int], bool],
    window: int,
    frame_leads: int,
) -> Load:
    """`more` says, from how many were sent, whether another frame follows."""
    load = Load()
    room = asyncio.Event()
    call = stub.SubmitLeads(metadata=source)
    begun = time.perf_counter()

    async def send() -> None:
        sent = 0
        while more(sent):
            if sent - load.count - load.refused <= window - frame_leads:
                await call.write(SubmitLeadsRequest(leads=[leads.next() for _ in range(frame_leads)]))
                sent += frame_leads
            else:
                room.clear()
                await room.wait()
        await call.done_writing()

    sending = asyncio.create_task(send())
    async for frame in call:
        _count_frame(load, frame)
        room.set()
    await sending
    load.seconds = time.perf_counter() - begun
    return load


async def scheduled(stub: SubmissionServiceStub, source: Metadata, leads: Leads, rate: float, seconds: float) -> Load:
    """An open load on one stream: Poisson arrivals at `rate` a second, each frame holding what is due."""
    due = arrivals(rate, seconds)
    load, first = Load(), leads.count
    call = stub.SubmitLeads(metadata=source)
    await call.write(SubmitLeadsRequest())  # the stream is open before the clock runs
    begun = time.perf_counter()
    sending = asyncio.create_task(_send_when_due(call, leads, due, begun))
    async for frame in call:
        now = time.perf_counter() - begun
        _count_frame(load, frame)
        load.latencies_ms += [(now - due[number(result.request_id) - first]) * 1_000 for result in frame.results]
        load.auctions += [result.outcome.auction_id for result in frame.results]
    await sending
    load.seconds = time.perf_counter() - begun
    return load


async def _send_when_due(call: _Stream, leads: Leads, due: Sequence[float], begun: float) -> None:
    sent = 0
    while sent < len(due):
        now = time.perf_counter() - begun
        ready = min(bisect_right(due, now, sent), sent + _MAX_FRAME)
        if ready > sent:
            await call.write(SubmitLeadsRequest(leads=[leads.next() for _ in range(ready - sent)]))
            sent = ready
        else:
            await asyncio.sleep(due[sent] - now)
    await call.done_writing()


def _count(load: Load, outcome: LeadOutcome) -> None:
    load.count += 1
    load.sold += outcome.status == LEAD_STATUS_SOLD


def _count_frame(load: Load, frame: SubmitLeadsResponse) -> None:
    for result in frame.results:
        if result.HasField("outcome"):
            _count(load, result.outcome)
        else:
            load.refused += 1
