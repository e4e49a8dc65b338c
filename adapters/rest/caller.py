"""What an HTTP request says about its caller: credential, deadline, trace; none of it judged here."""

import re
import secrets
import time
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.rest.credentials import key_of
from adapters.rest.problems import Problem, malformed
from adapters.rest.settings import SETTINGS

REQUEST_ID: Final = web.RequestKey("request_id", str)
REQUEST_ID_HEADER: Final = "X-Request-Id"
DEADLINE: Final = "X-Request-Deadline"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_EPOCH_MS: Final = re.compile(r"[0-9]{1,15}")
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # W3C Trace Context, section 3.2
_TRACESTATE: Final = re.compile(r"[\x20-\x7e]{1,512}")
_IDEMPOTENCY_KEY: Final = re.compile(r'"([\x20\x21\x23-\x7e]{1,128})"|([\x20\x21\x23-\x7e]{1,128})')
_LONGEST_S: Final = 30.0  # a deadline further off than any auction lasts is as good as none
_RATE: Final = "x-ratelimit-"


class Caller(msgspec.Struct):
    """The caller of one request."""

    metadata: tuple[tuple[str, str], ...]
    deadline_ms: int | None
    """Unix ms after which it no longer wants the answer."""
    rate: dict[str, str] = {}
    """What the core said of the caller's rate limit: limit, remaining, reset, policy."""

    def timeout_s(self, default_s: float) -> float:
        """How long the core may take; raises a Problem when the deadline has passed."""
        if self.deadline_ms is None:
            return default_s
        left_s = self.deadline_ms / 1_000 - time.time()
        if left_s <= 0:
            raise Problem(504, "DEADLINE_PASSED", f"The time in {DEADLINE} has passed; nothing was done.")
        return min(left_s, _LONGEST_S)

    def note(self, metadata: Iterable[tuple[str, Any]] | None) -> None:
        """Keeps what the core's answer says of the rate limit."""
        for name, value in metadata or ():
            if name.startswith(_RATE) and isinstance(value, str):
                self.rate[name.removeprefix(_RATE)] = value


CALLER: Final = web.RequestKey("caller", Caller)


def caller_of(request: web.Request) -> Caller:
    """The caller; raises a Problem for a credential or a deadline that cannot be passed on."""
    return _caller(request, (("authorization", f"Bearer {key_of(request)}"),))


def stranger(request: web.Request) -> Caller:
    """A caller without a credential, where none is needed."""
    return _caller(request, ())


def _caller(request: web.Request, credential: tuple[tuple[str, str], ...]) -> Caller:
    metadata = [*credential, ("x-request-id", request[REQUEST_ID])]
    if address := request.app[SETTINGS].caller_address(request):
        metadata.append(("x-forwarded-for", address))
    headers = request.headers
    if (traceparent := headers.get("traceparent")) and _TRACEPARENT.match(traceparent):
        metadata.append(("traceparent", traceparent[:55]))
        if (tracestate := headers.get("tracestate")) and _TRACESTATE.fullmatch(tracestate):
            metadata.append(("tracestate", tracestate))
    caller = Caller(tuple(metadata), _deadline_ms(request))
    caller.timeout_s(0)  # refuses what is late before its body is read
    request[CALLER] = caller
    return caller


def request_id_of(request: web.Request) -> str:
    """The caller's own request id, or a new one."""
    given = request.headers.get(REQUEST_ID_HEADER)
    return given if given and _REQUEST_ID.fullmatch(given) else "req_" + secrets.token_hex(12)


def idempotency_key(request: web.Request, *, required: bool = False) -> str:
    """The `Idempotency-Key`, with or without the quotes of its draft; empty when there is none."""
    given = request.headers.get(IDEMPOTENCY_KEY)
    if given is None and not required:
        return ""
    if match := _IDEMPOTENCY_KEY.fullmatch(given or ""):
        return match[1] or match[2]
    raise malformed(IDEMPOTENCY_KEY, "1 to 128 printable ASCII characters, in quotes or not")


def _deadline_ms(request: web.Request) -> int | None:
    given = request.headers.get(DEADLINE)
    if given is None:
        return None
    if not _EPOCH_MS.fullmatch(given):
        raise malformed(DEADLINE, "milliseconds since the Unix epoch")
    return int(given)
