"""From the core's refusals to problems: one table of statuses, and the rich details behind them."""

import math
import re
from collections.abc import Callable
from typing import Final

import grpc
from google.rpc import error_details_pb2, status_pb2

from adapters.rest.convert.common import amount_of
from adapters.rest.pointers import locate
from adapters.rest.problems import CHALLENGE, Problem, Violation, summary

Locate = Callable[[str], tuple[str, str | None]]
"""From a field's path in the contract to its name in JSON and its pointer, if it is in the body."""

_DETAILS_KEY: Final = "grpc-status-details-bin"

# HTTP status, and the reason to name when the call failed before the core could give one.
_STATUSES: Final[dict[grpc.StatusCode, tuple[int, str]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: (422, "INVALID_FIELD"),
    grpc.StatusCode.OUT_OF_RANGE: (422, "INVALID_FIELD"),
    grpc.StatusCode.UNAUTHENTICATED: (401, "UNAUTHENTICATED"),
    grpc.StatusCode.PERMISSION_DENIED: (403, "FORBIDDEN"),
    grpc.StatusCode.NOT_FOUND: (404, "NOT_FOUND"),
    grpc.StatusCode.ALREADY_EXISTS: (409, "ALREADY_EXISTS"),
    grpc.StatusCode.FAILED_PRECONDITION: (409, "FAILED_PRECONDITION"),
    grpc.StatusCode.ABORTED: (409, "ABORTED"),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (429, "OVERLOADED"),
    grpc.StatusCode.DEADLINE_EXCEEDED: (504, "TIMED_OUT"),
    grpc.StatusCode.UNAVAILABLE: (503, "UNAVAILABLE"),
    grpc.StatusCode.CANCELLED: (503, "UNAVAILABLE"),  # the core was just stopping
    grpc.StatusCode.UNIMPLEMENTED: (501, "UNIMPLEMENTED"),
}
_BY_NUMBER: Final = {code.value[0]: code for code in grpc.StatusCode}
_INTERNAL: Final = (500, "INTERNAL")

# Reasons for which HTTP has a closer status than the gRPC one.
_CLOSER: Final = {
    "TOO_LARGE": 413,
    "REQUEST_ID_REUSED": 422,  # draft-ietf-httpapi-idempotency-key-header, section 2.7
}

# What to say when the transport failed: its own text names addresses and sockets, which are nobody's business.
_TRANSPORT_DETAIL: Final = {
    "TIMED_OUT": (
        "The exchange gave no answer in time, and what it did is unknown. Repeat with the same Idempotency-Key."
    ),
    "UNAVAILABLE": "The exchange cannot be reached. Repeat later, with the same Idempotency-Key.",
}
_UNKNOWN_DETAIL: Final = "The exchange failed; the request id finds it in the log."
_RETRY_UNAVAILABLE_S: Final = 1
_INTEGER: Final = re.compile(r"-?\b[0-9]+\b")


def from_rpc(error: grpc.aio.AioRpcError, locate: Locate = locate) -> Problem:
    """The problem that says what the core said."""
    status, reason = _STATUSES.get(error.code(), _INTERNAL)
    rich = _rich_status(error)
    if rich is not None:
        return from_status(rich, locate)
    detail = _TRANSPORT_DETAIL.get(reason, error.details() or _UNKNOWN_DETAIL) if status != 500 else _UNKNOWN_DETAIL
    return Problem(status, reason, detail, headers=_headers(status, None))


def from_status(rich: status_pb2.Status, locate: Locate = locate) -> Problem:
    """The same from a rich status, as one of several has it."""
    status, reason = _STATUSES.get(_BY_NUMBER.get(rich.code, grpc.StatusCode.UNKNOWN), _INTERNAL)
    errors: list[Violation] = []
    retry_s: int | None = None
    for any_ in rich.details:
        info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
        if any_.Unpack(info):
            reason = info.reason or reason
        elif any_.Unpack(bad):
            errors += [_violation(violation, locate) for violation in bad.field_violations]
        elif any_.Unpack(retry):
            retry_s = max(1, math.ceil(retry.retry_delay.ToMilliseconds() / 1_000))
    status = _CLOSER.get(reason, status)
    detail = summary(errors) if errors else rich.message or _UNKNOWN_DETAIL
    return Problem(status, reason, detail, errors, _headers(status, retry_s))


def _rich_status(error: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            return status_pb2.Status.FromString(value)
    return None


def _violation(violation: error_details_pb2.BadRequest.FieldViolation, locate: Locate) -> Violation:
    field, pointer = locate(violation.field)
    description = violation.description
    if violation.field.endswith("_micros"):
        description = _INTEGER.sub(lambda match: amount_of(int(match[0])), description)
    expected, _, got = description.removeprefix("expected ").partition(", got ")
    return Violation(field=field, expected=expected, got=got, pointer=pointer)


def _headers(status: int, retry_s: int | None) -> dict[str, str]:
    if status == 401:
        return dict(CHALLENGE)
    if retry_s is None and status == 503:
        retry_s = _RETRY_UNAVAILABLE_S
    return {} if retry_s is None else {"Retry-After": str(retry_s)}
