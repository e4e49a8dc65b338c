"""From a request to an event: verified, fresh, new, and read."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from leadexchange.webhooks.memory import MemoryOfIds, Remembers
from leadexchange.webhooks.verifying import Verifier, WebhookError

_MAX_BODY_BYTES: Final = 1024 * 1024  # a whole lead is some 2 KB


class Received(msgspec.Struct, frozen=True):
    """An event."""

    id: str
    """The same in every repeat."""
    timestamp: datetime
    """When it happened, aware."""
    type: str
    """Such as "lead.sold"."""
    data: dict[str, Any]
    """As docs/events.md says for its type."""


class _Envelope(msgspec.Struct):
    """Standard Webhooks' envelope, or CloudEvents 1.0, which calls the time `time`."""

    type: str
    data: dict[str, Any]
    timestamp: datetime | None = None
    time: datetime | None = None


_read: Final = msgspec.json.Decoder(_Envelope).decode


class Receiver:
    """Receives one endpoint's webhooks; not for several threads at once unless its memory is."""

    def __init__(
        self, secrets: Iterable[str], tolerance_s: float = 300, remember: Remembers | int | None = None
    ) -> None:
        """Knows who signs, and what has come.

        Args:
            secrets: "whsec_…", or of Ed25519 the public key "whpk_…"; several while they rotate.
            tolerance_s: How old a request may be, or ahead of this clock.
            remember: A durable memory of ids, or how many to remember in this process; by default 100,000.

        Raises:
            ValueError: A secret cannot be read.
        """
        self._verifier = Verifier(secrets, tolerance_s=tolerance_s)
        if remember is None:
            self._memory: Remembers = MemoryOfIds()
        else:
            self._memory = MemoryOfIds(remember) if isinstance(remember, int) else remember

    def trust(self, secret: str) -> None:
        """Takes one more secret. Raises ValueError."""
        self._verifier.trust(secret)

    def receive(self, headers: Mapping[str, str], body: bytes, now_s: float | None = None) -> Received | None:
        """The event of a request, or None for one that has come before.

        Its id is remembered from here on: call `forget` when the event could not be kept.

        Args:
            headers: The request's, by name in any case.
            body: The request's very bytes.
            now_s: Unix seconds; by default the clock's.

        Raises:
            WebhookError: The request is not signed by a secret of this endpoint, is stale, or is no event. What a
                mapping made is none; verify that with `Verifier` and read it yourself.
        """
        if len(body) > _MAX_BODY_BYTES:
            raise WebhookError(f"the body is {len(body)} bytes, more than {_MAX_BODY_BYTES}")
        signed = self._verifier.verify(headers, body, time.time() if now_s is None else now_s)
        try:
            envelope = _read(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise WebhookError("the body is no event: expected JSON with type, timestamp and data") from None
        if not self._memory.add(signed.id):
            return None
        happened = envelope.timestamp or envelope.time or datetime.fromtimestamp(signed.timestamp_s, UTC)
        return Received(signed.id, happened, envelope.type, envelope.data)

    def forget(self, message_id: str) -> None:
        """The event could not be kept: when it is sent again it is new."""
        self._memory.forget(message_id)
