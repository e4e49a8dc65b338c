"""Conditional requests (RFC 9110, 13): a tag on what was read, and changes that hold only for what was read."""

import hashlib
import re
from typing import Final

from aiohttp import web

from adapters.rest.problems import Problem

_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"')
_OWN: Final = re.compile(r"([0-9]{1,18})\.[0-9a-f]{12}")
_DIGEST_BYTES: Final = 6


def tag(body: bytes, revision: int | None) -> str:
    """The ETag of an answer: of its bytes, strong and with the revision where the thing has one."""
    digest = hashlib.blake2b(body, digest_size=_DIGEST_BYTES).hexdigest()
    return f'W/"{digest}"' if revision is None else f'"{revision}.{digest}"'


def not_modified(request: web.Request, etag: str) -> bool:
    """Whether the caller has this answer already (If-None-Match)."""
    given = request.headers.get("If-None-Match")
    if given is None:
        return False
    return given.strip() == "*" or etag.removeprefix("W/") in (f'"{one}"' for one in _TAG.findall(given))


def expected_revision(request: web.Request) -> int:
    """The revision that If-Match asks for; 0 where any will do. Raises a Problem (412) for what is no tag of ours."""
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return 0
    match = _TAG.fullmatch(given)
    own = _OWN.fullmatch(match[1]) if match else None
    if own is None or not int(own[1]):
        raise stale()
    return int(own[1])


def stale() -> Problem:
    """The refusal of a change to what is no longer as it was read."""
    return Problem(412, "STALE_REVISION", "The thing was changed since the answer that If-Match names; read it again.")
