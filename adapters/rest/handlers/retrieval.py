"""Leads and auctions, read."""

from typing import Final

from aiohttp import web

from adapters.rest.caller import caller_of
from adapters.rest.convert.auction import auction_of
from adapters.rest.convert.lead import lead_of, list_request
from adapters.rest.core import CORE, Rpc
from adapters.rest.handlers.answers import respond
from adapters.rest.reading import read_query
from adapters.rest.shapes.auction import AuctionQuery
from adapters.rest.shapes.common import Page
from adapters.rest.shapes.lead import LeadQuery
from leadexchange.v1 import lead_service_pb2 as contract

_GET_LEAD: Final = Rpc("/leadexchange.v1.LeadService/GetLead", contract.GetLeadResponse)
_LIST_LEADS: Final = Rpc("/leadexchange.v1.LeadService/ListLeads", contract.ListLeadsResponse)
_GET_AUCTION: Final = Rpc("/leadexchange.v1.LeadService/GetAuction", contract.GetAuctionResponse)


async def get_lead(request: web.Request) -> web.Response:
    """One lead."""
    caller = caller_of(request)
    message = contract.GetLeadRequest(lead_id=request.match_info["lead_id"])
    answer = await request.app[CORE].call(_GET_LEAD, message, caller)
    return respond(lead_of(answer.lead))


async def list_leads(request: web.Request) -> web.Response:
    """A page of leads."""
    caller = caller_of(request)
    message = list_request(read_query(request, LeadQuery))
    answer = await request.app[CORE].call(_LIST_LEADS, message, caller)
    return respond(Page([lead_of(lead) for lead in answer.leads], answer.next_page_token or None))


async def get_auction(request: web.Request) -> web.Response:
    """The trace of an auction, by its own id or its lead's: the core takes either."""
    caller = caller_of(request)
    query = read_query(request, AuctionQuery)
    message = contract.GetAuctionRequest(
        auction_id=request.match_info["auction_id"], include_filtered=query.include == "filtered"
    )
    answer = await request.app[CORE].call(_GET_AUCTION, message, caller)
    return respond(auction_of(answer.auction))
