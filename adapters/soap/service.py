"""The endpoint: an HTTP request in, an answer or a fault out, whatever came."""

import asyncio
import logging
import re
import secrets
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.soap import envelope
from adapters.soap.asking import Ask, Asking, Posted
from adapters.soap.core import Core, Metadata
from adapters.soap.description import description
from adapters.soap.envelope import Version
from adapters.soap.faults import Fault, failed, refused
from adapters.soap.parsing import MAX_BODY_BYTES, too_large
from adapters.soap.security import Digest
from adapters.soap.writing import write

PATH: Final = "/soap"
_VERSIONS: Final = {one.content_type: one for one in Version}
_BODY_TIMEOUT_S: Final = 10.0  # a caller that trickles its body holds a connection no longer than this
_QUICK_BYTES: Final = 16 * 1024  # read and written in the loop, in well under a millisecond; others in a thread
_THREADS: Final = 2
_MAX_WAITING: Final = 128  # for a thread; 32 MiB of bodies at most
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,255}")
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # W3C Trace Context, section 3.2
_CHALLENGE: Final = 'Basic realm="leadexchange", charset="UTF-8"'
_LOOPBACK: Final = ("127.", "::1")

_LOG: Final = logging.getLogger("adapters.soap")
_ACCESS: Final = logging.getLogger("adapters.soap.access")

T = TypeVar("T")


class Endpoint:
    """The SOAP endpoint in front of a core.

    Args:
        core: Where calls go.
        url: Where callers reach the endpoint, for the WSDL; empty for wherever they asked.
        plain: Keys in clear are taken without TLS, since a proxy ends it or this is for development.
    """

    def __init__(self, core: Core, *, url: str = "", plain: bool = False) -> None:
        self._core = core
        self._url = url
        self._plain = plain
        self._description = description()
        self._asking = Asking(self._description.xsd)
        self._threads = ThreadPoolExecutor(_THREADS, "soap")
        self._waiting = 0

    def application(self) -> web.Application:
        """As an application of aiohttp."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post(PATH, self.post)
        app.router.add_get(PATH, self.describe)
        app.on_cleanup.append(self._close)
        return app

    async def _close(self, _: web.Application) -> None:
        self._threads.shutdown(wait=False)

    async def describe(self, request: web.Request) -> web.Response:
        """The WSDL at `?wsdl`, its schema alone at `?xsd`."""
        wanted = request.query_string.lower()
        if wanted == "wsdl":
            host = request.host if _HOST.fullmatch(request.host) else "localhost"
            body = self._description.wsdl(self._url or f"{request.scheme}://{host}{PATH}")
        elif wanted == "xsd":
            body = self._description.xsd
        else:
            raise web.HTTPMethodNotAllowed("GET", ["POST"], text=f"Requests are posted; the WSDL is at {PATH}?wsdl.")
        return web.Response(body=body, content_type="text/xml", charset="utf-8")

    async def post(self, request: web.Request) -> web.Response:
        """One operation."""
        started = time.perf_counter()
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else "req_" + secrets.token_hex(12)
        version, name = _VERSIONS.get(request.content_type, Version.V11), "-"
        try:
            posted = await self._posted(request)
            version, ask = await self._run(len(posted.body), lambda: self._asking.read(posted, version))
            if isinstance(ask, Fault):
                raise ask
            name = ask.operation.name
            response = await self._answer(ask, version, _metadata(request, request_id))
        except Fault as fault:
            response = _fault(version, fault, request_id)
        except Exception as error:  # noqa: BLE001 - every error becomes a fault here
            # The kind and the place, not the message: that could quote a body or a credential.
            place = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("a request failed: %s %s\n%s", request_id, type(error).__name__, place)
            response = _fault(version, failed("INTERNAL", "The adapter failed; the request id finds it."), request_id)
        response.headers["X-Request-Id"] = request_id
        response.headers["Cache-Control"] = "no-store"  # answers hold personal data and change at any moment
        _ACCESS.info("%s %d %.1f ms %s", name, response.status, (time.perf_counter() - started) * 1_000, request_id)
        return response

    async def _posted(self, request: web.Request) -> Posted:
        if request.content_type not in _VERSIONS:
            raise refused("UNSUPPORTED_MEDIA_TYPE", "SOAP is text/xml in 1.1, application/soap+xml in 1.2.", status=415)
        if (request.content_length or 0) > MAX_BODY_BYTES:
            raise too_large()
        try:
            async with asyncio.timeout(_BODY_TIMEOUT_S):
                body = await request.read()
        except TimeoutError:
            raise refused("TIMED_OUT", "The body did not arrive in time; nothing was done.", status=408) from None
        except web.HTTPRequestEntityTooLarge:
            raise too_large() from None
        except (web.RequestPayloadError, HttpProcessingError):
            raise refused("BODY_UNREADABLE", "The body's encoding could not be undone.") from None
        return Posted(
            body=body,
            charset=request.charset,
            action=_action(request),
            authorization=request.headers.get("Authorization"),
            secret=self._plain or request.secure or (request.remote or "").startswith(_LOOPBACK),
            now_ms=time.time_ns() // 1_000_000,
        )

    async def _answer(self, ask: Ask, version: Version, metadata: Metadata) -> web.Response:
        if isinstance(ask.credential, Digest):
            key = await self._core.token(ask.credential, metadata)
        else:
            key = ask.credential.text if ask.credential else ""
        if key:
            metadata = (("authorization", f"Bearer {key}"), *metadata)
        message = await self._core.call(ask.operation, ask.message, metadata)
        noun = ask.operation.response
        body = await self._run(message.ByteSize(), lambda: envelope.answer(version, write(message, noun)))
        return web.Response(body=body, content_type=version.content_type, charset="utf-8")

    async def _run(self, size: int, work: Callable[[], T]) -> T:
        """Does what is quick at once, and the rest in a thread. Raises Fault when too much waits for one."""
        if size <= _QUICK_BYTES:
            return work()
        if self._waiting >= _MAX_WAITING:
            raise failed("OVERLOADED", "Too many large messages wait; repeat later, with the same requestId.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _metadata(request: web.Request, request_id: str) -> Metadata:
    traceparent = request.headers.get("traceparent", "")
    traced = (("traceparent", traceparent),) if _TRACEPARENT.fullmatch(traceparent) else ()
    return (("x-request-id", request_id), *traced)


def _action(request: web.Request) -> str | None:
    """SOAPAction of 1.1, in quotes; the action parameter of 1.2."""
    if (given := request.headers.get("SOAPAction")) is not None:
        return given.strip().strip('"')
    found = re.search(r';\s*action\s*=\s*"?([^";]{1,2048})"?', request.headers.get("Content-Type", ""), re.IGNORECASE)
    return found[1].strip() if found else None


def _fault(version: Version, fault: Fault, request_id: str) -> web.Response:
    fault.detail = msgspec.structs.replace(fault.detail, request_id=request_id)
    headers = {"WWW-Authenticate": _CHALLENGE} if fault.status == 401 else {}
    return web.Response(
        body=envelope.fault(version, fault),
        status=envelope.status(version, fault),
        content_type=version.content_type,
        charset="utf-8",
        headers=headers,
    )
