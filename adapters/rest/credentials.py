"""A request's credential, in whichever of the ways that HTTP has."""

import base64
import binascii
import re
from typing import Final

from aiohttp import web

from adapters.rest.problems import unauthenticated
from adapters.rest.settings import SETTINGS

_KEY: Final = re.compile(r"[\x21-\x7e]{1,4096}")  # what gRPC metadata can carry; keys and tokens are far shorter
_OWN_ID: Final = re.compile(r"lx_([0-9A-Za-z]{26})_")  # a key holds its id
_HOW: Final = "Send a key or token as `Authorization: Bearer …` or `X-API-Key`, or a key's id and the key by Basic."


def key_of(request: web.Request) -> str:
    """The key or token to pass on; raises a Problem (401) where there is none."""
    authorization = request.headers.get("Authorization")
    if authorization is None:
        key = request.headers.get("X-API-Key")
        if key is None:
            raise unauthenticated(_HOW)
    else:
        scheme, _, key = authorization.partition(" ")
        match scheme.lower():
            case "bearer":
                pass
            case "basic":
                key = _basic_key(request, key)
            case _:
                raise unauthenticated("The schemes for Authorization are Bearer and Basic.")
    if not _KEY.fullmatch(key):
        raise unauthenticated("The credential is not an API key or a token.")
    return key


def _basic_key(request: web.Request, encoded: str) -> str:
    """The password, when it is the key that the user names."""
    if not request.app[SETTINGS].secure(request):
        raise unauthenticated("Basic is taken over TLS only.")
    user, key = basic(encoded)
    own = _OWN_ID.match(key)
    if own is None or user != f"key_{own[1]}":
        raise unauthenticated("Basic takes a key's id as the user and the key as the password.")
    return key


def basic(encoded: str) -> tuple[str, str]:
    """User and password (RFC 7617); raises a Problem for what is neither."""
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise unauthenticated("The Basic credential cannot be read.") from None
    if not colon:
        raise unauthenticated("The Basic credential has no password.")
    return user, password
