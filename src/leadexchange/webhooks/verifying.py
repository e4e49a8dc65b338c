"""Verifying signatures by Standard Webhooks 1.0: v1, HMAC-SHA256, and v1a, Ed25519."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_SHARED: Final = "whsec_"
_PUBLIC: Final = "whpk_"
_MAX_SIGNATURES: Final = 16  # in one header: while secrets rotate there are two or three
_MAX_SECONDS: Final = 1 << 40

Check = Callable[[bytes, bytes], bool]
"""Whether a signature is of these bytes."""


class WebhookError(ValueError):
    """A request that must not be believed; the message says what was wrong with it and quotes no secret."""


class Signed(msgspec.Struct, frozen=True):
    """What the headers of a verified request say."""

    id: str
    """The event's, the same in every repeat."""
    timestamp_s: int
    """When this attempt was made, Unix seconds."""


class Verifier:
    """Knows the secrets of one endpoint. While they rotate it holds several."""

    def __init__(self, secrets: Iterable[str], *, tolerance_s: float = 300) -> None:
        """Raises ValueError for a secret that is neither "whsec_…" nor "whpk_…", each with base64 behind."""
        self._tolerance_s = tolerance_s
        self._checks: list[tuple[str, Check]] = []
        for secret in secrets:
            self.trust(secret)

    def trust(self, secret: str) -> None:
        """Takes one more secret. Raises ValueError."""
        self._checks.append(_check(secret))

    def verify(self, headers: Mapping[str, str], body: bytes, now_s: float) -> Signed:
        """Verifies a request's own bytes, whatever they hold. Raises WebhookError."""
        lowered = {name.lower(): value for name, value in headers.items()}
        missing = [name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if not lowered.get(name)]
        if missing:
            raise WebhookError(f"header {missing[0]} is missing")
        message_id, timestamp = lowered["webhook-id"], lowered["webhook-timestamp"]
        if not (timestamp.isascii() and timestamp.isdecimal()) or (timestamp_s := int(timestamp[:20])) > _MAX_SECONDS:
            raise WebhookError("header webhook-timestamp is no whole number of seconds")
        if now_s - timestamp_s > self._tolerance_s:
            raise WebhookError(f"the request is {now_s - timestamp_s:.0f} s old, more than {self._tolerance_s:.0f} s")
        if timestamp_s - now_s > self._tolerance_s:
            raise WebhookError(f"the request is {timestamp_s - now_s:.0f} s in the future; compare the clocks")
        signed = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)
        if not any(self._matches(one, signed) for one in lowered["webhook-signature"].split(" ")[:_MAX_SIGNATURES]):
            raise WebhookError("no signature is by a secret of this endpoint")
        return Signed(message_id, timestamp_s)

    def _matches(self, versioned: str, signed: bytes) -> bool:
        version, _, encoded = versioned.partition(",")
        try:
            signature = base64.b64decode(encoded, validate=True)
        except ValueError:
            return False
        return any(known == version and check(signature, signed) for known, check in self._checks)


def _check(secret: str) -> tuple[str, Check]:
    if secret.startswith(_PUBLIC):
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(secret.removeprefix(_PUBLIC), validate=True))
        except ValueError:
            raise ValueError('a public key is "whpk_" and the base64 of 32 bytes') from None
        return "v1a", lambda signature, signed: _signed_by(public, signature, signed)
    try:
        key = base64.b64decode(secret.removeprefix(_SHARED), validate=True)
    except ValueError:
        raise ValueError('a secret is "whsec_" and base64') from None
    if not key:
        raise ValueError("a secret is empty")
    return "v1", lambda signature, signed: hmac.compare_digest(hmac.digest(key, signed, hashlib.sha256), signature)


def _signed_by(public: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        public.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
