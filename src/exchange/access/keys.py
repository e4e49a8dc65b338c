"""API keys (H1): `lx_<key's ULID>_<secret>`, kept only as a hash, looked up by the id inside; and tokens for them."""

import base64
import hashlib
import hmac
from typing import Final

import msgspec

from exchange.access.limiter import Limiter
from exchange.access.tokens import PREFIX as TOKEN_PREFIX
from exchange.access.tokens import Token, Tokens
from exchange.domain import limits
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
    """The keys as they stand, in memory, so that a call is authenticated without a disk; and what their parties use."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.limiter = Limiter()
        self._keys: dict[str, tuple[ApiKey, Principal]] = {}
        self._read: dict[str, tuple[Token, Principal]] = {}  # tokens that were found to be ours

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

    def authenticate(self, credential: str | None, now_ms: int) -> Principal:
        """Whom a key or token speaks for. Raises Refused(UNAUTHENTICATED), which never quotes it."""
        if not credential:
            raise _refused("No API key was sent.")
        if credential.startswith(TOKEN_PREFIX):
            return self._by_token(credential, now_ms)
        return self.by_key(credential, now_ms)[1]

    def by_key(self, text: str, now_ms: int) -> tuple[ApiKey, Principal]:
        """The key of a text, and whom it speaks for. Raises Refused(UNAUTHENTICATED)."""
        # Length first, so that nothing long is hashed; ASCII, so that encoding it cannot fail.
        if len(text) != _LENGTH or not text.startswith(_PREFIX) or text[_ID_END] != "_" or not text.isascii():
            raise _refused("The API key is malformed.")
        entry = self._keys.get(_ID_PREFIX + text[len(_PREFIX) : _ID_END])
        # One answer for an unknown id and a wrong secret; the closer reasons below are for the key's holder only.
        if entry is None or not hmac.compare_digest(hash_secret(text), entry[0].secret_hash):
            raise _refused("The API key is unknown.")
        _check_working(entry[0], now_ms)
        return entry

    def by_id(self, key_id: str, now_ms: int) -> tuple[ApiKey, Principal]:
        """The key of an id that the caller has proved to hold. Raises Refused(UNAUTHENTICATED)."""
        entry = self._keys.get(key_id)
        if entry is None:
            raise _refused("The API key is unknown.")
        _check_working(entry[0], now_ms)
        return entry

    def _by_token(self, text: str, now_ms: int) -> Principal:
        known = self._read.get(text)
        if known is None:
            known = self._read_token(text)
        token, principal = known
        if now_ms >= token.until_s * 1000:
            raise _refused("The token has expired.")
        entry = self._keys.get(token.key_id)
        if entry is None:
            raise _refused("The token's API key is unknown.")
        _check_working(entry[0], now_ms)
        return principal

    def _read_token(self, text: str) -> tuple[Token, Principal]:
        token = self.tokens.read(text)
        if token is None:
            raise _refused("The token is malformed, or none of this exchange.")
        entry = self._keys.get(token.key_id)
        if entry is None:
            raise _refused("The token's API key is unknown.")
        if len(self._read) >= limits.MAX_TOKENS_READ:
            del self._read[next(iter(self._read))]  # the one read first: in use, it is read again
        known = self._read[text] = token, msgspec.structs.replace(entry[1], scopes=token.scopes)
        return known


def _check_working(key: ApiKey, now_ms: int) -> None:
    if key.revoked_ms:
        raise _refused("The API key was revoked.")
    if key.expires_ms and now_ms >= key.expires_ms:
        raise _refused("The API key has expired.")


def _refused(message: str) -> Refused:
    return Refused(Reason.UNAUTHENTICATED, message)
