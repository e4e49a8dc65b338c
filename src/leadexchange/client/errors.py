"""What a call is refused with, or fails with."""

from dataclasses import dataclass
from typing import Final

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

_DETAILS: Final = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field; contact data is described in it, never quoted."""

    field: str
    """Its path in the request."""
    description: str
    """What was expected and what came."""


class ExchangeError(Exception):
    """A call that did not succeed. A refusal changed nothing; of a failure that is not known."""

    def __init__(
        self, message: str, reason: str, violations: tuple[Violation, ...] = (), retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        """Its name in the contract's list (docs/errors.md), or the gRPC status where the exchange gave none."""
        self.violations = violations
        self.retry_after_s = retry_after_s
        """After how long a repeat may fare better; None where the exchange did not say."""

    def __str__(self) -> str:
        fields = "; ".join(f"{one.field}: {one.description}" for one in self.violations)
        return f"{self.reason}: {self.message}" + (f" ({fields})" if fields else "")


class InvalidRequest(ExchangeError):
    """Fields are missing, unreadable or out of range."""


class Unauthenticated(ExchangeError):
    """The key does not work."""


class Forbidden(ExchangeError):
    """The key may not do this."""


class NotFound(ExchangeError):
    """There is no such thing that is the caller's to see."""


class Conflict(ExchangeError):
    """It cannot be done as things stand: used before, changed since, too late."""


class TooMany(ExchangeError):
    """The rate plan is used up, or the exchange has too much open."""


class Unavailable(ExchangeError):
    """The exchange cannot be reached, or is stopping."""


class TimedOut(ExchangeError):
    """No answer came in time, and what happened is unknown. Repeat with the same request id."""


_KINDS: Final[dict[grpc.StatusCode, type[ExchangeError]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.OUT_OF_RANGE: InvalidRequest,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: Forbidden,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: Conflict,
    grpc.StatusCode.FAILED_PRECONDITION: Conflict,
    grpc.StatusCode.ABORTED: Conflict,
    grpc.StatusCode.RESOURCE_EXHAUSTED: TooMany,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: TimedOut,
}
_BY_NUMBER: Final = {code.value[0]: code for code in grpc.StatusCode}


def from_rpc(error: grpc.aio.AioRpcError) -> ExchangeError:
    """The exception that says what a failed call said."""
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS and isinstance(value, bytes):
            return from_status(Status.FromString(value))
    kind = _KINDS.get(error.code(), Unavailable)  # without details it is the connection that failed, not the exchange
    return kind(error.details() or "the call failed", error.code().name)


def from_status(status: Status) -> ExchangeError:
    """The same for one of several, such as a disposition of a bulk."""
    code = _BY_NUMBER.get(status.code, grpc.StatusCode.UNKNOWN)
    reason = code.name
    violations: list[Violation] = []
    retry_after_s: float | None = None
    for detail in status.details:
        info, bad, retry = ErrorInfo(), BadRequest(), RetryInfo()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(bad):
            violations += [Violation(one.field, one.description) for one in bad.field_violations]
        elif detail.Unpack(retry):
            retry_after_s = retry.retry_delay.ToMilliseconds() / 1_000
    return _KINDS.get(code, ExchangeError)(status.message, reason, tuple(violations), retry_after_s)
