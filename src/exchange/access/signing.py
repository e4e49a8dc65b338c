"""Secrets that webhooks are signed with (Standard Webhooks 1.0)."""

import base64
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.domain.endpoint import SignatureScheme

_HMAC_BYTES: Final = 24  # 24 to 64
_SEED_BYTES: Final = 32
_SYMMETRIC, _PRIVATE, _PUBLIC = "whsec_", "whsk_", "whpk_"


def new_secret(scheme: SignatureScheme, entropy: Callable[[int], bytes]) -> str:
    """A fresh secret: `whsec_…` for HMAC, `whsk_…` (seed and public key, 64 bytes) for Ed25519."""
    if scheme is SignatureScheme.HMAC:
        return _SYMMETRIC + base64.b64encode(entropy(_HMAC_BYTES)).decode()
    seed = entropy(_SEED_BYTES)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return _PRIVATE + base64.b64encode(seed + public).decode()


def shown(secret: str) -> str:
    """What the receiver is shown: the shared secret itself, or the public key `whpk_…`."""
    if not secret.startswith(_PRIVATE):
        return secret
    return _PUBLIC + base64.b64encode(base64.b64decode(secret.removeprefix(_PRIVATE))[_SEED_BYTES:]).decode()
