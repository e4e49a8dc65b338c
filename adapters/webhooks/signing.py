"""Signatures by Standard Webhooks 1.0 (https://www.standardwebhooks.com), symmetric scheme v1."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

_PREFIX: Final = "whsec_"


def signatures(secrets: Iterable[str], message_id: str, timestamp_s: int, body: bytes) -> str:
    """The `webhook-signature` header: one signature a secret, so that a receiver may hold either while they rotate.

    Secrets are base64, after "whsec_" where it is given; raises ValueError for one that is not.
    """
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp_s, body)
    return " ".join(f"v1,{base64.b64encode(hmac.digest(_key(s), signed, hashlib.sha256)).decode()}" for s in secrets)


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
