"""Errors as RFC 9457 problem documents."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from aiohttp import web

from adapters.rest.shapes.problem import ItemProblem, ProblemDocument, Violation

__all__ = ["CHALLENGE", "FAULT", "Problem", "Violation", "from_http", "invalid", "malformed", "unauthenticated"]

CONTENT_TYPE: Final = "application/problem+json"
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="leadexchange"'}


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

    def item(self) -> ItemProblem:
        """The document as one of several has it."""
        return ItemProblem(
            type=type_of(self.reason),
            title=title_of(self.reason),
            status=self.status,
            detail=self.detail,
            reason=self.reason,
            errors=self.errors,
        )

    def response(self, request_id: str) -> web.Response:
        """The document."""
        document = ProblemDocument(**msgspec.structs.asdict(self.item()), request_id=request_id)
        return web.Response(
            body=msgspec.json.encode(document), status=self.status, content_type=CONTENT_TYPE, headers=self.headers
        )


def type_of(reason: str) -> str:
    """The problem's `type`, a page that says more."""
    return f"/problems/{reason.lower().replace('_', '-')}"


def title_of(reason: str) -> str:
    """The reason in words."""
    return reason.replace("_", " ").capitalize()


def invalid(errors: Sequence[Violation]) -> Problem:
    """The refusal for fields at fault."""
    return Problem(422, "INVALID_FIELD", summary(errors), errors)


def malformed(header: str, expected: str) -> Problem:
    """The refusal for a header that is not what it should be."""
    violation = Violation(header, expected, "something else")
    return Problem(400, "MALFORMED_HEADER", summary([violation]), [violation])


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
