"""Signatures by Standard Webhooks 1.0 (https://www.standardwebhooks.com): v1, HMAC-SHA256, and v1a, Ed25519."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_SHARED: Final = "whsec_"
_PRIVATE: Final = "whsk_"
_SEED_BYTES: Final = 32
_MAX_KEPT: Final = 4_096  # secrets read and ready; an endpoint has one, while rotating a few


def signatures(secrets: Iterable[str], message_id: str, timestamp_s: int, body: bytes) -> str:
    """The `webhook-signature` header: one signature a secret, so that a receiver may hold either while they rotate.

    Secrets are base64, after "whsec_" of a shared key, after "whsk_" of an Ed25519 private key: its seed of 32 bytes,
    or the seed and the public key. Raises ValueError, which does not quote it, for one that is neither.
    """
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp_s, body)
    return " ".join([_signer(secret)(signed) for secret in secrets])


@lru_cache(maxsize=_MAX_KEPT)
def _signer(secret: str) -> Callable[[bytes], str]:
    if not secret.startswith(_PRIVATE):
        key = _decoded(secret.removeprefix(_SHARED))
        return lambda signed: f"v1,{_encoded(hmac.digest(key, signed, hashlib.sha256))}"
    both = _decoded(secret.removeprefix(_PRIVATE))
    if len(both) not in (_SEED_BYTES, 2 * _SEED_BYTES):
        raise ValueError("a private signing key has another length than Ed25519's")
    private = Ed25519PrivateKey.from_private_bytes(both[:_SEED_BYTES])
    return lambda signed: f"v1a,{_encoded(private.sign(signed))}"


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError("a signing secret is not base64") from None


def _encoded(signature: bytes) -> str:
    return base64.b64encode(signature).decode()
