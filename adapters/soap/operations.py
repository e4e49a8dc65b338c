"""The operations of the SOAP interface: the whole of it on one screen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from adapters.soap import nouns, trace
from adapters.soap.nouns import CLAIM, ID, MANY, PAGE, TIME, VERTICAL
from adapters.soap.shapes import Code, Element, Noun, Text, Whole
from leadexchange.v1 import feedback_service_pb2 as feedback
from leadexchange.v1 import lead_service_pb2 as leads
from leadexchange.v1 import submission_service_pb2 as submission

_READ_S: Final = 5.0  # reading takes milliseconds; beyond this the caller has given up
_HEALTH_S: Final = 1.0  # what load balancers wait for
_DEFAULT_BUDGET_MS: Final = 1_000  # the contract's
_MARGIN_S: Final = 1.0  # so that the core's own answer about its budget arrives before the call gives up


def _read_timeout_s(_: Any) -> float:
    return _READ_S


def _health_timeout_s(_: Any) -> float:
    return _HEALTH_S


def _budget_s(request: Any) -> float:
    return float((request.budget_ms or _DEFAULT_BUDGET_MS) / 1_000 + _MARGIN_S)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: document/literal wrapped, so that its request's name is its own."""

    doc: str
    request: Noun
    response: Noun
    rpc: str
    ask: type[Message]
    answer: type[Message]
    timeout_s: Callable[[Any], float] = _read_timeout_s
    open: bool = False
    """Needs no credential."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.request.name


_REQUEST_ID: Final = Element(
    "requestId", Text("RequestId", 128, 1), "Makes a repeat harmless: the same id gets the same answer."
)
_SOURCE_ID: Final = Element("sourceId", ID, "The source it is submitted for; for operators only.")
_BUDGET_MS: Final = Element("budgetMs", nouns.BUDGET, "The whole transaction's budget in ms; 1,000 unless given.")
_WHO: Final = (_REQUEST_ID, _SOURCE_ID, _BUDGET_MS)
_PROFILE: Final = Element("profile", nouns.PROFILE, "What identifies nobody.", required=True)
_CONTACT: Final = Element("contact", nouns.CONTACT, "Who the consumer is.", required=True)
_CONSENT: Final = Element("consent", nouns.CONSENT, "Consent evidence.")
_OUTCOME: Final = Element("outcome", nouns.OUTCOME, "What became of it.", required=True)
_LEADS: Final = Element("lead", nouns.LEAD, "The leads.", many=0, field="leads")
_NEXT_POLL: Final = Element("nextPollMs", Whole("PollMs", 0, 2**31 - 1), "When asking again is worth while.")
_VERTICAL: Final = Element("vertical", VERTICAL, "Only this vertical.")
_CAMPAIGN: Final = Element("campaignId", ID, "Only leads sold to this campaign.")
_SERVING: Final = Code(
    "ServingStatus",
    {"serving": health_pb2.HealthCheckResponse.SERVING, "not_serving": health_pb2.HealthCheckResponse.NOT_SERVING},
)


OPERATIONS: Final = (
    Operation(
        "Auctions a lead's profile and answers with the best offer, to be taken up by Post.",
        Noun(
            "Ping",
            "A lead without the person.",
            (*_WHO, _PROFILE, Element("consent", nouns.EVIDENCE, "Which consent evidence the lead will come with.")),
        ),
        Noun(
            "PingResponse",
            "What the ping brought.",
            (
                Element("pingId", ID, "To post with; used once.", required=True),
                Element("offer", nouns.OFFER, "The best offer; none when there is none."),
                Element("reason", nouns.REASON, "Why there is no offer."),
                Element("expiresAt", TIME, "The offer can be taken up until then."),
            ),
        ),
        "/leadexchange.v1.SubmissionService/PingLead",
        submission.PingLeadRequest,
        submission.PingLeadResponse,
        _budget_s,
    ),
    Operation(
        "Takes up an offer: hands the whole lead to its bidder.",
        Noun(
            "Post",
            "The person behind a pinged profile.",
            (
                Element("pingId", ID, "From Ping.", required=True),
                *_WHO,
                Element("profile", nouns.PROFILE, "The profile again: refused if it differs from the one pinged."),
                _CONTACT,
                _CONSENT,
            ),
        ),
        Noun("PostResponse", "What became of the lead.", (_OUTCOME,)),
        "/leadexchange.v1.SubmissionService/PostLead",
        submission.PostLeadRequest,
        submission.PostLeadResponse,
        _budget_s,
    ),
    Operation(
        "Auctions a whole lead and answers with its outcome.",
        Noun("SubmitLead", "A whole lead.", (*_WHO, _PROFILE, _CONTACT, _CONSENT)),
        Noun("SubmitLeadResponse", "What became of the lead.", (_OUTCOME,)),
        "/leadexchange.v1.SubmissionService/SubmitLead",
        submission.SubmitLeadRequest,
        submission.SubmitLeadResponse,
        _budget_s,
    ),
    Operation(
        "One lead: a source its own, a buyer what it bought.",
        Noun("GetLead", "Names a lead.", (Element("leadId", ID, "The lead.", required=True),)),
        Noun("GetLeadResponse", "The lead.", (Element("lead", nouns.LEAD, "The lead.", required=True),)),
        "/leadexchange.v1.LeadService/GetLead",
        leads.GetLeadRequest,
        leads.GetLeadResponse,
    ),
    Operation(
        "Leads that the buyer has not acknowledged, oldest first, a page at a time.",
        Noun(
            "FetchLeads",
            "Filters and a page.",
            (
                Element("pageSize", PAGE, "At most this many; 50 unless given."),
                Element("pageToken", nouns.TEXT_2048, "The last answer's nextPageToken."),
                _VERTICAL,
                _CAMPAIGN,
                Element("submittedFrom", TIME, "Submitted at or after."),
                Element("submittedUntil", TIME, "Submitted before."),
                Element(
                    "acknowledgement",
                    nouns.ACKNOWLEDGEMENT,
                    "missing unless given; sources and operators, who acknowledge nothing, say any.",
                    absent="missing",
                ),
            ),
        ),
        Noun(
            "FetchLeadsResponse",
            "A page of leads.",
            (_LEADS, Element("nextPageToken", nouns.TEXT_2048, "For the next page; none at the end."), _NEXT_POLL),
        ),
        "/leadexchange.v1.LeadService/ListLeads",
        leads.ListLeadsRequest,
        leads.ListLeadsResponse,
    ),
    Operation(
        "Hands out unacknowledged leads to one reader at a time: what is not acknowledged in time is handed out again.",
        Noun(
            "ClaimLeads",
            "How many, and for how long.",
            (
                Element("maxLeads", PAGE, "At most this many; 50 unless given."),
                Element("claimSeconds", CLAIM, "The claim; 60 unless given.", field="claim_s"),
                _VERTICAL,
                _CAMPAIGN,
            ),
        ),
        Noun(
            "ClaimLeadsResponse",
            "Leads claimed.",
            (_LEADS, Element("claimedUntil", TIME, "When the claim ends."), _NEXT_POLL),
        ),
        "/leadexchange.v1.LeadService/ClaimLeads",
        leads.ClaimLeadsRequest,
        leads.ClaimLeadsResponse,
    ),
    Operation(
        "Marks leads as taken, so that FetchLeads finds them no more.",
        Noun(
            "AcknowledgeLeads",
            "Leads to acknowledge.",
            (Element("leadId", ID, "Leads that the caller bought.", required=True, many=MANY, field="lead_ids"),),
        ),
        Noun(
            "AcknowledgeLeadsResponse",
            "What was acknowledged.",
            (
                Element("acknowledged", nouns.COUNT, "Acknowledged now; repeats are not counted.", required=True),
                Element("unknownLeadId", ID, "Not the caller's, or unknown.", many=0, field="unknown_lead_ids"),
            ),
        ),
        "/leadexchange.v1.LeadService/AcknowledgeLeads",
        leads.AcknowledgeLeadsRequest,
        leads.AcknowledgeLeadsResponse,
    ),
    Operation(
        "Tells what became of leads; each has its own result, and a wrong one disturbs no other.",
        Noun(
            "UpdateDispositions",
            "Dispositions to record.",
            (
                Element(
                    "disposition",
                    nouns.DISPOSITION,
                    "What became of a lead.",
                    required=True,
                    many=MANY,
                    field="dispositions",
                ),
            ),
        ),
        Noun(
            "UpdateDispositionsResponse",
            "What became of them.",
            (Element("result", nouns.DISPOSITION_RESULT, "One each, in their order.", many=0, field="results"),),
        ),
        "/leadexchange.v1.FeedbackService/RecordDispositions",
        feedback.RecordDispositionsRequest,
        feedback.RecordDispositionsResponse,
    ),
    Operation(
        "Asks for returns; each has its own result. A rule may decide at once.",
        Noun(
            "RequestReturns",
            "Returns to ask for.",
            (
                Element(
                    "leadReturn", nouns.LEAD_RETURN, "Lead, reason and note.", required=True, many=MANY, field="returns"
                ),
            ),
        ),
        Noun(
            "RequestReturnsResponse",
            "What became of them.",
            (Element("result", nouns.RETURN_RESULT, "One each, in their order.", many=0, field="results"),),
        ),
        "/leadexchange.v1.FeedbackService/RequestReturns",
        feedback.RequestReturnsRequest,
        feedback.RequestReturnsResponse,
    ),
    Operation(
        "The trace of an auction, as far as the caller may see it.",
        Noun(
            "GetAuctionTrace",
            "Names an auction.",
            (
                Element("auctionId", ID, "The auction, or its lead.", required=True),
                Element("includeFiltered", nouns.FLAG, "Also campaigns that did not qualify; for operators only."),
            ),
        ),
        Noun(
            "GetAuctionTraceResponse", "The trace.", (Element("auction", trace.AUCTION, "The trace.", required=True),)
        ),
        "/leadexchange.v1.LeadService/GetAuction",
        leads.GetAuctionRequest,
        leads.GetAuctionResponse,
    ),
    Operation(
        "Whether the exchange serves; needs no credential.",
        Noun("Health", "Nothing."),
        Noun("HealthResponse", "How it is.", (Element("status", _SERVING, "How it is.", required=True),)),
        "/grpc.health.v1.Health/Check",
        health_pb2.HealthCheckRequest,
        health_pb2.HealthCheckResponse,
        _health_timeout_s,
        open=True,
    ),
)
BY_NAME: Final = {operation.name: operation for operation in OPERATIONS}
