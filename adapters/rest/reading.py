"""Reading a request: its body as JSON and its query, each into a documented shape."""

import asyncio
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, TypeVar, cast

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.rest.problems import Problem, Violation, invalid
from adapters.rest.violations import explain

JSON: Final = "application/json"
MERGE_PATCH_TYPES: Final = ("application/merge-patch+json", JSON)
MAX_BODY_BYTES: Final = 256 * 1024  # the core's own bound; the largest lead that it takes is about 40 KiB
_BODY_TIMEOUT_S: Final = 10.0  # a caller that trickles its body holds a connection no longer than this
_SLOWEST_BYTES_S: Final = 1 << 20  # and a large body may take its time

_MISSHAPEN: Final = Violation("", "the documented shape", "another", pointer="")

Shape = TypeVar("Shape")


async def read_body(
    request: web.Request, shape: type[Shape], media_types: Sequence[str] = (JSON,), *, max_bytes: int = MAX_BODY_BYTES
) -> Shape:
    """The body; raises a Problem that names every field at fault."""
    expect_media(request, media_types)
    return decoded(await read_bytes(request, max_bytes), shape)


def expect_media(request: web.Request, media_types: Sequence[str]) -> None:
    """Raises a Problem (415) for a body of another type."""
    if request.content_type not in media_types:
        raise Problem(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            f"Send the body as {media_types[0]}.",
            headers={"Accept": ", ".join(media_types)},
        )


async def read_bytes(request: web.Request, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The body as it came, unpacked, and bounded as it is unpacked; raises a Problem."""
    if (request.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S + max_bytes / _SLOWEST_BYTES_S):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
    except TimeoutError:
        raise Problem(408, "TIMED_OUT", "The body did not arrive in time; nothing was done.") from None
    except (web.RequestPayloadError, HttpProcessingError):
        raise Problem(400, "BODY_UNREADABLE", "The body's encoding could not be undone.") from None
    return bytes(body)


def decoded(text: bytes, shape: type[Shape]) -> Shape:
    """A piece of JSON as a shape, such as a line of many; raises a Problem as `read_body` does."""
    try:
        found: Shape = _decoder(cast(Any, shape)).decode(text)
    except (ValueError, RecursionError):
        raise _unreadable(text, shape) from None
    return found


def shaped(value: object, shape: type[Shape]) -> Shape:
    """A decoded value as a shape; raises a Problem that names every field at fault."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        raise invalid(explain(value, shape) or [_MISSHAPEN]) from None


def read_query(request: web.Request, shape: type[Shape]) -> Shape:
    """The query's parameters; raises a Problem that names every one at fault."""
    given = request.query
    kinds = _kinds(cast(Any, shape))
    query: dict[str, object] = {
        name: given.getall(name) if kinds.get(name) == "list" else given[name] for name in given
    }
    repeated = [name for name in query if kinds.get(name) != "list" and len(given.getall(name)) > 1]
    if repeated:
        raise invalid([Violation(name, "one value", f"{len(given.getall(name))}") for name in repeated])
    odd = [name for name, value in query.items() if isinstance(value, str) and _is_odd(value, kinds.get(name, ""))]
    try:
        if not odd:
            return msgspec.convert(query, shape, strict=False)
    except msgspec.ValidationError:
        pass
    violations = explain(query | {name: [] for name in odd}, shape, strict=False)
    shown = [violation if violation.field not in odd else _quoted(violation, query) for violation in violations]
    raise invalid([msgspec.structs.replace(violation, pointer=None) for violation in shown])


def _is_odd(text: str, kind: str) -> bool:
    """What a lax conversion would take, and this API does not: null as nothing, a number as a time."""
    return (kind not in ("", "str") and text.lower() == "null") or (kind == "time" and ":" not in text)


def _quoted(violation: Violation, query: dict[str, object]) -> Violation:
    return msgspec.structs.replace(violation, got=msgspec.json.encode(str(query[violation.field])[:80]).decode())


@cache
def _kinds(shape: Any) -> dict[str, str]:
    """What each parameter is, as far as reading it depends on that."""
    found: dict[str, str] = {}
    for field in msgspec.structs.fields(shape):
        text = str(field.type)
        kind = "time" if "datetime" in text else "str" if field.type is str else "other"
        found[field.encode_name] = "list" if "list[" in text else kind
    return found


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


_RAW: Final = msgspec.json.Decoder(float_hook=float)  # takes 1e400 as well, which `explain` then names


def _unreadable(body: bytes, shape: Any) -> Problem:
    """Why a body could not be decoded: not JSON at all, or not of this shape."""
    try:
        value = _RAW.decode(body)
    except UnicodeDecodeError:
        return Problem(400, "BODY_UNREADABLE", "The body is not UTF-8.")
    except RecursionError:
        return Problem(400, "BODY_UNREADABLE", "The body is nested too deeply.")
    except ValueError as error:
        return Problem(400, "BODY_UNREADABLE", f"The body is not JSON: {error}.")
    return invalid(explain(value, shape) or [_MISSHAPEN])


def _too_large(max_bytes: int) -> Problem:
    return Problem(413, "TOO_LARGE", f"The body may have at most {max_bytes} bytes.")
