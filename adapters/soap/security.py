"""Who calls: WS-Security's UsernameToken, or HTTP Basic. Reads credentials; the core judges them, and remembers nonces.

Web Services Security: SOAP Message Security 1.1.1 and UsernameToken Profile 1.1.1 (OASIS).
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final

from lxml import etree
from msgspec import Struct

from adapters.soap.faults import Fault, refused
from adapters.soap.times import ms_of, read_time

_OASIS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE: Final = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU: Final = f"{_OASIS}wssecurity-utility-1.0.xsd"
TEXT: Final = f"{_OASIS}username-token-profile-1.0#PasswordText"
DIGEST: Final = f"{_OASIS}username-token-profile-1.0#PasswordDigest"
BASE64: Final = f"{_OASIS}soap-message-security-1.0#Base64Binary"
SECURITY: Final = f"{{{WSSE}}}Security"

_WINDOW_MS: Final = 300_000  # how far a sender's clock may be off; WS-Security recommends five minutes
_MAX_NONCE_BYTES: Final = 64
_MIN_NONCE_BYTES: Final = 8
_SHA1_BYTES: Final = 20
_KEY: Final = re.compile(r"[\x21-\x7e]{1,512}")  # what gRPC metadata can carry; the core's own keys are far shorter
_USER: Final = re.compile(r"[A-Za-z0-9_.@-]{1,128}")


class Key(Struct, frozen=True):
    """A key as it is."""

    text: str


class Digest(Struct, frozen=True):
    """Proof that somebody knows a key's digest password."""

    key_id: str
    nonce: bytes
    created: str
    sha1: bytes


Credential = Key | Digest


def unauthenticated(message: str) -> Fault:
    """The refusal of a credential that is missing, or could not be one."""
    return refused("UNAUTHENTICATED", message)


def credential_of(
    headers: Sequence[etree._Element], authorization: str | None, now_ms: int, *, secret: bool
) -> Credential | None:
    """The caller's credential, if there is one; raises Fault for what cannot be one.

    Args:
        headers: Header blocks meant for this end.
        authorization: The HTTP header.
        now_ms: Unix ms.
        secret: Whether the way here is safe for a key in clear.
    """
    security = [header for header in headers if header.tag == SECURITY]
    if len(security) > 1:
        raise _bad("There are two Security headers for this end.")
    token = _security(security[0], now_ms) if security else None
    found: list[Credential] = []
    if token is not None:
        found.append(_username_token(token, now_ms))
    if authorization is not None:
        found.append(_basic(authorization))
    if len(found) > 1:
        raise _bad("Send one credential, as UsernameToken or as HTTP Basic.")
    if not secret and any(isinstance(one, Key) for one in found):
        raise unauthenticated("A key in clear needs TLS. Send a PasswordDigest, or use HTTPS.")
    return found[0] if found else None


def _security(header: etree._Element, now_ms: int) -> etree._Element | None:
    """The UsernameToken, once the Timestamp is honoured."""
    tokens, times = header.findall(f"{{{WSSE}}}UsernameToken"), header.findall(f"{{{WSU}}}Timestamp")
    if len(tokens) > 1 or len(times) > 1:
        raise _bad("Security has one UsernameToken and one Timestamp at most.")
    if len(header) != len(tokens) + len(times):
        raise refused("UNSUPPORTED_SECURITY", "Security may hold a UsernameToken and a Timestamp; nothing is signed.")
    for time in times:
        _honour(time, now_ms)
    return tokens[0] if tokens else None


def _honour(timestamp: etree._Element, now_ms: int) -> None:
    parts = {child.tag: child.text or "" for child in timestamp}
    created, expires = parts.get(f"{{{WSU}}}Created"), parts.get(f"{{{WSU}}}Expires")
    if created is None or len(parts) != len(timestamp) or len(parts) != 1 + (expires is not None):
        raise _bad("A Timestamp has Created, and then Expires if it has any.")
    created_ms = _ms(created)
    if created_ms > now_ms + _WINDOW_MS:
        raise _bad("The message was created in the future.")
    if (_ms(expires) if expires else created_ms + _WINDOW_MS) < now_ms:
        raise refused("MESSAGE_EXPIRED", "The message has expired.")


def _username_token(token: etree._Element, now_ms: int) -> Credential:
    parts = {child.tag: child for child in token}
    if len(parts) != len(token):
        raise _bad("A UsernameToken has each of its elements once.")
    username = parts.pop(f"{{{WSSE}}}Username", None)
    password = parts.pop(f"{{{WSSE}}}Password", None)
    nonce, created = parts.pop(f"{{{WSSE}}}Nonce", None), parts.pop(f"{{{WSU}}}Created", None)
    if username is None or password is None or parts:
        raise _bad("A UsernameToken has Username, Password, and with a digest Nonce and Created.")
    kind = password.get("Type", TEXT)
    if kind == TEXT:
        return _key(password.text or "")
    if kind != DIGEST:
        raise refused("UNSUPPORTED_SECURITY", "A password's Type is PasswordText or PasswordDigest.")
    if nonce is None or created is None:
        raise _bad("A PasswordDigest comes with Nonce and Created.")
    if nonce.get("EncodingType", BASE64) != BASE64:
        raise refused("UNSUPPORTED_SECURITY", "A Nonce's EncodingType is Base64Binary.")
    user = (username.text or "").strip()
    if not _USER.fullmatch(user):
        raise _bad("With a digest, the Username is the key's id.")
    digest = Digest(user, _bytes(nonce), (created.text or "").strip(), _bytes(password))
    if not _MIN_NONCE_BYTES <= len(digest.nonce) <= _MAX_NONCE_BYTES or len(digest.sha1) != _SHA1_BYTES:
        raise _bad(f"A Nonce has {_MIN_NONCE_BYTES} to {_MAX_NONCE_BYTES} bytes, and a digest {_SHA1_BYTES}.")
    if abs(_ms(digest.created) - now_ms) > _WINDOW_MS:
        raise refused("MESSAGE_EXPIRED", "The digest was created more than five minutes before or after now.")
    return digest


def _basic(authorization: str) -> Credential:
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise unauthenticated("The only scheme for Authorization is Basic.")
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode()
    except ValueError:
        raise unauthenticated("The credential of HTTP Basic could not be read.") from None
    return _key(decoded.partition(":")[2])


def _key(text: str) -> Key:
    if not _KEY.fullmatch(text):
        raise unauthenticated("The password is not an API key.")
    return Key(text)


def _bytes(element: etree._Element) -> bytes:
    try:
        return base64.b64decode((element.text or "").strip(), validate=True)
    except (ValueError, binascii.Error):
        raise _bad("Nonce and digest are Base64.") from None


def _ms(text: str) -> int:
    time = read_time(text)
    if time is None:
        raise _bad("Created and Expires are times such as 2026-11-13T12:47:11Z.")
    return ms_of(time)


def _bad(message: str) -> Fault:
    return refused("INVALID_SECURITY", message)
