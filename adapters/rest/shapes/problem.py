"""Errors, as documents (RFC 9457)."""

from msgspec import Struct


class Violation(Struct, frozen=True, omit_defaults=True):
    """What is wrong with one field of a request."""

    field: str
    """Path as the JSON names it (`attributes.loan_amount`), or the name of a header or parameter."""
    expected: str
    """What it takes."""
    got: str = ""
    """What came; contact data is described, never quoted."""
    pointer: str | None = None
    """JSON Pointer (RFC 6901) into the body; none for headers and parameters."""


class ItemProblem(Struct, omit_defaults=True):
    """Why one of several was refused."""

    type: str
    """A URL that says more of the reason."""
    title: str
    """The reason in words."""
    status: int
    """The HTTP status that it would have had alone."""
    detail: str
    """One sentence for the caller's developer."""
    reason: str
    """From the list of reasons; stable."""
    errors: tuple[Violation, ...] = ()
    """The fields at fault."""


class ProblemDocument(ItemProblem, kw_only=True):
    """Why a request was refused."""

    request_id: str
    """Finds it in the exchange's log."""
