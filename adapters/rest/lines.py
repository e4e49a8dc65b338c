"""Bodies of lines (NDJSON), read as they come."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.rest.problems import Problem
from adapters.rest.reading import MAX_BODY_BYTES

_IDLE_S: Final = 60.0  # a caller that has nothing to send for longer begins another request


async def lines_of(request: web.Request) -> AsyncIterator[bytes]:
    """The lines of a body without their ends, empty ones left out; raises a Problem for one that is too long."""
    rest = b""
    while True:
        try:
            async with asyncio.timeout(_IDLE_S):
                chunk = await request.content.readany()
        except TimeoutError:
            raise Problem(408, "TIMED_OUT", "No line came for a minute.") from None
        except (web.RequestPayloadError, HttpProcessingError):
            raise Problem(400, "BODY_UNREADABLE", "The body's encoding could not be undone.") from None
        *lines, rest = (rest + chunk).split(b"\n")
        if not chunk:
            lines, rest = [rest], b""
        for line in lines:
            if stripped := line.strip():
                yield stripped
        if not chunk:
            return
        if len(rest) > MAX_BODY_BYTES:
            raise Problem(413, "TOO_LARGE", f"A line may have at most {MAX_BODY_BYTES} bytes.")
