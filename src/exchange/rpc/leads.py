"""LeadService: leads and auctions for those they belong to."""

from collections.abc import Sequence
from typing import Final

import msgspec

from exchange.access.authority import Action, may_see_lead
from exchange.access.keys import KeyRing
from exchange.access.sealing import Sealer
from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.catalog.explain import left_out
from exchange.domain import limits
from exchange.domain.auction import LeadRecord
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.ids import auction_of, is_id, lead_of
from exchange.domain.lead import Person
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.rpc.calls import Context, Service, unary
from exchange.rpc.convert import auctions, leads
from exchange.rpc.convert.times import timestamp
from exchange.rpc.lists import claim_of, list_query, next_token
from exchange.rpc.polling import next_poll_ms
from exchange.store.base import Store
from leadexchange.v1 import lead_service_pb2 as pb
from leadexchange.v1.lead_pb2 import Lead
from leadexchange.v1.lead_service_pb2_grpc import LeadServiceServicer

_NOT_MATCHED: Final = frozenset({Reason.DUPLICATE, Reason.CONSUMER_SUPPRESSED})
"""Leads that end so were offered to no campaign: none of them failed a condition."""


class Leads(Service, LeadServiceServicer):
    """Reads, opens what the caller may see, and converts."""

    def __init__(self, keys: KeyRing, clock: Clock, store: Store, sealer: Sealer, book: Book) -> None:
        super().__init__(keys, clock)
        self._store = store
        self._sealer = sealer
        self._book = book

    @unary(Action.READ_LEADS)
    async def GetLead(self, request: pb.GetLeadRequest, caller: Principal, context: Context) -> pb.GetLeadResponse:
        """One lead."""
        record = await self._store.lead(request.lead_id)
        if record is None or not _visible(record, caller):
            raise Refused(Reason.NOT_FOUND, "There is no lead of that id.")
        return pb.GetLeadResponse(lead=(await self._messages([record], caller))[0])

    async def _messages(self, records: Sequence[LeadRecord], caller: Principal) -> list[Lead]:
        sold = [record.id for record in records if record.outcome.sales]
        states = await self._store.sale_states(sold) if sold else {}
        return [leads.lead(record, self._person(record), caller, states) for record in records]

    def _person(self, record: LeadRecord) -> Person | None:
        return self._sealer.open(record.id, record.sealed, record.wrapped_key) if record.sealed else None

    @unary(Action.READ_LEADS)
    async def ListLeads(
        self, request: pb.ListLeadsRequest, caller: Principal, context: Context
    ) -> pb.ListLeadsResponse:
        """Leads in the order in which they were decided (for a buyer, or one campaign: sold)."""
        query = list_query(request, caller, self._book.campaigns)
        if query is None:
            return pb.ListLeadsResponse(next_poll_ms=limits.MAX_POLL_MS)
        if request.after_lead_id:
            place = await self._store.place(request.after_lead_id, query.source_id, query.buyer_id)
            if place is None:
                got = request.after_lead_id[: limits.MAX_GOT_CHARS]
                raise invalid([Violation("after_lead_id", "a lead of this list", got)])
            query = msgspec.structs.replace(query, after=place)
        page = await self._store.leads(query)
        next_poll_ms = await self._next_poll_ms(query.source_id, query.buyer_id, more=bool(page.next_after))
        return pb.ListLeadsResponse(
            leads=await self._messages(page.records, caller),
            next_page_token=next_token(query, page),
            next_poll_ms=next_poll_ms,
        )

    async def _next_poll_ms(self, source_id: str, buyer_id: str, *, more: bool) -> int:
        arrivals = [] if more else await self._store.arrivals(source_id, buyer_id, limits.POLLED_ARRIVALS)
        return next_poll_ms(arrivals, self.clock.now_ms(), more=more)

    @unary(Action.ACKNOWLEDGE)
    async def AcknowledgeLeads(
        self, request: pb.AcknowledgeLeadsRequest, caller: Principal, context: Context
    ) -> pb.AcknowledgeLeadsResponse:
        """Leads taken by the caller's buyer."""
        if not 1 <= len(request.lead_ids) <= limits.MAX_PAGE:
            raise invalid([Violation("lead_ids", f"1 to {limits.MAX_PAGE} ids", str(len(request.lead_ids)))])
        now_ms = self.clock.now_ms()
        count, unknown = await self._store.acknowledge(caller.party_id, list(request.lead_ids), now_ms)
        return pb.AcknowledgeLeadsResponse(acknowledged=count, unknown_lead_ids=unknown)

    @unary(Action.ACKNOWLEDGE)
    async def ClaimLeads(
        self, request: pb.ClaimLeadsRequest, caller: Principal, context: Context
    ) -> pb.ClaimLeadsResponse:
        """Leads that the buyer has not acknowledged, for one reader until the claim ends."""
        claim = claim_of(request, caller, self.clock.now_ms())
        lead_ids = await self._store.claim(claim)
        records = await self._store.leads_by_id(lead_ids)
        full = len(lead_ids) == claim.limit
        return pb.ClaimLeadsResponse(
            leads=await self._messages([records[lead_id] for lead_id in lead_ids], caller),
            claimed_until=timestamp(claim.until_ms),
            next_poll_ms=await self._next_poll_ms("", claim.buyer_id, more=full),
        )

    @unary(Action.READ_AUCTION)
    async def GetAuction(
        self, request: pb.GetAuctionRequest, caller: Principal, context: Context
    ) -> pb.GetAuctionResponse:
        """The trace of an auction, by its id or its lead's."""
        wanted = request.auction_id
        auction_id = wanted if is_id(wanted, "auc") else auction_of(wanted)
        record = await self._store.lead(lead_of(auction_id))
        if record is not None:
            profile = record.profile
            message = auctions.auction_of_lead(record, caller)
        else:
            offer = await self._store.offer(auction_id)
            if offer is None:
                raise Refused(Reason.NOT_FOUND, "There is no auction of that id.")
            profile = offer.profile
            message = auctions.auction_of_offer(offer, caller, self.clock.now_ms())
        if not (caller.role == Role.OPERATOR or profile.source_id == caller.party_id or message.considerations):
            raise Refused(Reason.NOT_FOUND, "There is no auction of that id.")
        if request.include_filtered:
            if caller.role != Role.OPERATOR:
                raise Refused(Reason.FORBIDDEN, "Only an operator may see the campaigns that did not qualify.")
            if Reason(message.reason) not in _NOT_MATCHED:
                considered = {one.campaign_id for one in message.considerations}
                others = left_out(self._book, profile, considered)
                message.considerations.extend(auctions.consideration(one) for one in others)
        return pb.GetAuctionResponse(auction=message)


def _visible(record: LeadRecord, caller: Principal) -> bool:
    return may_see_lead(caller, record.profile.source_id, [sale.buyer_id for sale in record.outcome.sales])
