"""SubmissionService: where leads come in."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from typing import Any

from exchange.access.authority import Action, acting_source
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock, in_step
from exchange.auction.conductor import Conducted, Conductor
from exchange.catalog.book import Book
from exchange.domain import limits
from exchange.domain.errors import Violation, invalid
from exchange.domain.ids import is_id
from exchange.domain.principal import Principal
from exchange.rpc.calls import Context, Service, frame_bound, refusal_of, stream, unary
from exchange.rpc.convert import leads
from exchange.rpc.convoy import Convoy
from exchange.rpc.status import status
from leadexchange.v1 import submission_service_pb2 as pb
from leadexchange.v1.submission_service_pb2_grpc import SubmissionServiceServicer


class Submissions(Service, SubmissionServiceServicer):
    """Converts, calls the conductor, and converts back."""

    def __init__(self, keys: KeyRing, clock: Clock, conductor: Conductor, book: Book, default_budget_ms: int) -> None:
        super().__init__(keys, clock)
        self._conductor = conductor
        self._book = book
        self._budget_ms = default_budget_ms
        self._convoy = Convoy()

    @unary(Action.SUBMIT)
    async def SubmitLead(
        self, request: pb.SubmitLeadRequest, caller: Principal, context: Context
    ) -> pb.SubmitLeadResponse:
        """A whole lead."""
        conducted = await self._convoy.run(self._submit(request, caller, context.time_remaining()))
        response = pb.SubmitLeadResponse()
        leads.put_outcome(response.outcome, conducted, caller)
        return response

    async def _submit(self, request: pb.SubmitLeadRequest, caller: Principal, remaining_s: float | None) -> Conducted:
        source_id = acting_source(caller, request.source_id)
        budget_ms = leads.budget_ms(request.budget_ms, remaining_s, self._budget_ms)
        submission = leads.submission(request, source_id)
        await in_step()
        return await self._conductor.submit(submission, budget_ms)

    @unary(Action.SUBMIT)
    async def PingLead(self, request: pb.PingLeadRequest, caller: Principal, context: Context) -> pb.PingLeadResponse:
        """A profile, for an offer."""
        source_id = acting_source(caller, request.source_id)
        offer, _ = await self._convoy.run(
            self._conductor.ping(
                source_id,
                leads.profile(request.profile),
                leads.evidence(request.consent),
                leads.request_id(request.request_id),
                leads.budget_ms(request.budget_ms, context.time_remaining(), self._budget_ms),
            )
        )
        fee_bps = self._book.policies[offer.profile.vertical].fee_bps
        return leads.offer(offer, fee_bps, self._book.sources[source_id].payout_bps, caller)

    @unary(Action.SUBMIT)
    async def PostLead(self, request: pb.PostLeadRequest, caller: Principal, context: Context) -> pb.PostLeadResponse:
        """The person behind a pinged profile."""
        if not is_id(request.ping_id, "auc"):
            raise invalid([Violation("ping_id", "the id that PingLead answered with", request.ping_id[:40] or "none")])
        conducted = await self._convoy.run(
            self._conductor.post(
                acting_source(caller, request.source_id),
                request.ping_id,
                leads.profile(request.profile) if request.HasField("profile") else None,
                leads.contact(request.contact),
                leads.consent(request.consent),
                leads.request_id(request.request_id),
                leads.budget_ms(request.budget_ms, context.time_remaining(), self._budget_ms),
            )
        )
        response = pb.PostLeadResponse()
        leads.put_outcome(response.outcome, conducted, caller)
        return response

    @stream(Action.SUBMIT)
    async def SubmitLeads(
        self, requests: AsyncIterable[pb.SubmitLeadsRequest], caller: Principal, context: Context
    ) -> AsyncIterator[pb.SubmitLeadsResponse]:
        """Frames of leads; frames of results as they come."""
        lane = _Lane()
        reading = asyncio.ensure_future(self._read(requests, caller, lane))
        try:
            async for frame in lane.frames():
                yield frame
            await reading
        finally:
            reading.cancel()

    async def _read(self, requests: AsyncIterable[pb.SubmitLeadsRequest], caller: Principal, lane: "_Lane") -> None:
        try:
            async for frame in requests:
                frame_bound(len(frame.leads), limits.MAX_FRAME_LEADS, "leads")
                await lane.room()
                for request in frame.leads:
                    lane.begin(self._one(request, caller))
        finally:
            lane.end()

    async def _one(self, request: pb.SubmitLeadRequest, caller: Principal) -> pb.SubmitLeadsResult:
        result = pb.SubmitLeadsResult(request_id=request.request_id)
        try:
            if not request.request_id:
                raise invalid([Violation("request_id", "an id that is unique on the stream", "none")])
            conducted = await self._submit(request, caller, None)
            leads.put_outcome(result.outcome, conducted, caller)
        except Exception as error:  # noqa: BLE001 - one lead's error is its own result
            result.error.CopyFrom(status(refusal_of(error)))
        return result


class _Lane:
    """One stream's leads: not too many open at once, their results gathered into frames."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[pb.SubmitLeadsResult]] = set()
        self._ready: list[pb.SubmitLeadsResult] = []
        self._stirred = asyncio.Event()
        self._freed = asyncio.Event()
        self._ended = False

    async def room(self) -> None:
        """Waits until another frame may be taken in: a source that reads no results is itself read no further."""
        while len(self._open) + len(self._ready) >= limits.MAX_STREAM_LEADS:
            self._freed.clear()
            await self._freed.wait()

    def begin(self, work: Coroutine[Any, Any, pb.SubmitLeadsResult]) -> None:
        """Begins a lead; it goes on to its end even when the stream breaks."""
        task = asyncio.get_running_loop().create_task(work)
        self._open.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[pb.SubmitLeadsResult]") -> None:
        self._open.discard(task)
        if not task.cancelled():
            self._ready.append(task.result())
        self._stirred.set()
        self._freed.set()

    def end(self) -> None:
        """No more leads will come."""
        self._ended = True
        self._stirred.set()

    async def frames(self) -> AsyncIterator[pb.SubmitLeadsResponse]:
        """Whatever results gathered while the last frame was being sent, until the last lead's."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            while self._ready:
                results, self._ready = self._ready[: limits.MAX_FRAME_LEADS], self._ready[limits.MAX_FRAME_LEADS :]
                yield pb.SubmitLeadsResponse(results=results)
                self._freed.set()
            if self._ended and not self._open and not self._ready:
                return
