"""What every request passes through: an id, one form for all errors, one line of log that holds nothing of a body."""

import logging
import time
import traceback
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from adapters.rest.caller import CALLER, REQUEST_ID, REQUEST_ID_HEADER, request_id_of
from adapters.rest.cors import allow, preflight
from adapters.rest.problems import FAULT, Problem, from_http

_LOG: Final = logging.getLogger("adapters.rest")
_ACCESS: Final = logging.getLogger("adapters.rest.access")
_UNMATCHED: Final = "(no such path)"
_COMPRESS_BYTES: Final = 1_024  # below this, gzip saves less than it costs


@web.middleware
async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers with what the handler gives or a problem document, and logs which."""
    started = time.perf_counter()
    request_id = request_id_of(request)
    request[REQUEST_ID] = request_id
    response: web.StreamResponse
    try:
        response = preflight(request) or await handler(request)
    except Problem as problem:
        response = problem.response(request_id)
    except web.HTTPException as error:
        response = from_http(error).response(request_id)
    except Exception as error:  # noqa: BLE001 — every error becomes a problem here
        _log_fault(error, request_id)
        response = FAULT.response(request_id)
    if not response.prepared:
        finish(request, response)
    resource = request.match_info.route.resource
    _ACCESS.info(
        "%s %s %d %.1f ms %s",
        request.method,
        resource.canonical if resource else _UNMATCHED,
        response.status,
        (time.perf_counter() - started) * 1_000,
        request_id,
    )
    return response


def finish(request: web.Request, response: web.StreamResponse) -> None:
    """The headers that every answer has; also for answers that are streamed, before their first byte."""
    headers = response.headers
    headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
    headers.setdefault("Cache-Control", "no-store")  # answers hold personal data and change at any moment
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Server"] = "leadexchange"  # not of which versions it is made
    allow(request, response)
    if caller := request.get(CALLER):
        headers.update(_rate_headers(caller.rate))
    if (
        isinstance(response, web.Response)
        and isinstance(response.body, bytes)
        and len(response.body) >= _COMPRESS_BYTES
        and not headers.get("ETag", "").startswith('"')  # a strong tag is of these bytes and no others
    ):
        headers.add("Vary", "Accept-Encoding")
        if takes_gzip(request):
            response.enable_compression(web.ContentCoding.gzip)


def takes_gzip(request: web.Request) -> bool:
    """Whether the caller takes a compressed answer (RFC 9110, 12.5.3)."""
    for item in request.headers.get("Accept-Encoding", "").split(","):
        coding, _, weight = item.partition(";")
        if coding.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _rate_headers(rate: dict[str, str]) -> dict[str, str]:
    """The customary names, and those of draft-ietf-httpapi-ratelimit-headers."""
    headers = {
        f"X-RateLimit-{name.capitalize()}": rate[name] for name in ("limit", "remaining", "reset") if name in rate
    }
    policy = rate.get("policy", "")
    if policy:
        headers["RateLimit-Policy"] = policy
        if "remaining" in rate and "reset" in rate:
            headers["RateLimit"] = f"{policy.partition(';')[0]};r={rate['remaining']};t={rate['reset']}"
    return headers


def _log_fault(error: Exception, request_id: str) -> None:
    _LOG.error("a request failed: %s\n%s", request_id, _without_contents(error))


def _without_contents(error: BaseException) -> str:
    """The kind of an error and where it arose, without its message: that could quote a body or a credential."""
    return type(error).__name__ + "\n" + "".join(traceback.format_tb(error.__traceback__))


class _ServerLog(logging.Filter):
    """What aiohttp logs by itself: faults without their contents, and nothing of a caller that speaks no HTTP."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record; takes the contents out of it."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.msg, record.args, record.exc_info = "a connection failed: %s", (_without_contents(error),), None
        return not isinstance(error, HttpProcessingError)


SERVER_LOG: Final = logging.getLogger("adapters.rest.server")
SERVER_LOG.addFilter(_ServerLog())
