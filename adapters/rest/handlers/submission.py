"""Submitting leads: whole, or ping and then post."""

from typing import Final

from aiohttp import web

from adapters.rest.caller import IDEMPOTENCY_KEY, caller_of, idempotency_key
from adapters.rest.contract import rpc
from adapters.rest.convert import lead as convert
from adapters.rest.core import CORE
from adapters.rest.handlers import examples
from adapters.rest.handlers.answers import created
from adapters.rest.operation import Operation
from adapters.rest.reading import read_body
from adapters.rest.shapes.lead import LeadSubmission, Outcome, PingOutcome, PingSubmission

_SUBMIT: Final = rpc("SubmissionService/SubmitLead")
_PING: Final = rpc("SubmissionService/PingLead")
_POST: Final = rpc("SubmissionService/PostLead")

_DEFAULT_BUDGET_MS: Final = 1_000  # the contract's
_LONGEST_BUDGET_MS: Final = 10_000
_MARGIN_S: Final = 1.0  # so that the core's own answer about its budget arrives before the call gives up
_TAG: Final = "Submission"


async def submit_lead(request: web.Request) -> web.Response:
    """Auctions a whole lead."""
    caller = caller_of(request)
    body = await read_body(request, LeadSubmission)
    message = convert.submit_request(body, idempotency_key(request))
    answer = await request.app[CORE].call(_SUBMIT, message, caller, timeout_s(body.budget_ms))
    return created(request, convert.outcome_of(answer.outcome), "leads", answer.outcome.lead_id)


async def ping_lead(request: web.Request) -> web.Response:
    """Auctions a lead without its person."""
    caller = caller_of(request)
    body = await read_body(request, PingSubmission)
    message = convert.ping_request(body, idempotency_key(request))
    answer = await request.app[CORE].call(_PING, message, caller, timeout_s(body.budget_ms))
    return created(request, convert.ping_outcome_of(answer), "auctions", answer.ping_id)


async def post_lead(request: web.Request) -> web.Response:
    """Takes up a ping's offer with the whole lead."""
    caller = caller_of(request)
    body = await read_body(request, LeadSubmission)
    message = convert.post_request(request.match_info["ping_id"], body, idempotency_key(request))
    answer = await request.app[CORE].call(_POST, message, caller, timeout_s(body.budget_ms))
    return created(request, convert.outcome_of(answer.outcome), "leads", answer.outcome.lead_id)


def timeout_s(budget_ms: int | None) -> float:
    """How long a submission's call may take."""
    budget_ms = budget_ms or _DEFAULT_BUDGET_MS
    return min(max(budget_ms, 0), _LONGEST_BUDGET_MS) / 1_000 + _MARGIN_S


OPERATIONS: Final = (
    Operation(
        *("POST", "/leads", "submitLead", "Auctions a whole lead and answers with its outcome", submit_lead, _TAG),
        body=LeadSubmission,
        answer=Outcome,
        status=201,
        headers=(IDEMPOTENCY_KEY,),
        refusals=(409,),
        description="201 whatever became of the lead; `status` says whether it was sold.",
        examples={"mortgage": examples.LEAD},
    ),
    Operation(
        *("POST", "/pings", "pingLead", "Takes a lead without its person and answers with the best offer"),
        *(ping_lead, _TAG),
        body=PingSubmission,
        answer=PingOutcome,
        status=201,
        headers=(IDEMPOTENCY_KEY,),
        refusals=(409,),
        examples={"mortgage": examples.PING},
    ),
    Operation(
        *("POST", "/pings/{ping_id}/post", "postLead", "Takes up a ping's offer with the person", post_lead, _TAG),
        body=LeadSubmission,
        answer=Outcome,
        status=201,
        headers=(IDEMPOTENCY_KEY,),
        refusals=(409,),
        examples={"person": examples.POST},
    ),
)
