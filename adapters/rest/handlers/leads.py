"""Leads and auctions, read, taken and acknowledged."""

from typing import Any, Final

from aiohttp import web

from adapters.rest.handlers.calls import EVERY, MANY, call
from adapters.rest.handlers.unary import Unary
from adapters.rest.problems import Problem
from adapters.rest.shapes.auction import Auction, AuctionQuery
from adapters.rest.shapes.common import Page, PageQuery
from adapters.rest.shapes.delivery import Delivery
from adapters.rest.shapes.feedback import Disposition, LeadReturn
from adapters.rest.shapes.lead import Lead
from adapters.rest.shapes.retrieval import Acknowledged, Claim, Claimed, LeadIds, LeadPage, LeadQuery, OneQuery

_TAG: Final = "Leads"


class _AcknowledgeOne(Unary):
    """One lead by its path: what is unknown is not found."""

    def respond(self, request: web.Request, answer: Any) -> web.Response:
        """The answer; raises a Problem (404)."""
        if answer.unknown_lead_ids:
            raise Problem(404, "NOT_FOUND", "There is no such lead, or it is not the caller's.")
        return super().respond(request, answer)


OPERATIONS: Final = (
    call(
        "GET /leads",
        "LeadService/ListLeads",
        "listLeads",
        "Leads, oldest first",
        LeadPage,
        tag=_TAG,
        query=LeadQuery,
        media=EVERY,
        root="leads",
        description="A source sees what it submitted, a buyer what it bought, an operator all. Pages by `cursor` and "
        "by `after_id` are stable while leads come in; `offset` is not.",
    ),
    call(
        "POST /leads/acknowledge",
        "LeadService/AcknowledgeLeads",
        "acknowledgeLeads",
        "Marks leads as taken",
        Acknowledged,
        tag=_TAG,
        body=LeadIds,
        description="Acknowledged leads are no longer found by `acknowledged=false`, nor handed out by a claim.",
        examples={"two": {"lead_ids": ["lead_01M884TMHDJ3CDSVTPK3ZQ07MT", "lead_01M884TMHDJ3CDSVTPK3ZQ07MV"]}},
    ),
    call(
        "POST /leads/claim",
        "LeadService/ClaimLeads",
        "claimLeads",
        "Hands out leads that are not acknowledged, each to one reader at a time",
        Claimed,
        tag=_TAG,
        body=Claim,
        media=EVERY,
        root="leads",
        examples={"ten": {"max_leads": 10, "claim_s": 60}},
    ),
    call(
        "GET /leads/{lead_id}",
        "LeadService/GetLead",
        "getLead",
        "One lead",
        Lead,
        "lead",
        tag=_TAG,
        query=OneQuery,
        media=EVERY,
        root="lead",
    ),
    call(
        "POST /leads/{lead_id}/acknowledge",
        "LeadService/AcknowledgeLeads",
        "acknowledgeLead",
        "Marks a lead as taken",
        Acknowledged,
        tag=_TAG,
        paths={"lead_id": "lead_ids"},
        kind=_AcknowledgeOne,
    ),
    call(
        "GET /leads/{lead_id}/auction",
        "LeadService/GetAuction",
        "getLeadAuction",
        "The trace of a lead's auction",
        Auction,
        "auction",
        tag=_TAG,
        query=AuctionQuery,
        paths={"lead_id": "auction_id"},
    ),
    call(
        "GET /leads/{lead_id}/deliveries",
        "OutboxService/ListDeliveries",
        "listLeadDeliveries",
        "Deliveries about a lead, newest first",
        Page[Delivery],
        "deliveries",
        tag=_TAG,
        query=PageQuery,
        paths={"lead_id": "filter.lead_id"},
        media=MANY,
    ),
    call(
        "GET /leads/{lead_id}/dispositions",
        "FeedbackService/ListDispositions",
        "listLeadDispositions",
        "Dispositions of a lead, newest first",
        Page[Disposition],
        "dispositions",
        tag=_TAG,
        query=PageQuery,
        media=MANY,
    ),
    call(
        "GET /leads/{lead_id}/returns",
        "FeedbackService/ListReturns",
        "listLeadReturns",
        "Returns of a lead, newest first",
        Page[LeadReturn],
        "returns",
        tag=_TAG,
        query=PageQuery,
        media=MANY,
    ),
    call(
        "GET /auctions/{auction_id}",
        "LeadService/GetAuction",
        "getAuction",
        "The trace of an auction",
        Auction,
        "auction",
        tag=_TAG,
        query=AuctionQuery,
    ),
)
