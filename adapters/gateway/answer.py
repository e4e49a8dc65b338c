"""What comes of an HTTP call."""

from enum import Enum

import msgspec


class Failure(Enum):
    """Why there is no answer."""

    UNREACHABLE = "unreachable"
    """No connection: refused, no such host, no TLS, an address not permitted, or too many calls waiting."""
    TIMEOUT = "timeout"
    """Nothing came in time."""
    BROKEN = "broken"
    """The connection ended, or what came is not HTTP or is too large."""


class Answer(msgspec.Struct, frozen=True):
    """An answer, or why there is none."""

    status: int = 0
    body: bytes = b""
    failure: Failure | None = None
    sent: bool = True
    """False when not a byte of the request left: the endpoint cannot have seen it."""
