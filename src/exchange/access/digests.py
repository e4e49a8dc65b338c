"""Passwords for protocols that send a digest of one instead of the key (WS-Security's PasswordDigest).

Whoever checks a digest has to know the password, and of a key only a hash is kept. So a key's digest password is not
the key: it is made of the exchange's secret and the key's id, shown once with the key, and stored nowhere.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Final

from exchange.domain import limits
from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason

_PASSWORD_BYTES: Final = 24
_LONGEST_CREATED: Final = 40  # characters; a time with its offset has 35
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Digests:
    """Makes digest passwords, and takes each digest of one once, while its time is near.

    Args:
        secret: The exchange's, for this purpose alone.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._used: OrderedDict[tuple[str, bytes], int] = OrderedDict()

    def password(self, key_id: str) -> str:
        """The digest password of a key: 32 characters."""
        made = hashlib.blake2b(key_id.encode(), key=self._secret, digest_size=_PASSWORD_BYTES).digest()
        return urlsafe_b64encode(made).decode()

    def take(self, key_id: str, nonce: bytes, created: str, sha1: bytes, now_ms: int) -> None:
        """Takes proof of a key's password (WS-Security UsernameToken Profile 1.1.1, section 3.1).

        SHA-1 is what the profile says. Its collisions do not matter here, since whoever digests knows the password.

        Args:
            key_id: Whose password.
            nonce: 8 to 64 bytes, another each time.
            created: ISO 8601, in UTC where it has no offset.
            sha1: Of nonce, created and password.
            now_ms: Unix ms.

        Raises:
            Refused: UNAUTHENTICATED for what is wrong, too old or used before; OVERLOADED when no more nonces can be
                remembered.
        """
        low, high = limits.MIN_NONCE_BYTES, limits.MAX_NONCE_BYTES
        if not low <= len(nonce) <= high:
            raise _refused(f"A nonce has {low} to {high} bytes.")
        created_ms = _ms(created)
        if created_ms is None or abs(created_ms - now_ms) > limits.DIGEST_WINDOW_MS:
            raise _refused("The digest was created more than five minutes before or after now.")
        hashed = hashlib.sha1(nonce + created.encode() + self.password(key_id).encode())  # noqa: S324 - see above
        if not hmac.compare_digest(hashed.digest(), sha1):
            raise _refused("The digest is not of this key's digest password.")
        self._use((key_id, nonce), now_ms)

    def _use(self, used: tuple[str, bytes], now_ms: int) -> None:
        """Remembers a nonce for as long as its time would let it pass again."""
        while self._used and next(iter(self._used.values())) < now_ms - 2 * limits.DIGEST_WINDOW_MS:
            self._used.popitem(last=False)
        if used in self._used:
            raise _refused("The nonce was used before.")
        if len(self._used) >= limits.MAX_NONCES:
            raise Refused(Reason.OVERLOADED, "Too many digests in ten minutes.", retry_after_ms=limits.DIGEST_WINDOW_MS)
        self._used[used] = now_ms


def _ms(created: str) -> int | None:
    if len(created) > _LONGEST_CREATED:
        return None
    try:
        time = datetime.fromisoformat(created)
    except ValueError:
        return None
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def _refused(message: str) -> Refused:
    return Refused(Reason.UNAUTHENTICATED, message)
