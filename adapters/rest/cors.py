"""Calls from web pages of other origins (the Fetch standard, 3.2), where the operator has listed them.

Credentials are in headers that a page must set itself, never in cookies, so no answer allows credentials.
"""

from typing import Final

from aiohttp import web

from adapters.rest.settings import SETTINGS

_METHODS: Final = "DELETE, GET, HEAD, PATCH, POST, PUT"
_HEADERS: Final = (
    "Accept, Authorization, Content-Encoding, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent, "
    "tracestate, X-API-Key, X-Request-Deadline, X-Request-Id"
)
_EXPOSED: Final = (
    "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Next-Cursor, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
)
_MAX_AGE_S: Final = "600"


def preflight(request: web.Request) -> web.Response | None:
    """The answer to a browser that asks before it calls; None for any other request."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers or not _origin(request):
        return None
    headers = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _HEADERS,
        "Access-Control-Max-Age": _MAX_AGE_S,
    }
    return web.Response(status=204, headers=headers)


def allow(request: web.Request, response: web.StreamResponse) -> None:
    """Lets a listed origin read an answer."""
    if not request.app[SETTINGS].cors_origins:
        return
    response.headers.add("Vary", "Origin")
    if origin := _origin(request):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED


def _origin(request: web.Request) -> str:
    """The request's origin if it is a listed one."""
    origin = request.headers.get("Origin", "")
    origins = request.app[SETTINGS].cors_origins
    return origin if origin and (origin in origins or "*" in origins) else ""
