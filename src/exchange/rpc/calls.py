"""Around each method: who calls, may it, and what becomes of an error."""

import asyncio
import base64
import contextlib
import functools
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Final, TypeAlias, TypeVar

import grpc

from exchange.access.authority import Action, authorise
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.domain import limits
from exchange.domain.errors import Refused, StoreError, Violation, invalid
from exchange.domain.principal import Principal
from exchange.domain.reasons import Reason
from exchange.rpc.status import abort

_log = logging.getLogger(__name__)
_BEARER: Final = "Bearer "
_PLACE_DIGITS: Final = 19  # what a store's sequence always fits
_UNLIMITED: Final = contextlib.nullcontext()

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Q = TypeVar("Q")
R = TypeVar("R")
T = TypeVar("T")
S = TypeVar("S", bound="Service")


class Service:
    """What every service has: the key ring and the clock."""

    def __init__(self, keys: KeyRing, clock: Clock) -> None:
        self.keys = keys
        self.clock = clock

    def caller(self, context: Context, action: Action) -> Principal:
        """Who calls, if it may. Raises Refused: UNAUTHENTICATED, FORBIDDEN."""
        principal = self.keys.authenticate(_token(context), self.clock.now_ms())
        authorise(principal, action)
        return principal

    def within_plan(self, caller: Principal, context: Context) -> AbstractContextManager[None]:
        """The call under its party's rate plan; raises Refused (RATE_LIMITED) when entered beyond it."""
        slot = self.keys.limiter.enter(caller.party_id, self.clock.us() // 1000)
        if slot is None:
            return _UNLIMITED
        context.set_trailing_metadata(slot.headers)
        return slot


def _token(context: Context) -> str | None:
    """The credential: `authorization: Bearer KEY`, or `x-api-key: KEY`."""
    for name, value in context.invocation_metadata() or ():
        if name == "authorization" and isinstance(value, str) and value.startswith(_BEARER):
            return value[len(_BEARER) :]
        if name == "x-api-key":
            return str(value)
    return None


def unary(
    action: Action,
) -> Callable[[Callable[[S, Q, Principal, Context], Awaitable[R]]], Callable[[S, Q, Context], Awaitable[R]]]:
    """Makes a gRPC method of one that takes the caller: authenticates, authorises, and turns errors into statuses."""

    def wrap(method: Callable[[S, Q, Principal, Context], Awaitable[R]]) -> Callable[[S, Q, Context], Awaitable[R]]:
        @functools.wraps(method)
        async def call(self: S, request: Q, context: Context) -> R:
            try:
                caller = self.caller(context, action)
                with self.within_plan(caller, context):
                    return await method(self, request, caller, context)
            except Exception as error:  # noqa: BLE001 - every error becomes a status here
                return await abort(context, refusal_of(error))

        return call

    return wrap


def stream(
    action: Action,
) -> Callable[[Callable[[S, Q, Principal, Context], AsyncIterator[R]]], Callable[[S, Q, Context], AsyncIterator[R]]]:
    """As `unary`, for methods that answer with a stream, which ends when the caller's key stops working."""

    def wrap(
        method: Callable[[S, Q, Principal, Context], AsyncIterator[R]],
    ) -> Callable[[S, Q, Context], AsyncIterator[R]]:
        @functools.wraps(method)
        async def call(self: S, request: Q, context: Context) -> AsyncIterator[R]:
            try:
                caller = self.caller(context, action)
                with self.within_plan(caller, context):
                    frames: Any = method(self, request, caller, context)
                    async with contextlib.aclosing(frames):
                        async for frame in frames:
                            self.caller(context, action)
                            yield frame
            except Exception as error:  # noqa: BLE001 - every error becomes a status here
                await abort(context, refusal_of(error))

        return call

    return wrap


_detached: set["asyncio.Task[Any]"] = set()


async def detached(work: Coroutine[Any, Any, T]) -> T:
    """Runs work to its end, even when the caller hangs up: an auction must not stop halfway."""
    task = asyncio.get_running_loop().create_task(work)
    _detached.add(task)
    task.add_done_callback(_ended)
    return await asyncio.shield(task)


def _ended(task: "asyncio.Task[Any]") -> None:
    _detached.discard(task)
    if not task.cancelled():
        task.exception()  # when the caller has hung up, nobody else fetches it


def refusal_of(error: Exception) -> Refused:
    """What the caller is told: a refusal as it is; anything else is the store's or an INTERNAL fault, and logged."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, StoreError):
        _log.error("the store failed: %s", error)
        message = "the exchange cannot keep or read anything now; repeat with the same request id"
        return Refused(Reason.STORE_UNAVAILABLE, message, retry_after_ms=1_000)
    # Only the type and the place: an error's message could quote what the request held.
    place = traceback.format_tb(error.__traceback__)
    _log.error("a call failed: %s\n%s", type(error).__name__, "".join(place))
    return Refused(Reason.INTERNAL, "a fault of the exchange; it was logged")


def page_size(asked: int) -> int:
    """A page's size. Raises Refused."""
    if not 0 <= asked <= limits.MAX_PAGE:
        raise invalid([Violation("page_size", f"1 to {limits.MAX_PAGE}, or 0 for the default", str(asked))])
    return asked or limits.DEFAULT_PAGE


def page_token(position: str) -> str:
    """An opaque token for a position in a list."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def position_of(token: str) -> str:
    """The position in a page token; empty for none. Raises Refused."""
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise invalid([Violation("page_token", "a token from the last answer", f"{len(token)} characters")]) from None


def place_of(token: str) -> int:
    """The position in a page token whose positions are whole numbers; 0 for none. Raises Refused."""
    position = position_of(token)
    if position and not (position.isascii() and position.isdecimal() and len(position) < _PLACE_DIGITS):
        raise invalid([Violation("page_token", "a token from the last answer", f"{len(token)} characters")])
    return int(position or 0)


def frame_bound(count: int, most: int, field: str) -> None:
    """Raises Refused when a frame holds more than it may."""
    if count > most:
        raise invalid([Violation(field, f"at most {most} a frame", str(count))])
