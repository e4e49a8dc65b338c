"""How endpoints fare, in memory; what changes is kept by the report that changed it."""

from collections.abc import Collection, Iterable

from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.domain.endpoint import BreakerState, EndpointHealth
from exchange.domain.event import Event
from exchange.domain.party import PartyState
from exchange.events import breaker
from exchange.events.backoff import Outcome
from exchange.events.compose import fared
from exchange.store.base import PutOff


class Endpoints:
    """The breakers, one an endpoint."""

    def __init__(self, book: Book, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._healths: dict[str, EndpointHealth] = {}
        self._spikes = breaker.Spikes()
        self._paused_ids: list[str] = []
        self._paused_at = -1

    def load(self, healths: Iterable[EndpointHealth]) -> None:
        """Takes in what the store held."""
        self._healths = {health.endpoint_id: health for health in healths}

    def health(self, endpoint_id: str) -> EndpointHealth:
        """How an endpoint fares."""
        return self._healths.get(endpoint_id) or EndpointHealth(endpoint_id)

    def put(self, health: EndpointHealth) -> None:
        """Takes in a health that is being kept."""
        self._healths[health.endpoint_id] = health

    def after(self, endpoint_id: str, what: Outcome, failure: str, now_ms: int) -> tuple[EndpointHealth, list[Event]]:
        """The health after an attempt, and what the endpoint's owner is told."""
        step = breaker.after(self.health(endpoint_id), what, failure, now_ms)
        failed = what in (Outcome.FAILED, Outcome.HELD)
        spike = self._spikes.count(endpoint_id, failed=failed, now_ms=now_ms)
        types = [one for one in (step.event_type, spike) if one]
        return step.health, self.told(step.health, types, now_ms)

    def told(self, health: EndpointHealth, types: Iterable[str], now_ms: int) -> list[Event]:
        """Events to an endpoint's owner."""
        owner_id = self._book.endpoints[health.endpoint_id].owner_id
        return [fared(health, one, owner_id, self._clock.mint("evt"), now_ms) for one in types]

    def put_off(self, full: Iterable[str], full_until_ms: int, now_ms: int) -> dict[str, PutOff]:
        """Whom a lease must spare: endpoints that are shut, and those that the process has no room for."""
        barred = breaker.barred(self._healths, now_ms)
        for endpoint_id in full:
            barred.setdefault(endpoint_id, breaker.Barred(full_until_ms))
        for endpoint_id in self._paused():
            barred[endpoint_id] = breaker.Barred(breaker.FOREVER_MS)
        return {
            endpoint_id: PutOff(
                one.until_ms, endpoint.lead_retry.max_age_ms, endpoint.event_retry.max_age_ms, one.probe
            )
            for endpoint_id, one in barred.items()
            if (endpoint := self._book.endpoints.get(endpoint_id)) is not None
        }

    def unprobed(self, endpoint_id: str, now_ms: int) -> None:
        """The delivery that was out to see whether an endpoint is back has not been attempted: another may go."""
        health = self._healths.get(endpoint_id)
        if health is not None and health.breaker == BreakerState.HALF_OPEN:
            self._healths[endpoint_id] = breaker.probing(health, now_ms)

    def _paused(self) -> Collection[str]:
        """Endpoints that their owners let rest; looked for anew when the catalogue has changed."""
        if self._paused_at != self._book.revision:
            self._paused_at = self._book.revision
            self._paused_ids = [one.id for one in self._book.endpoints.values() if one.state != PartyState.ACTIVE]
        return self._paused_ids

    def probing(self, endpoint_id: str, until_ms: int) -> None:
        """One delivery is out to see whether an endpoint is back."""
        self._healths[endpoint_id] = breaker.probing(self.health(endpoint_id), until_ms)
