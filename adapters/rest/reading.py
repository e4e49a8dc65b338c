"""Reading a request: its body as JSON and its query, each into a documented shape."""

import asyncio
from collections.abc import Sequence
from functools import cache
from typing import Final, TypeVar

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.rest.problems import Problem, Violation, invalid
from adapters.rest.violations import explain

JSON: Final = "application/json"
MAX_BODY_BYTES: Final = 256 * 1024  # the core's own bound; the largest lead that it takes is about 40 KiB
_BODY_TIMEOUT_S: Final = 10.0  # a caller that trickles its body holds a connection no longer than this

Shape = TypeVar("Shape", bound=msgspec.Struct)


async def read_body(request: web.Request, shape: type[Shape], media_types: Sequence[str] = (JSON,)) -> Shape:
    """The body; raises a Problem that names every field at fault."""
    if request.content_type not in media_types:
        raise Problem(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            f"Send the body as {media_types[0]}.",
            headers={"Accept": ", ".join(media_types)},
        )
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            body = await request.read()
    except TimeoutError:
        raise Problem(408, "TIMED_OUT", "The body did not arrive in time; nothing was done.") from None
    except web.HTTPRequestEntityTooLarge:
        raise _too_large() from None
    except (web.RequestPayloadError, HttpProcessingError):
        raise Problem(400, "BODY_UNREADABLE", "The body's encoding could not be undone.") from None
    try:
        decoded: Shape = _decoder(shape).decode(body)
    except (ValueError, RecursionError):
        raise _unreadable(body, shape) from None
    return decoded


def read_query(request: web.Request, shape: type[Shape]) -> Shape:
    """The query's parameters; raises a Problem that names every one at fault."""
    query = dict(request.query.items())
    try:
        return msgspec.convert(query, shape, strict=False)
    except msgspec.ValidationError:
        violations = explain(query, shape, strict=False)
        raise invalid([msgspec.structs.replace(violation, pointer=None) for violation in violations]) from None


@cache
def _decoder(shape: type[Shape]) -> msgspec.json.Decoder[Shape]:
    return msgspec.json.Decoder(shape)


_RAW: Final = msgspec.json.Decoder(float_hook=float)  # takes 1e400 as well, which `explain` then names


def _unreadable(body: bytes, shape: type[msgspec.Struct]) -> Problem:
    """Why a body could not be decoded: not JSON at all, or not of this shape."""
    try:
        value = _RAW.decode(body)
    except UnicodeDecodeError:
        return Problem(400, "BODY_UNREADABLE", "The body is not UTF-8.")
    except RecursionError:
        return Problem(400, "BODY_UNREADABLE", "The body is nested too deeply.")
    except ValueError as error:
        return Problem(400, "BODY_UNREADABLE", f"The body is not JSON: {error}.")
    return invalid(explain(value, shape) or [Violation("", "the documented shape", "another", pointer="")])


def _too_large() -> Problem:
    return Problem(413, "TOO_LARGE", f"The body may have at most {MAX_BODY_BYTES} bytes.")
