"""Refusals and faults on their way to the caller, and what of the core's becomes one."""

import math
import re
from collections.abc import Sequence
from typing import Final

import grpc
from google.rpc import error_details_pb2, status_pb2
from msgspec import Struct

from adapters.soap.shapes import camel

_DETAILS_KEY: Final = "grpc-status-details-bin"


class FieldError(Struct, frozen=True):
    """What is wrong with one element of a request; `got` describes contact data and never quotes it."""

    field: str
    expected: str
    got: str


class Detail(Struct, frozen=True):
    """What a fault's detail, or the error of one of several, says."""

    reason: str
    message: str
    errors: tuple[FieldError, ...] = ()
    retry_after_ms: int = 0
    request_id: str = ""


class Fault(Exception):
    """A SOAP fault.

    Args:
        detail: Its typed detail.
        sender: The sender is to blame (Client in SOAP 1.1, Sender in 1.2), not the exchange (Server, Receiver).
        code: The local name of the fault code where it is neither (MustUnderstand, VersionMismatch).
        status: The HTTP status where the binding of SOAP to HTTP does not give it.
    """

    def __init__(self, detail: Detail, *, sender: bool = True, code: str = "", status: int = 0) -> None:
        super().__init__(detail.reason)
        self.detail = detail
        self.sender = sender
        self.code = code
        self.status = status


def refused(reason: str, message: str, *, status: int = 0) -> Fault:
    """The sender's fault."""
    return Fault(Detail(reason, message), status=status)


def failed(reason: str, message: str) -> Fault:
    """The exchange's fault."""
    return Fault(Detail(reason, message), sender=False)


def invalid(errors: Sequence[FieldError]) -> Fault:
    """The fault of elements that are wrong; there is one at least."""
    first, more = errors[0], len(errors) - 1
    message = f"{first.field}: expected {first.expected}, got {first.got}" + (f" (and {more} more)" if more else "")
    return Fault(Detail("INVALID_FIELD", message, tuple(errors)))


# Whose fault it is, and the reason to name when the call failed before the core could give one.
_STATUSES: Final[dict[grpc.StatusCode, tuple[bool, str]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: (True, "INVALID_FIELD"),
    grpc.StatusCode.OUT_OF_RANGE: (True, "INVALID_FIELD"),
    grpc.StatusCode.UNAUTHENTICATED: (True, "UNAUTHENTICATED"),
    grpc.StatusCode.PERMISSION_DENIED: (True, "FORBIDDEN"),
    grpc.StatusCode.NOT_FOUND: (True, "NOT_FOUND"),
    grpc.StatusCode.ALREADY_EXISTS: (True, "ALREADY_EXISTS"),
    grpc.StatusCode.FAILED_PRECONDITION: (True, "FAILED_PRECONDITION"),
    grpc.StatusCode.ABORTED: (True, "ABORTED"),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (False, "OVERLOADED"),
    grpc.StatusCode.DEADLINE_EXCEEDED: (False, "TIMED_OUT"),
    grpc.StatusCode.UNAVAILABLE: (False, "UNAVAILABLE"),
    grpc.StatusCode.CANCELLED: (False, "UNAVAILABLE"),  # the core was just stopping
    grpc.StatusCode.UNIMPLEMENTED: (False, "UNIMPLEMENTED"),
}
_INTERNAL: Final = (False, "INTERNAL")

# What to say when the transport failed: its own text names addresses and sockets, which are nobody's business.
_TRANSPORT: Final = {
    "TIMED_OUT": "The exchange gave no answer in time, and what it did is unknown. Repeat with the same requestId.",
    "UNAVAILABLE": "The exchange cannot be reached. Repeat later, with the same requestId.",
}
_UNKNOWN: Final = "The exchange failed; the request id finds it in the log."
_RETRY_UNAVAILABLE_MS: Final = 1_000


def from_rpc(error: grpc.aio.AioRpcError) -> Fault:
    """The fault that says what the core said."""
    sender, reason = _STATUSES.get(error.code(), _INTERNAL)
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            return Fault(detail_of(status_pb2.Status.FromString(value), reason), sender=sender)
    known = reason in _TRANSPORT or not sender
    message = _TRANSPORT.get(reason, _UNKNOWN) if known else error.details() or _UNKNOWN
    retry_ms = _RETRY_UNAVAILABLE_MS if reason == "UNAVAILABLE" else 0
    return Fault(Detail(reason, message, retry_after_ms=retry_ms), sender=sender)


def detail_of(status: status_pb2.Status, reason: str = "INTERNAL") -> Detail:
    """What a status of the core says; `reason` is for one that has none."""
    errors: list[FieldError] = []
    retry_ms = 0
    for any_ in status.details:
        info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
        if any_.Unpack(info):
            reason = info.reason or reason
        elif any_.Unpack(bad):
            errors += [_field_error(violation) for violation in bad.field_violations]
        elif any_.Unpack(retry):
            retry_ms = max(1, math.ceil(retry.retry_delay.ToMilliseconds()))
    return Detail(reason, status.message or _UNKNOWN, tuple(errors), retry_ms)


def _field_error(violation: error_details_pb2.BadRequest.FieldViolation) -> FieldError:
    expected, _, got = violation.description.removeprefix("expected ").partition(", got ")
    return FieldError(path_of(violation.field), expected, got)


# Elements that are not the contract's field in lowerCamelCase.
_ELEMENTS: Final = {
    "attributes": "attribute",
    "lead_ids": "leadId",
    "dispositions": "disposition",
    "returns": "leadReturn",
    "claim_s": "claimSeconds",
    "value_micros": "value",
}
_MAPS: Final = frozenset({"attributes", "more"})  # what follows is one key, whatever it holds
_SPLIT: Final = re.compile(r"[.\[\]]+")


def path_of(field: str) -> str:
    """The elements' path for the contract's: `profile.attribute.loan_amount` of `profile.attributes.loan_amount`."""
    found: list[str] = []
    rest = field
    while rest:
        token, *more = _SPLIT.split(rest, maxsplit=1)
        rest = more[0] if more else ""
        found.append(_ELEMENTS.get(token, camel(token)))
        if token in _MAPS and rest:
            found.append(rest.rstrip("]"))
            break
    return ".".join(found)
