"""What a mapping makes: requests, previews of them, and answers as read."""

from enum import StrEnum
from typing import Literal

import msgspec

from leadexchange.mapping.document import ReasonWord


class Rendered(msgspec.Struct, frozen=True):
    """A request, but for its method and address."""

    content_type: str
    """Empty when there is no body."""
    body: bytes
    query: tuple[tuple[str, str], ...] = ()
    """Parameters for the URL, not yet percent-encoded."""
    headers: tuple[tuple[str, str], ...] = ()


class Preview(msgspec.Struct, frozen=True):
    """A request for people to look at."""

    method: str
    query: str
    """As it stands behind the `?`; empty if there is none."""
    headers: tuple[tuple[str, str], ...]
    """With `Content-Type` if there is a body."""
    body: str


class Verdict(StrEnum):
    """What a buyer made of a ping or a post."""

    ACCEPTED = "accepted"
    """A bid, or a sale."""
    DUPLICATE = "duplicate"
    """Not taken: the buyer has this consumer already."""
    REJECTED = "rejected"
    """Not taken, or no bid."""
    PENDING = "pending"
    """Kept for review."""
    ERROR = "error"
    """The buyer failed, or its answer could not be read; `detail` says which."""


class Answer(msgspec.Struct, frozen=True):
    """A buyer's answer as its mapping reads it. Fields that the answer does not have are empty."""

    verdict: Verdict
    price_micros: int | None = None
    """Set when accepted or pending and the mapping reads a price; above 0, at most `limits.MAX_PRICE_MICROS`."""
    reference: str = ""
    """The buyer's id for the lead; at most 128 characters."""
    redirect_url: str = ""
    """https, at most 2,048 characters."""
    reason: ReasonWord | Literal[""] = ""
    """Why it is not taken, in the exchange's words."""
    code: str = ""
    """Why in the buyer's own: `[A-Za-z0-9_.:-]{1,64}`; what is no code may be a sentence about the consumer."""
    detail: str = ""
    """For an error: what was expected and what came. Holds nothing of the consumer."""
