"""Errors as RFC 9457 problem documents."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from aiohttp import web

_CONTENT_TYPE: Final = "application/problem+json"


class Violation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with one field of a request."""

    field: str
    """Path as the JSON names it (`attributes.loan_amount`), or the name of a header or parameter."""
    expected: str
    got: str = ""
    pointer: str | None = None
    """JSON Pointer (RFC 6901) into the body; None for headers and parameters."""


class Problem(Exception):
    """A refusal, or a fault, on its way to the caller.

    Args:
        status: HTTP status.
        reason: From the contract's list, or one of the few that only HTTP has (docs/rest.md).
        detail: One sentence for the caller's developer. Holds no contact data.
        errors: Fields at fault.
        headers: Headers that go with the status (`Retry-After`, `Allow`, …).
    """

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        errors: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = headers or {}

    def response(self, request_id: str) -> web.Response:
        """The document."""
        document = _Document(
            type=f"/problems/{self.reason.lower().replace('_', '-')}",
            title=self.reason.replace("_", " ").capitalize(),
            status=self.status,
            detail=self.detail,
            reason=self.reason,
            request_id=request_id,
            errors=self.errors,
        )
        return web.Response(
            body=msgspec.json.encode(document), status=self.status, content_type=_CONTENT_TYPE, headers=self.headers
        )


class _Document(msgspec.Struct, omit_defaults=True):
    type: str
    title: str
    status: int
    detail: str
    reason: str
    request_id: str
    errors: tuple[Violation, ...] = ()


def invalid(errors: Sequence[Violation]) -> Problem:
    """The refusal for fields at fault."""
    return Problem(422, "INVALID_FIELD", summary(errors), errors)


def summary(errors: Sequence[Violation]) -> str:
    """The first of the fields at fault, and how many there are, as a sentence."""
    first = errors[0]
    got = f", got {first.got}" if first.got else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.field or 'body'}: expected {first.expected}{got}{more}"


def unauthenticated(detail: str) -> Problem:
    """The refusal for a credential that is missing, or could not be one."""
    return Problem(401, "UNAUTHENTICATED", detail, headers=CHALLENGE)


FAULT: Final = Problem(500, "INTERNAL", "The adapter failed; the request id finds it in the log.")

CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="leadexchange"'}


def from_http(error: web.HTTPException) -> Problem:
    """The same for what aiohttp itself refuses: an unknown path, a wrong method, a body too large."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Problem(405, "METHOD_NOT_ALLOWED", f"This path takes {allowed}.", headers={"Allow": allowed})
    if isinstance(error, web.HTTPNotFound):
        return Problem(404, "NOT_FOUND", "Nothing is served at this path.")
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return Problem(413, "TOO_LARGE", "The body is larger than this adapter takes.")
    return Problem(error.status, "BAD_REQUEST" if error.status < 500 else "INTERNAL", error.reason)
