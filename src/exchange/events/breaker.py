"""A circuit breaker an endpoint (B5), and what its owner is told of it. Pure."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import structs

from exchange.domain import limits
from exchange.domain.endpoint import BreakerState, EndpointHealth
from exchange.domain.event import ENDPOINT_DISABLED, ENDPOINT_FAILING, ENDPOINT_RECOVERED
from exchange.events.backoff import Outcome

FOREVER_MS: Final = 1 << 62
_SHUT: Final = frozenset({BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.HELD})


class Step(msgspec.Struct, frozen=True):
    """What an attempt does to an endpoint's health."""

    health: EndpointHealth
    event_type: str = ""
    """What its owner is told; empty for nothing."""


def after(health: EndpointHealth, what: Outcome, failure: str, now_ms: int) -> Step:
    """The health after an attempt; `failure` is its status or error, for people.

    CLOSED opens after five failures in a row and lets one delivery through when its cool-down is over: 30 s, doubled
    each time up to five minutes. A success closes it. A refusal of the credentials or the address holds it until
    somebody says otherwise, or a sample comes through.
    """
    if what is Outcome.BUSY:
        return Step(health)
    if what in (Outcome.DELIVERED, Outcome.REFUSED):
        if health.breaker in _SHUT:
            return Step(EndpointHealth(health.endpoint_id, since_ms=now_ms), ENDPOINT_RECOVERED)
        return Step(structs.replace(health, failures=0) if health.failures else health)
    health = structs.replace(health, failures=health.failures + 1, last_failure=failure)
    if what is Outcome.HELD:
        if health.breaker == BreakerState.HELD:
            return Step(health)
        held = structs.replace(health, breaker=BreakerState.HELD, since_ms=now_ms, retry_ms=0)
        return Step(held, "" if health.breaker in _SHUT else ENDPOINT_DISABLED)
    if health.breaker == BreakerState.HELD:
        return Step(health)
    if health.breaker == BreakerState.CLOSED and health.failures < limits.BREAKER_FAILURES:
        return Step(health)
    if health.breaker == BreakerState.OPEN:
        return Step(health)  # an attempt that was under way when it opened
    cool_ms = min(limits.BREAKER_COOL_DOWN_MS << health.openings, limits.MAX_BREAKER_COOL_DOWN_MS)
    opened = structs.replace(
        health,
        breaker=BreakerState.OPEN,
        since_ms=health.since_ms if health.breaker in _SHUT else now_ms,
        retry_ms=now_ms + cool_ms,
        openings=min(health.openings + 1, 16),
    )
    return Step(opened, ENDPOINT_DISABLED if health.breaker == BreakerState.CLOSED else "")


def enabled(health: EndpointHealth, now_ms: int) -> Step:
    """The health after somebody mended the endpoint and said so."""
    if health.breaker == BreakerState.CLOSED:
        return Step(health)
    return Step(EndpointHealth(health.endpoint_id, since_ms=now_ms), ENDPOINT_RECOVERED)


class Barred(msgspec.Struct, frozen=True):
    """What leasing does about an endpoint that is not delivered to."""

    until_ms: int
    """Its deliveries are put off until then."""
    probe: bool = False
    """All but one, which goes out now to see whether it is back."""


def barred(healths: Mapping[str, EndpointHealth], now_ms: int) -> dict[str, Barred]:
    """Whom leasing must spare, by endpoint."""
    return {
        endpoint_id: Barred(
            FOREVER_MS if health.breaker == BreakerState.HELD else max(health.retry_ms, now_ms + 1),
            probe=health.breaker != BreakerState.HELD and health.retry_ms <= now_ms,
        )
        for endpoint_id, health in healths.items()
        if health.breaker in _SHUT
    }


def probing(health: EndpointHealth, until_ms: int) -> EndpointHealth:
    """The health while one delivery is out to see whether the endpoint is back; another may go after its lease."""
    return structs.replace(health, breaker=BreakerState.HALF_OPEN, retry_ms=until_ms)


class Spikes:
    """Counts each endpoint's attempts by window and says when more fail than usual."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, int, int]] = {}
        self._failing: set[str] = set()

    def count(self, endpoint_id: str, *, failed: bool, now_ms: int) -> str:
        """Counts one attempt; answers with the event that its owner is told, or nothing.

        An endpoint fails when of at least twenty attempts within five minutes half failed; it is said once, and again
        only after a window in which less than a quarter did.
        """
        began_ms, attempts, failures = self._windows.get(endpoint_id, (now_ms, 0, 0))
        if now_ms - began_ms >= limits.SPIKE_WINDOW_MS:
            if failures * 4 < attempts:
                self._failing.discard(endpoint_id)
            began_ms, attempts, failures = now_ms, 0, 0
        attempts, failures = attempts + 1, failures + failed
        self._windows[endpoint_id] = (began_ms, attempts, failures)
        if endpoint_id in self._failing or attempts < limits.SPIKE_ATTEMPTS or failures * 2 < attempts:
            return ""
        self._failing.add(endpoint_id)
        return ENDPOINT_FAILING
