"""Hashes of what came: of a request, to know a repeat; of a consumer, to know a duplicate."""

from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import Final

import msgspec

from exchange.domain.lead import Consent, Contact, Evidence, RawProfile, Submission

_HASH_BYTES: Final = 16
_ENCODER: Final = msgspec.msgpack.Encoder(order="deterministic")

Parts = tuple[str | RawProfile | Evidence | Contact | Consent, ...]


def digest(content: Submission | Parts, pepper: bytes = b"") -> bytes:
    """16 bytes that are equal for equal content, whatever the request id and the order of attributes.

    Args:
        content: What the request asks for: a submission, or the parts of a ping or post.
        pepper: The exchange's secret, at most 64 bytes. Without one, whoever holds the digest can try out who may be
            behind it.
    """
    if isinstance(content, Submission):
        content = (content.source_id, content.profile, content.contact, content.consent)
    return blake2b(_ENCODER.encode(content), digest_size=_HASH_BYTES, key=pepper).digest()


def duplicate_keys(contact: Contact, pepper: bytes) -> tuple[str, ...]:
    """What two leads of one consumer have in common: keyed hashes of phone and e-mail, as far as there are any.

    An e-mail address counts without letter case and without a `+tag`.

    Args:
        contact: As admitted.
        pepper: The exchange's secret, at most 64 bytes; without it the hashes tell nothing.
    """
    keys = []
    if contact.phone:
        keys.append(_key("phone", contact.phone, pepper))
    if contact.email:
        local, _, domain = contact.email.lower().rpartition("@")
        keys.append(_key("email", f"{local.partition('+')[0] or local}@{domain}", pepper))
    return tuple(keys)


def _key(kind: str, value: str, pepper: bytes) -> str:
    hashed = blake2b(f"{kind}:{value}".encode(), digest_size=_HASH_BYTES, key=pepper).digest()
    return urlsafe_b64encode(hashed).rstrip(b"=").decode()
