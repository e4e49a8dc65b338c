"""An HTTP call on its way, and what comes of it."""

from collections.abc import Callable
from enum import Enum
from typing import Protocol

import msgspec


class Failure(Enum):
    """Why there is no answer."""

    UNREACHABLE = "unreachable"
    """No connection: refused, no such host, no TLS, an address not permitted, or too many calls waiting."""
    TIMEOUT = "timeout"
    """Nothing came in time."""
    BROKEN = "broken"
    """The connection ended, or what came is not HTTP, or is too large."""


class Answer(msgspec.Struct, frozen=True):
    """An answer, or why there is none."""

    status: int = 0
    body: bytes = b""
    failure: Failure | None = None
    sent: bool = True
    """False when not a byte of the request left: the endpoint cannot have seen it."""


class Holder(Protocol):
    """Who has a call in hand: a pool while it waits, then a connection."""

    def give_up(self, call: "Call") -> None:
        """The call's time is up; its answer is not wanted any more."""


class Call:
    """A request whole, as bytes, and who wants its answer. `done` is called once and must not raise."""

    __slots__ = ("_done", "holder", "payload", "repeated", "sent")

    def __init__(self, payload: bytes, done: Callable[[Answer], None]) -> None:
        self.payload = payload
        self._done: Callable[[Answer], None] | None = done
        self.holder: Holder | None = None
        self.sent = False
        self.repeated = False

    def finish(self, answer: Answer) -> None:
        """Hands over the answer; the first one counts."""
        if self._done:
            done, self._done = self._done, None
            self.holder = None
            done(answer)

    def fail(self, failure: Failure) -> None:
        """Ends without an answer."""
        self.finish(Answer(failure=failure, sent=self.sent))

    def expire(self) -> None:
        """Its time is up."""
        if self.holder:
            self.holder.give_up(self)
            self.fail(Failure.TIMEOUT)
