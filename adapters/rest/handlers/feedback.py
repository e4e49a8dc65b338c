"""Dispositions and returns: of one lead, and in bulk with a result for each."""

from typing import Any, Final

from aiohttp import web

from adapters.rest.handlers.calls import MANY, call
from adapters.rest.handlers.unary import Unary
from adapters.rest.problems import Violation, invalid
from adapters.rest.rpc_errors import from_status
from adapters.rest.shapes.common import Page
from adapters.rest.shapes.feedback import (
    Decision,
    Disposition,
    DispositionQuery,
    DispositionResults,
    Dispositions,
    LeadReturn,
    LeadReturns,
    OneDecision,
    ReturnQuery,
    ReturnResults,
)

_TAG: Final = "Feedback"
_LEAD_ID: Final = "lead_01M884TMHDJ3CDSVTPK3ZQ07MT"


class _One(Unary):
    """One of what the contract takes in bulk: its result is the answer, or the problem."""

    def fill_body(self, request: web.Request, message: Any, body: Any) -> None:
        """Adds the one; the path says which lead."""
        plan = self.plans[1]
        assert plan
        if not self.body_field:
            plan.fill(message, body)
            return
        lead_id = request.match_info["lead_id"]
        if body.lead_id not in ("", lead_id):
            raise invalid([Violation("lead_id", "the lead in the path", "another", pointer="/lead_id")])
        body.lead_id = lead_id
        plan.fill(getattr(message, self.body_field).add(), body)

    def pick(self, answer: Any) -> Any:
        """The one result; raises the Problem that it may be."""
        result = answer.results[0]
        if result.HasField("error"):
            raise from_status(result.error, self.locate)
        return getattr(result, self.answer_field.rpartition(".")[2])


OPERATIONS: Final = (
    call(
        "POST /leads/{lead_id}/dispositions",
        "FeedbackService/RecordDispositions",
        "recordDisposition",
        "Says what became of a lead",
        Disposition,
        "results.disposition",
        tag=_TAG,
        body=Disposition,
        body_field="dispositions",
        paths={},
        status=201,
        refusals=(409,),
        kind=_One,
        description="A repeat of the same disposition gives what was recorded before.",
        examples={"reached": {"kind": "contacted"}, "conversion": {"kind": "converted", "value": "1250.00"}},
    ),
    call(
        "POST /dispositions",
        "FeedbackService/RecordDispositions",
        "recordDispositions",
        "Says what became of leads; each has its own result",
        DispositionResults,
        tag=_TAG,
        body=Dispositions,
        examples={"two": {"dispositions": [{"lead_id": _LEAD_ID, "kind": "contacted", "quality": 4}]}},
    ),
    call(
        "GET /dispositions",
        "FeedbackService/ListDispositions",
        "listDispositions",
        "Dispositions, newest first",
        Page[Disposition],
        "dispositions",
        tag=_TAG,
        query=DispositionQuery,
        media=MANY,
    ),
    call(
        "POST /leads/{lead_id}/returns",
        "FeedbackService/RequestReturns",
        "requestReturn",
        "Asks to give a lead back",
        LeadReturn,
        "results.lead_return",
        tag=_TAG,
        body=LeadReturn,
        body_field="returns",
        paths={},
        status=201,
        collection="returns",
        refusals=(409,),
        kind=_One,
        description="A rule may decide at once. A repeat gives the return that there is.",
        examples={"phone": {"reason": "disconnected_phone", "note": "no such number on three days"}},
    ),
    call(
        "POST /returns",
        "FeedbackService/RequestReturns",
        "requestReturns",
        "Asks to give leads back; each has its own result",
        ReturnResults,
        tag=_TAG,
        body=LeadReturns,
        examples={"one": {"returns": [{"lead_id": _LEAD_ID, "reason": "duplicate"}]}},
    ),
    call(
        "GET /returns",
        "FeedbackService/ListReturns",
        "listReturns",
        "Returns, newest first",
        Page[LeadReturn],
        "returns",
        tag=_TAG,
        query=ReturnQuery,
        media=MANY,
    ),
    call(
        "POST /returns/decide",
        "FeedbackService/DecideReturns",
        "decideReturns",
        "Approves or denies returns; operators",
        ReturnResults,
        tag=_TAG,
        body=Decision,
        examples={"approval": {"return_ids": ["ret_01M884TMHDJ3CDSVTPK3ZQ07MT"], "approve": True}},
    ),
    call(
        "GET /returns/{return_id}",
        "FeedbackService/GetReturn",
        "getReturn",
        "One return",
        LeadReturn,
        "lead_return",
        tag=_TAG,
    ),
    call(
        "POST /returns/{return_id}/decide",
        "FeedbackService/DecideReturns",
        "decideReturn",
        "Approves or denies a return; operators",
        LeadReturn,
        "results.lead_return",
        tag=_TAG,
        body=OneDecision,
        paths={"return_id": "return_ids"},
        refusals=(409,),
        kind=_One,
        examples={"denial": {"approve": False, "note": "the number works"}},
    ),
)
