"""Access tokens (OAuth 2.0 client credentials, RFC 6749, 4.4): what a key is exchanged for, for a time.

A token is `lxt_<key's ULID>_<until, Unix s, hex>_<scopes, hex>_<tag>`, the tag being HMAC-SHA256 over what is before it
(RFC 2104), under a key derived from the master key. So a token needs no store: it holds after a restart and on every
process that has the master key. It speaks for its key, and ends with it.
"""

import base64
import hmac
import re
from typing import Final

import msgspec

from exchange.domain.principal import Scope

PREFIX: Final = "lxt_"
_TOKEN: Final = re.compile(r"lxt_([0-9A-HJKMNP-TV-Z]{26})_([0-9a-f]{1,12})_([0-9a-f]{1,8})_([A-Za-z0-9_-]{43})\Z")
MAX_CHARS: Final = len(PREFIX) + 26 + 1 + 12 + 1 + 8 + 1 + 43
_TAG_CHARS: Final = 43


class Token(msgspec.Struct, frozen=True):
    """What a token says."""

    key_id: str
    until_s: int
    """Unix seconds at which it ends."""
    scopes: Scope


class Tokens:
    """Writes and reads tokens under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, token: Token) -> str:
        """The token's text."""
        head = f"{PREFIX}{token.key_id.removeprefix('key_')}_{token.until_s:x}_{token.scopes.value:x}_"
        return head + self._tag(head)

    def read(self, text: str) -> Token | None:
        """What a text says, if it is a token of ours, ended or not."""
        found = _TOKEN.match(text) if len(text) <= MAX_CHARS else None
        if found is None or not hmac.compare_digest(self._tag(text[:-_TAG_CHARS]), found[4]):
            return None
        return Token(f"key_{found[1]}", int(found[2], 16), Scope(int(found[3], 16)))

    def _tag(self, head: str) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, head.encode(), "sha256")).rstrip(b"=").decode()
