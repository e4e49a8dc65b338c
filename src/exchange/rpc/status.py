"""From reasons to gRPC statuses: one table, and the rich details (google.rpc) that go with it."""

from typing import Any, Final, NoReturn

import grpc
from google.protobuf import any_pb2
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason

DOMAIN: Final = "leadexchange"
DETAILS: Final = "grpc-status-details-bin"
"""The trailing metadata that holds a google.rpc.Status."""

CODES: Final = {
    Reason.INVALID_FIELD: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.UNKNOWN_VERTICAL: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Reason.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    Reason.DEADLINE_PASSED: grpc.StatusCode.DEADLINE_EXCEEDED,
    Reason.OVERLOADED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.TOO_LARGE: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.REQUEST_ID_REUSED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.PING_EXPIRED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.PING_USED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.LEAD_CHANGED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.STALE_REVISION: grpc.StatusCode.ABORTED,
    Reason.ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Reason.PARTY_PAUSED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.DRAINING: grpc.StatusCode.UNAVAILABLE,
    Reason.INTERNAL: grpc.StatusCode.INTERNAL,
    Reason.UNIMPLEMENTED: grpc.StatusCode.UNIMPLEMENTED,
    Reason.RATE_LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.NOT_POSSIBLE_NOW: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.WINDOW_CLOSED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.LIMIT_REACHED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.STORE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
}


def status(refused: Refused) -> Status:
    """The refusal as a google.rpc.Status: ErrorInfo always; BadRequest and RetryInfo where they apply."""
    message = Status(code=CODES[refused.reason].value[0], message=refused.message)
    _pack(message.details.add(), ErrorInfo(reason=refused.reason.name, domain=DOMAIN))
    if refused.violations:
        violations = [
            BadRequest.FieldViolation(field=one.field, description=f"expected {one.expected}, got {one.got}")
            for one in refused.violations
        ]
        _pack(message.details.add(), BadRequest(field_violations=violations))
    if refused.retry_after_ms is not None:
        seconds, rest = divmod(refused.retry_after_ms, 1000)
        _pack(message.details.add(), RetryInfo(retry_delay=Duration(seconds=seconds, nanos=rest * 1_000_000)))
    return message


def _pack(detail: any_pb2.Any, message: ErrorInfo | BadRequest | RetryInfo) -> None:
    detail.Pack(message)


async def abort(context: "grpc.aio.ServicerContext[Any, Any]", refused: Refused) -> NoReturn:
    """Ends a call with the refusal, beside what trailing metadata it has."""
    message = status(refused)
    details = (DETAILS, message.SerializeToString())
    await context.abort(CODES[refused.reason], refused.message, (*(context.trailing_metadata() or ()), details))
    raise AssertionError("abort does not return")
