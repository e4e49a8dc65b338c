"""What every request passes through: an id, one form for all errors, one line of log that holds nothing of a body."""

import logging
import time
import traceback
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from adapters.rest.caller import REQUEST_ID, REQUEST_ID_HEADER, request_id_of
from adapters.rest.problems import FAULT, Problem, from_http

_LOG: Final = logging.getLogger("adapters.rest")
_ACCESS: Final = logging.getLogger("adapters.rest.access")
_UNMATCHED: Final = "(no such path)"


@web.middleware
async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers with what the handler gives or a problem document, and logs which."""
    started = time.perf_counter()
    request_id = request_id_of(request)
    request[REQUEST_ID] = request_id
    response: web.StreamResponse
    try:
        response = await handler(request)
    except Problem as problem:
        response = problem.response(request_id)
    except web.HTTPException as error:
        response = from_http(error).response(request_id)
    except Exception as error:  # noqa: BLE001 — every error becomes a problem here
        _log_fault(error, request_id)
        response = FAULT.response(request_id)
    response.headers[REQUEST_ID_HEADER] = request_id
    response.headers["Cache-Control"] = "no-store"  # answers hold personal data and change at any moment
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
