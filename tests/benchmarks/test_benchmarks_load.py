"""Loads: every lead is counted once, and an exchange that stalls is charged for those that it kept waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from benchmarks.harness import load
from benchmarks.harness.leads import Leads
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.submission_service_pb2 import (
    LeadOutcome,
    SubmitLeadsRequest,
    SubmitLeadsResponse,
    SubmitLeadsResult,
)
from leadexchange.v1.submission_service_pb2_grpc import (
    SubmissionServiceServicer,
    SubmissionServiceStub,
    add_SubmissionServiceServicer_to_server,
)

STALL_S = 0.3


class Stalling(SubmissionServiceServicer):
    """Answers at once, but for a stall before the first lead."""

    def __init__(self, stall_s: float) -> None:
        self._stall_s = stall_s
        self.seen: list[str] = []

    async def SubmitLeads(
        self, request_iterator: AsyncIterator[SubmitLeadsRequest], context: Any
    ) -> AsyncIterator[SubmitLeadsResponse]:
        async for frame in request_iterator:
            if frame.leads and not self.seen:
                await asyncio.sleep(self._stall_s)
            self.seen += [lead.request_id for lead in frame.leads]
            outcome = LeadOutcome(auction_id="auc_1", status=LEAD_STATUS_SOLD)
            yield SubmitLeadsResponse(
                results=[SubmitLeadsResult(request_id=lead.request_id, outcome=outcome) for lead in frame.leads]
            )


@asynccontextmanager
async def served(stall_s: float) -> AsyncIterator[tuple[SubmissionServiceStub, Stalling]]:
    servicer, server = Stalling(stall_s), grpc.aio.server()
    add_SubmissionServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield SubmissionServiceStub(channel), servicer
    await server.stop(None)


async def test_a_stall_is_charged_to_every_lead_that_was_due_meanwhile() -> None:
    rate, seconds = 500.0, 0.5
    async with served(STALL_S) as (stub, servicer):
        found = await load.scheduled(stub, (), Leads("a"), rate, seconds)
    due = load.arrivals(rate, seconds)
    assert found.count == len(due) == len(set(servicer.seen)) == len(found.latencies_ms)
    # The first is due at the beginning of the stall and waits for all of it, the others for what is left of it. A
    # generator that waited for its answers would have charged the stall to one frame.
    expected = [(STALL_S - one + due[0]) * 1_000 for one in due if one < STALL_S]
    assert len(expected) > 100
    for waited, least in zip(sorted(found.latencies_ms, reverse=True), expected, strict=False):
        assert waited >= least - 5


async def test_a_counted_load_sends_so_many_and_no_lead_twice() -> None:
    async with served(0) as (stub, servicer):
        found = await load.counted(stub, (), Leads("a"), 1_000)
    assert found.count == found.sold == len(servicer.seen) == len(set(servicer.seen))
    assert 1_000 <= found.count < 1_000 + load.FRAME
