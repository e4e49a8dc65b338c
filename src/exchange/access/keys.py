"""API keys (H1): `lx_<key's ULID>_<secret>`, kept only as a hash, looked up by the id inside."""

import base64
import hashlib
import hmac
from typing import Final

from exchange.domain.errors import Refused
from exchange.domain.principal import ApiKey, Principal, Role
from exchange.domain.reasons import Reason

ENTROPY_BYTES: Final = 32
"""Random bytes that `mint` needs."""
_PREFIX: Final = "lx_"
_ID_PREFIX: Final = "key_"
_ID_END: Final = len(_PREFIX) + 26
_LENGTH: Final = _ID_END + 1 + 43


def mint(entropy: bytes, key_id: str) -> str:
    """The text of a new key, to be shown once.

    Args:
        entropy: ENTROPY_BYTES random bytes.
        key_id: `key_` and a ULID.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"a key needs {ENTROPY_BYTES} random bytes, got {len(entropy)}")
    secret = base64.urlsafe_b64encode(entropy).rstrip(b"=").decode()
    return f"{_PREFIX}{key_id.removeprefix(_ID_PREFIX)}_{secret}"


def hash_secret(text: str) -> bytes:
    """What is kept of a key: SHA-256 of its whole text."""
    return hashlib.sha256(text.encode()).digest()


class KeyRing:
    """The keys as they stand, in memory, so that a call is authenticated without a disk."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[ApiKey, Principal]] = {}

    def put(self, key: ApiKey) -> None:
        """Adds a key, or replaces what was known of it."""
        if key.role in (Role.SOURCE, Role.BUYER) and not key.party_id:
            raise ValueError(f"{key.id} speaks for a {key.role.name.lower()} but names none")
        self._keys[key.id] = key, Principal(key.id, key.role, key.party_id)

    def get(self, key_id: str) -> ApiKey | None:
        """One key, whether it works or not."""
        entry = self._keys.get(key_id)
        return entry[0] if entry else None

    def all(self) -> list[ApiKey]:
        """All keys by id, revoked and expired ones too."""
        return [key for key, _ in (self._keys[key_id] for key_id in sorted(self._keys))]

    def authenticate(self, token: str | None, now_ms: int) -> Principal:
        """Whom a token speaks for. Raises Refused(UNAUTHENTICATED), which never quotes the token."""
        if not token:
            raise _refused("No API key was sent.")
        # Length first, so that nothing long is hashed; ASCII, so that encoding it cannot fail.
        if len(token) != _LENGTH or not token.startswith(_PREFIX) or token[_ID_END] != "_" or not token.isascii():
            raise _refused("The API key is malformed.")
        entry = self._keys.get(_ID_PREFIX + token[len(_PREFIX) : _ID_END])
        # One answer for an unknown id and a wrong secret; the closer reasons below are for the key's holder only.
        if entry is None or not hmac.compare_digest(hash_secret(token), entry[0].secret_hash):
            raise _refused("The API key is unknown.")
        key, principal = entry
        if key.revoked_ms:
            raise _refused("The API key was revoked.")
        if key.expires_ms and now_ms >= key.expires_ms:
            raise _refused("The API key has expired.")
        return principal


def _refused(message: str) -> Refused:
    return Refused(Reason.UNAUTHENTICATED, message)
