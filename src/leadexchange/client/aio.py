"""The client for programs that use asyncio."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Self

import grpc

from leadexchange.client import requests
from leadexchange.client.calling import Calling
from leadexchange.client.channels import Channels, Tls
from leadexchange.client.errors import from_rpc
from leadexchange.client.requests import Attributes, Evidence, Person, timestamp
from leadexchange.client.retrying import Retrying
from leadexchange.client.streaming import LeadStream
from leadexchange.v1.access_service_pb2 import WhoAmIRequest, WhoAmIResponse
from leadexchange.v1.api_key_pb2 import ApiKey
from leadexchange.v1.disposition_pb2 import Disposition
from leadexchange.v1.event_pb2 import Event
from leadexchange.v1.event_service_pb2 import SubscribeRequest, SubscribeResponse
from leadexchange.v1.feedback_service_pb2 import (
    DispositionResult,
    RecordDispositionsRequest,
    RecordDispositionsResponse,
    RequestReturnsRequest,
    RequestReturnsResponse,
    ReturnResult,
)
from leadexchange.v1.lead_pb2 import Lead, LeadStatus
from leadexchange.v1.lead_return_pb2 import LeadReturn
from leadexchange.v1.lead_service_pb2 import (
    ACKNOWLEDGEMENT_GIVEN,
    ACKNOWLEDGEMENT_MISSING,
    AcknowledgeLeadsRequest,
    AcknowledgeLeadsResponse,
    ClaimLeadsRequest,
    ClaimLeadsResponse,
    GetLeadRequest,
    GetLeadResponse,
    ListLeadsRequest,
    ListLeadsResponse,
)
from leadexchange.v1.ping_pb2 import ConsentEvidence
from leadexchange.v1.submission_service_pb2 import (
    LeadOutcome,
    PingLeadRequest,
    PingLeadResponse,
    PostLeadRequest,
    PostLeadResponse,
    SubmitLeadRequest,
    SubmitLeadResponse,
    SubmitLeadsResult,
)

_PAGE: Final = 500
_MOST_OPEN: Final = 1_024  # what the exchange takes on one stream


class AsyncClient:
    """One partner's way to the exchange.

    Args:
        addresses: `host:port`, or several, of which the next is taken when one cannot be reached. Of a name that stands
            for several cores, all are used.
        key: An API key, or a token.
        tls: See `channels.Tls`. Plain text is for tests and private networks.
        timeout_s: A call is given up after this; submissions get at least their own budget.
        retrying: How failed calls are repeated.
    """

    def __init__(
        self,
        addresses: str | Sequence[str],
        key: str,
        *,
        tls: Tls = True,
        timeout_s: float = 10.0,
        retrying: Retrying | None = None,
    ) -> None:
        self._channels = Channels(addresses, tls)
        self._calling = Calling(self._channels, key, timeout_s, retrying or Retrying())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._channels.close()

    async def who_am_i(self) -> ApiKey:
        """Whom the key speaks for."""
        answer = await self._calling.unary("AccessService/WhoAmI", WhoAmIRequest(), WhoAmIResponse)
        return answer.api_key

    async def submit(self, vertical: str, attributes: Attributes, contact: Person, **more: Any) -> LeadOutcome:
        """Auctions a whole lead. `more` is what `submission` takes; give your own `request_id` to repeat it later."""
        return await self.submit_request(requests.submission(vertical, attributes, contact, **more))

    async def submit_request(self, request: SubmitLeadRequest) -> LeadOutcome:
        """The same with a request from `submission`."""
        answer = await self._calling.unary(
            "SubmissionService/SubmitLead",
            request,
            SubmitLeadResponse,
            safe=bool(request.request_id),
            timeout_s=self._calling.budget_s(request.budget_ms),
        )
        return answer.outcome

    def submit_many(
        self, leads: Iterable[SubmitLeadRequest] | AsyncIterable[SubmitLeadRequest], *, most_open: int = _MOST_OPEN
    ) -> AsyncIterator[SubmitLeadsResult]:
        """Auctions leads over one stream; a result each, as auctions end, in any order.

        Leads are taken from the iterable as there is room for them: at most `most_open` have no result yet.
        """
        return LeadStream(self._calling, min(most_open, _MOST_OPEN)).run(leads)

    async def ping(
        self,
        vertical: str,
        attributes: Attributes,
        *,
        consent: ConsentEvidence | None = None,
        request_id: str = "",
        source_id: str = "",
        budget_ms: int = 0,
        **profile: Any,
    ) -> PingLeadResponse:
        """Auctions a lead without its person; the answer has the best offer."""
        request = PingLeadRequest(
            request_id=request_id or requests.new_id(),
            profile=requests.profile(vertical, attributes, **profile),
            consent=consent,
            source_id=source_id,
            budget_ms=budget_ms,
        )
        timeout_s = self._calling.budget_s(budget_ms)
        return await self._calling.unary("SubmissionService/PingLead", request, PingLeadResponse, timeout_s=timeout_s)

    async def post(
        self,
        ping_id: str,
        contact: Person,
        *,
        consent: Evidence | None = None,
        request_id: str = "",
        source_id: str = "",
        budget_ms: int = 0,
    ) -> LeadOutcome:
        """Takes up a ping's offer with the person."""
        request = PostLeadRequest(
            ping_id=ping_id,
            request_id=request_id or requests.new_id(),
            contact=requests.person(contact),
            consent=requests.evidence(consent),
            source_id=source_id,
            budget_ms=budget_ms,
        )
        timeout_s = self._calling.budget_s(budget_ms)
        answer = await self._calling.unary("SubmissionService/PostLead", request, PostLeadResponse, timeout_s=timeout_s)
        return answer.outcome

    async def lead(self, lead_id: str) -> Lead:
        """One lead."""
        answer = await self._calling.unary("LeadService/GetLead", GetLeadRequest(lead_id=lead_id), GetLeadResponse)
        return answer.lead

    async def leads(  # noqa: PLR0913 — the contract's filters, by name
        self,
        *,
        vertical: str = "",
        status: "LeadStatus | None" = None,
        state: str = "",
        zip_prefix: str = "",
        campaign_id: str = "",
        source_id: str = "",
        submitted_from: datetime | None = None,
        submitted_until: datetime | None = None,
        acknowledged: bool | None = None,
        after_lead_id: str = "",
    ) -> AsyncIterator[Lead]:
        """Leads, oldest first, page by page as they are wanted."""
        request = ListLeadsRequest(
            page_size=_PAGE,
            vertical=vertical,
            status=status,
            state=state,
            zip_prefix=zip_prefix,
            campaign_id=campaign_id,
            source_id=source_id,
            submitted_from=timestamp(submitted_from),
            submitted_until=timestamp(submitted_until),
            after_lead_id=after_lead_id,
        )
        if acknowledged is not None:
            request.acknowledgement = ACKNOWLEDGEMENT_GIVEN if acknowledged else ACKNOWLEDGEMENT_MISSING
        while True:
            page = await self._calling.unary("LeadService/ListLeads", request, ListLeadsResponse)
            for lead in page.leads:
                yield lead
            if not page.next_page_token:
                return
            request.after_lead_id = ""
            request.page_token = page.next_page_token

    async def claim(
        self, max_leads: int = 50, *, claim_s: int = 60, vertical: str = "", campaign_id: str = ""
    ) -> ClaimLeadsResponse:
        """Leads that are not acknowledged, each to one reader at a time; what is not acknowledged comes back."""
        request = ClaimLeadsRequest(max_leads=max_leads, claim_s=claim_s, vertical=vertical, campaign_id=campaign_id)
        return await self._calling.unary("LeadService/ClaimLeads", request, ClaimLeadsResponse, safe=False)

    async def acknowledge(self, *lead_ids: str) -> AcknowledgeLeadsResponse:
        """Marks leads, at most 500, as taken."""
        request = AcknowledgeLeadsRequest(lead_ids=lead_ids)
        return await self._calling.unary("LeadService/AcknowledgeLeads", request, AcknowledgeLeadsResponse)

    async def record(self, *dispositions: Disposition) -> list[DispositionResult]:
        """Says what became of leads, at most 500 at once; a result each. A repeat changes nothing."""
        request = RecordDispositionsRequest(dispositions=dispositions)
        answer = await self._calling.unary("FeedbackService/RecordDispositions", request, RecordDispositionsResponse)
        return list(answer.results)

    async def give_back(self, *returns: LeadReturn) -> list[ReturnResult]:
        """Asks to return leads, at most 500 at once; a result each. A repeat changes nothing."""
        request = RequestReturnsRequest(returns=returns)
        answer = await self._calling.unary("FeedbackService/RequestReturns", request, RequestReturnsResponse)
        return list(answer.results)

    async def subscribe(
        self,
        *,
        after: int = 0,
        event_types: Iterable[str] = (),
        verticals: Iterable[str] = (),
        campaign_ids: Iterable[str] = (),
        source_ids: Iterable[str] = (),
    ) -> AsyncIterator[Event]:
        """Events after a sequence and then live, for ever: a broken stream is resumed after the last event given.

        Keep the last event's `sequence` to go on from there; 0 begins with the oldest kept, -1 with what comes now.
        Raises ExchangeError when the exchange refuses, or stays away for as many attempts as `retrying` has.
        """
        request = SubscribeRequest(
            after_sequence=after,
            event_types=event_types,
            verticals=verticals,
            campaign_ids=campaign_ids,
            source_ids=source_ids,
        )
        attempt = 1
        while True:
            channel = self._channels.current
            call: Any = channel.unary_stream(
                "/leadexchange.v1.EventService/Subscribe",
                request_serializer=SubscribeRequest.SerializeToString,
                response_deserializer=SubscribeResponse.FromString,
            )(request, metadata=self._calling.metadata)
            try:
                async for frame in call:
                    attempt = 1
                    for event in frame.events:
                        yield event
                        request.after_sequence = event.sequence
            except grpc.aio.AioRpcError as failed:
                error = from_rpc(failed)
                wait_s = await self._calling.after(error, attempt, channel)
                if wait_s is None:
                    raise error from None
                await asyncio.sleep(wait_s)
                attempt += 1
            finally:
                call.cancel()
