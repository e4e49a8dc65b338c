"""LeadService: leads and auctions for those they belong to."""

import hashlib
from typing import Final

import msgspec

from exchange.access.authority import Action, may_see_lead
from exchange.access.keys import KeyRing
from exchange.access.sealing import Sealer
from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.catalog.explain import left_out
from exchange.domain.auction import LeadRecord
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.ids import auction_of, is_id, lead_of
from exchange.domain.lead import LeadStatus
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.rpc.calls import Context, Service, page_size, page_token, position_of, unary
from exchange.rpc.convert import auctions, leads
from exchange.rpc.convert.times import to_ms
from exchange.store.base import LeadQuery, Store
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
        return pb.GetLeadResponse(lead=self._message(record, caller))

    def _message(self, record: LeadRecord, caller: Principal) -> Lead:
        person = self._sealer.open(record.id, record.sealed, record.wrapped_key) if record.sealed else None
        return leads.lead(record, person, caller)

    @unary(Action.READ_LEADS)
    async def ListLeads(
        self, request: pb.ListLeadsRequest, caller: Principal, context: Context
    ) -> pb.ListLeadsResponse:
        """Leads in the order in which they were decided (for a buyer: sold to it)."""
        query = _query(request, caller)
        page = await self._store.leads(query)
        return pb.ListLeadsResponse(
            leads=[self._message(record, caller) for record in page.records],
            next_page_token=page_token(f"{_scope(query)}:{page.next_after}") if page.next_after else "",
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


def _scope(query: LeadQuery) -> str:
    """What a page token is good for: the same caller's list, filtered the same way."""
    filters = msgspec.structs.replace(query, after=0, limit=0)
    return hashlib.blake2b(msgspec.json.encode(filters), digest_size=8).hexdigest()


def _query(request: pb.ListLeadsRequest, caller: Principal) -> LeadQuery:
    try:
        status = LeadStatus(request.status) if request.status else None
    except ValueError:
        raise invalid([Violation("status", "a LeadStatus", str(request.status))]) from None
    query = LeadQuery(
        limit=page_size(request.page_size),
        source_id=caller.party_id if caller.role == Role.SOURCE else "",
        buyer_id=caller.party_id if caller.role == Role.BUYER else "",
        vertical=request.vertical,
        state=request.state.upper(),
        status=status,
        submitted_from_ms=to_ms(request.submitted_from, "submitted_from") if request.HasField("submitted_from") else 0,
        submitted_until_ms=(
            to_ms(request.submitted_until, "submitted_until") if request.HasField("submitted_until") else 0
        ),
    )
    if not request.page_token:
        return query
    scope, _, after = position_of(request.page_token).partition(":")
    if scope != _scope(query) or not after.isdecimal():
        raise invalid([Violation("page_token", "a token from the last answer to the same question", "another")])
    return msgspec.structs.replace(query, after=int(after))
