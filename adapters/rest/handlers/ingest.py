"""Other platforms' dialects: a source's own format in, by its mapping, and the answer in the dialect's shape.

The mapping `SOURCE-in` reads the document (its group `document`) and builds the JSON of a submission; `SOURCE-out`
builds the answer from what became of it (its group `outcome`). Both are the source's own, or the exchange's.
"""

from functools import lru_cache
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.rest.caller import Caller, caller_of, idempotency_key
from adapters.rest.contract import rpc
from adapters.rest.convert import lead as convert
from adapters.rest.convert.codecs import BY_MESSAGE
from adapters.rest.core import CORE
from adapters.rest.formats.inbound import INBOUND, plain
from adapters.rest.handlers.answers import respond
from adapters.rest.handlers.submission import timeout_s
from adapters.rest.operation import Operation
from adapters.rest.problems import Problem, Violation, invalid
from adapters.rest.reading import decoded, expect_media, read_bytes
from adapters.rest.shapes.ingest import IngestSubmission
from adapters.rest.shapes.lead import ConsentEvidence, Outcome, PingSubmission
from leadexchange.mapping import BuildError, Mapping, MappingError, load

_GET_MAPPING: Final = rpc("MappingService/GetMapping")
_SUBMIT: Final = rpc("SubmissionService/SubmitLead")
_PING: Final = rpc("SubmissionService/PingLead")
_POST: Final = rpc("SubmissionService/PostLead")
_COMPILED: Final = 256  # mappings in use; a large one holds about a megabyte
_TO_JSON: Final = BY_MESSAGE["google.protobuf.Struct"].to_json


async def ingest(request: web.Request) -> web.StreamResponse:
    """Takes a document in a source's own format."""
    caller = caller_of(request)
    expect_media(request, INBOUND)
    source_id = request.match_info["source_id"]
    inbound = await _mapping(request, caller, f"{source_id.lower()}-in")
    if inbound is None:
        raise Problem(404, "NOT_FOUND", "There is no such source, or it has no mapping for documents.")
    outbound = await _mapping(request, caller, f"{source_id.lower()}-out")
    try:
        submission = _submission(inbound, plain(await read_bytes(request), request.content_type))
        submission.source_id = source_id
        outcome = msgspec.to_builtins(await _submit(request, caller, submission))
    except Problem as problem:
        if outbound is None:
            raise
        refused = msgspec.to_builtins(problem.item())
        return _answer(outbound, {**refused, "status": "refused", "code": problem.status}, problem.status)
    return respond(request, outcome) if outbound is None else _answer(outbound, outcome, 200)


async def _mapping(request: web.Request, caller: Caller, mapping_id: str) -> Mapping | None:
    """A mapping by its id; None where the caller has none of that name."""
    try:
        answer = await request.app[CORE].call(_GET_MAPPING, _GET_MAPPING.ask(mapping_id=mapping_id), caller)
    except Problem as problem:
        if problem.status in (404, 422):
            return None
        raise
    return _loaded(msgspec.json.encode(_TO_JSON(answer.mapping.document)))


@lru_cache(maxsize=_COMPILED)
def _loaded(document: bytes) -> Mapping | None:
    try:
        return load(document)
    except MappingError:
        return None  # kept by a core that knows more of the language than this adapter


def _submission(mapping: Mapping, document: Any) -> IngestSubmission:
    """The submission that a document makes; raises a Problem that names what is at fault."""
    try:
        built = mapping.build({"document": document})
    except BuildError as error:
        faults = [Violation(one.pointer, one.expected, one.got) for one in error.violations]
        raise invalid(faults) from None
    return decoded(built.body, IngestSubmission)


async def _submit(request: web.Request, caller: Caller, body: IngestSubmission) -> Any:
    core = request.app[CORE]
    key, seconds = idempotency_key(request) or body.request_id or "", timeout_s(body.budget_ms)
    if body.action == "ping":
        answer = await core.call(_PING, convert.ping_request(_without_person(body), key), caller, seconds)
        return convert.ping_outcome_of(answer)
    if body.action == "post":
        message = convert.post_request(body.ping_id or "", body, key)
        return convert.outcome_of((await core.call(_POST, message, caller, seconds)).outcome)
    return convert.outcome_of((await core.call(_SUBMIT, convert.submit_request(body, key), caller, seconds)).outcome)


def _without_person(body: IngestSubmission) -> PingSubmission:
    """A ping of it: which consent evidence there is, and nothing of the person."""
    consent = body.consent
    evidence = None
    if consent is not None:
        evidence = ConsentEvidence(
            has_time=bool(consent.given_at),
            has_trustedform=bool(consent.trustedform_cert_url),
            has_jornaya=bool(consent.jornaya_leadid),
            has_text=bool(consent.text or consent.text_version),
        )
    shared = {name: getattr(body, name) for name in PingSubmission.__struct_fields__ if name != "consent"}
    return PingSubmission(**shared, consent=evidence)


def _answer(mapping: Mapping, outcome: dict[str, Any], status: int) -> web.Response:
    """The outcome in the dialect's shape; raises a Problem when its mapping cannot say it."""
    try:
        built = mapping.build({"outcome": outcome})
    except BuildError:
        detail = "What became of the document is decided, but its mapping cannot say it; see `outcome` in docs/rest.md."
        raise Problem(500, "INTERNAL", detail) from None
    headers = {"Content-Type": built.content_type} if built.content_type else {}
    return web.Response(body=built.body, status=status, headers=headers)


OPERATIONS: Final = (
    Operation(
        *("POST", "/ingest/{source_id}", "ingest", "Takes a document in a source's own format", ingest, "Submission"),
        body=dict,
        body_media=INBOUND,
        answer=Outcome,
        media=(),
        prefix="",
        refusals=(409,),
        description="The source's mapping `SOURCE-in` reads the document, `SOURCE-out` makes the answer; without the "
        "latter it is that of `POST /leads`.",
    ),
)
