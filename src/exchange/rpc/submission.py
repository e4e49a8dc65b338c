"""SubmissionService: where leads come in."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from functools import partial
from typing import Any

from exchange.access.authority import Action, acting_source
from exchange.access.keys import KeyRing
from exchange.auction.admission import Admission
from exchange.auction.clock import Clock, in_step
from exchange.auction.conductor import Conducted, Conductor
from exchange.catalog.book import Book
from exchange.domain import limits
from exchange.domain.auction import Offer
from exchange.domain.errors import Violation, invalid
from exchange.domain.ids import is_id
from exchange.domain.metrics import Metrics
from exchange.domain.principal import Principal
from exchange.rpc.calls import Context, Service, frame_bound, refusal_of, stream, unary
from exchange.rpc.convert import leads
from exchange.rpc.lanes import Lane
from exchange.rpc.status import status
from leadexchange.v1 import submission_service_pb2 as pb
from leadexchange.v1.submission_service_pb2_grpc import SubmissionServiceServicer

_Request = pb.SubmitLeadRequest | pb.PingLeadRequest | pb.PostLeadRequest


class Submissions(Service, SubmissionServiceServicer):
    """Converts, calls the conductor, and converts back."""

    def __init__(
        self,
        keys: KeyRing,
        clock: Clock,
        conductor: Conductor,
        book: Book,
        metrics: Metrics,
        admission: Admission,
        default_budget_ms: int,
    ) -> None:
        super().__init__(keys, clock)
        self._metrics = metrics
        self._conductor = conductor
        self._book = book
        self._budget_ms = default_budget_ms
        self._admission = admission
        self._reading: set[asyncio.Task[None]] = set()

    @unary(Action.SUBMIT)
    async def SubmitLead(
        self, request: pb.SubmitLeadRequest, caller: Principal, context: Context
    ) -> pb.SubmitLeadResponse:
        """A whole lead."""
        source_id, budget_ms = self._admit(request, caller, context)
        arrived_us = self.clock.us()
        auction = partial(self._submit, request, source_id, budget_ms, arrived_us, arrived_us)
        conducted = await self._admission.run(source_id, budget_ms, auction)
        response = pb.SubmitLeadResponse()
        leads.put_outcome(response.outcome, conducted, caller)
        return response

    def _admit(self, request: _Request, caller: Principal, context: Context) -> tuple[str, int]:
        """Whose lead it is, and its budget in ms. Raises Refused, above all when there is no room for it."""
        source_id = acting_source(caller, request.source_id)
        budget_ms = leads.budget_ms(request.budget_ms, context.time_remaining(), self._budget_ms)
        self._admission.check(source_id, budget_ms)
        return source_id, budget_ms

    def _left_ms(self, budget_ms: int, since_us: int) -> int:
        """What waiting has left of a budget; at least 1."""
        return max(1, budget_ms - (self.clock.us() - since_us) // 1_000)

    async def _submit(
        self, request: pb.SubmitLeadRequest, source_id: str, budget_ms: int, arrived_us: int, since_us: int
    ) -> Conducted:
        submission = leads.submission(request, source_id)
        await in_step()
        auction = self._conductor.submit(submission, self._left_ms(budget_ms, since_us))
        return await self._timed(arrived_us, auction)

    async def _timed(self, arrived_us: int, auction: Coroutine[Any, Any, Conducted]) -> Conducted:
        """Carries out an auction, and notes how long it took."""
        queue_us = self.clock.us() - arrived_us
        conducted = await auction
        if not conducted.repeated:
            self._metrics.took(queue_us, conducted.record.trace.phases, conducted.total_us)
        return conducted

    @unary(Action.SUBMIT)
    async def PingLead(self, request: pb.PingLeadRequest, caller: Principal, context: Context) -> pb.PingLeadResponse:
        """A profile, for an offer."""
        source_id, budget_ms = self._admit(request, caller, context)
        auction = partial(self._ping, request, source_id, budget_ms, self.clock.us())
        offer = await self._admission.run(source_id, budget_ms, auction)
        fee_bps = self._book.policies[offer.profile.vertical].fee_bps
        return leads.offer(offer, fee_bps, self._book.sources[source_id].payout_bps, caller)

    async def _ping(self, request: pb.PingLeadRequest, source_id: str, budget_ms: int, arrived_us: int) -> Offer:
        begun_us = self.clock.us()
        offer, repeated = await self._conductor.ping(
            source_id,
            leads.profile(request.profile),
            leads.evidence(request.consent),
            leads.request_id(request.request_id),
            self._left_ms(budget_ms, arrived_us),
        )
        if not repeated:
            self._metrics.took(begun_us - arrived_us, offer.trace.phases, self.clock.us() - begun_us)
        return offer

    @unary(Action.SUBMIT)
    async def PostLead(self, request: pb.PostLeadRequest, caller: Principal, context: Context) -> pb.PostLeadResponse:
        """The person behind a pinged profile."""
        if not is_id(request.ping_id, "auc"):
            raise invalid([Violation("ping_id", "the id that PingLead answered with", request.ping_id[:40] or "none")])
        source_id, budget_ms = self._admit(request, caller, context)
        auction = partial(self._post, request, source_id, budget_ms, self.clock.us())
        conducted = await self._admission.run(source_id, budget_ms, auction)
        response = pb.PostLeadResponse()
        leads.put_outcome(response.outcome, conducted, caller)
        return response

    async def _post(self, request: pb.PostLeadRequest, source_id: str, budget_ms: int, arrived_us: int) -> Conducted:
        auction = self._conductor.post(
            source_id,
            request.ping_id,
            leads.profile(request.profile) if request.HasField("profile") else None,
            leads.contact(request.contact),
            leads.consent(request.consent),
            leads.request_id(request.request_id),
            self._left_ms(budget_ms, arrived_us),
        )
        return await self._timed(arrived_us, auction)

    @stream(Action.SUBMIT)
    async def SubmitLeads(
        self, requests: AsyncIterable[pb.SubmitLeadsRequest], caller: Principal, context: Context
    ) -> AsyncIterator[pb.SubmitLeadsResponse]:
        """Frames of leads; frames of results as they come."""
        lane: Lane[pb.SubmitLeadsResult] = Lane(limits.MAX_STREAM_LEADS, limits.MAX_FRAME_LEADS)
        reading = asyncio.create_task(self._read(requests, caller, lane))
        self._reading.add(reading)
        try:
            async for results in lane.frames():
                yield pb.SubmitLeadsResponse(results=results)
            await asyncio.wait((reading,))
            if not reading.cancelled():
                reading.result()
        finally:
            reading.cancel()
            self._reading.discard(reading)

    def drain(self) -> None:
        """Reads no more from streams: each ends with the result of the last lead that was taken from it."""
        for reading in self._reading:
            reading.cancel()

    async def _read(
        self, requests: AsyncIterable[pb.SubmitLeadsRequest], caller: Principal, lane: Lane[pb.SubmitLeadsResult]
    ) -> None:
        try:
            async for frame in requests:
                arrived_us = self.clock.us()
                frame_bound(len(frame.leads), limits.MAX_FRAME_LEADS, "leads")
                await lane.room()
                await self._admission.room(caller.party_id, self._budget_ms)
                for request in frame.leads:
                    lane.begin(self._one(request, caller, arrived_us))
        finally:
            lane.end()

    async def _one(self, request: pb.SubmitLeadRequest, caller: Principal, arrived_us: int) -> pb.SubmitLeadsResult:
        result = pb.SubmitLeadsResult(request_id=request.request_id)
        try:
            if not request.request_id:
                raise invalid([Violation("request_id", "an id that is unique on the stream", "none")])
            source_id = acting_source(caller, request.source_id)
            budget_ms = leads.budget_ms(request.budget_ms, None, self._budget_ms)
            auction = partial(self._submit, request, source_id, budget_ms, arrived_us, self.clock.us())
            conducted = await self._admission.run(source_id, budget_ms, auction)
            leads.put_outcome(result.outcome, conducted, caller)
        except Exception as error:  # noqa: BLE001 - one lead's error is its own result
            result.error.CopyFrom(status(refusal_of(error)))
        return result
