"""Submitting leads: whole, or ping and then post."""

from typing import Final

from aiohttp import web

from adapters.rest.caller import caller_of, idempotency_key
from adapters.rest.convert import lead as convert
from adapters.rest.core import CORE, Rpc
from adapters.rest.handlers.answers import created
from adapters.rest.reading import read_body
from adapters.rest.shapes.lead import LeadSubmission, PingSubmission
from leadexchange.v1 import submission_service_pb2 as contract

_SUBMIT: Final = Rpc("/leadexchange.v1.SubmissionService/SubmitLead", contract.SubmitLeadResponse)
_PING: Final = Rpc("/leadexchange.v1.SubmissionService/PingLead", contract.PingLeadResponse)
_POST: Final = Rpc("/leadexchange.v1.SubmissionService/PostLead", contract.PostLeadResponse)

_DEFAULT_BUDGET_MS: Final = 1_000  # the contract's
_LONGEST_BUDGET_MS: Final = 10_000
_MARGIN_S: Final = 1.0  # so that the core's own answer about its budget arrives before the call gives up


async def submit_lead(request: web.Request) -> web.Response:
    """Auctions a whole lead."""
    caller = caller_of(request)
    body = await read_body(request, LeadSubmission)
    message = convert.submit_request(body, idempotency_key(request))
    answer = await request.app[CORE].call(_SUBMIT, message, caller, _timeout_s(body.budget_ms))
    return created(convert.outcome_of(answer.outcome), "leads", answer.outcome.lead_id)


async def ping_lead(request: web.Request) -> web.Response:
    """Auctions a lead without its person."""
    caller = caller_of(request)
    body = await read_body(request, PingSubmission)
    message = convert.ping_request(body, idempotency_key(request))
    answer = await request.app[CORE].call(_PING, message, caller, _timeout_s(body.budget_ms))
    return created(convert.ping_outcome_of(answer), "auctions", answer.ping_id)


async def post_lead(request: web.Request) -> web.Response:
    """Takes up a ping's offer with the whole lead."""
    caller = caller_of(request)
    body = await read_body(request, LeadSubmission)
    message = convert.post_request(request.match_info["ping_id"], body, idempotency_key(request))
    answer = await request.app[CORE].call(_POST, message, caller, _timeout_s(body.budget_ms))
    return created(convert.outcome_of(answer.outcome), "leads", answer.outcome.lead_id)


def _timeout_s(budget_ms: int | None) -> float:
    budget_ms = budget_ms or _DEFAULT_BUDGET_MS
    return min(max(budget_ms, 0), _LONGEST_BUDGET_MS) / 1_000 + _MARGIN_S
