"""Where delivery processes come: they are handed parcels, and bring back what came of them."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.delivery.bell import Bell
from exchange.delivery.endpoints import Endpoints
from exchange.delivery.parcels import Parcel, Parcels
from exchange.domain import limits
from exchange.domain.campaign import Completion
from exchange.domain.endpoint import (
    TEST_RETRY,
    BreakerState,
    DeadLetterAction,
    Endpoint,
    EndpointHealth,
    RetryPolicy,
)
from exchange.domain.errors import Refused
from exchange.domain.event import ENDPOINT_RECOVERED, ENDPOINT_TEST, LEAD_SOLD, Attempt, DeliveryState, Event
from exchange.events import backoff
from exchange.events.backoff import Next
from exchange.events.breaker import enabled
from exchange.events.routing import route
from exchange.store.base import DeliveryQuery, LeasedDelivery, LeaseRequest, Reported, Store, Verdict

_log = logging.getLogger(__name__)
_TOO_OLD: Final = "its endpoint took nothing until it was too old"

Undo = Callable[[str, str, str], Awaitable[object]]
"""Undoes a sale, by lead and campaign, with a note why, and offers the lead to the next bidders; however often it is
asked for, once. Raises Refused when the sale must stand."""
_UNDELIVERED: Final = "the lead could not be delivered"
_RESUMED: Final = 500
"""The newest undone sales are looked at again at the start, in case the last core stopped before it was through."""


class _Judged(msgspec.Struct):
    """What a frame of reports comes to, while it is being judged."""

    verdicts: list[Verdict] = []
    healths: dict[str, EndpointHealth] = {}
    events: list[Event] = []
    woken: set[str] = set()
    resold: list[tuple[str, str]] = []


class Desk:
    """Leases, judges and keeps."""

    def __init__(
        self, book: Book, store: Store, clock: Clock, bell: Bell, endpoints: Endpoints, parcels: Parcels, undo: Undo
    ) -> None:
        self._book = book
        self._store = store
        self._clock = clock
        self._bell = bell
        self._endpoints = endpoints
        self._parcels = parcels
        self._undo = undo

    async def lease(self, limit: int, lease_ms: int, wait_ms: int, full: Sequence[str]) -> list[Parcel]:
        """Parcels that are due, at most `limit`; waits up to `wait_ms` for the first."""
        ends_us = self._clock.us() + wait_ms * 1_000
        while True:
            rung = self._bell.waiter()
            parcels = await self._take(limit, lease_ms, full)
            full = ()  # put off once: by the time that is over, there may be room again
            left_us = ends_us - self._clock.us()
            if parcels or left_us <= 0:
                return parcels
            await self._until_due(rung, left_us / 1e6)

    async def _until_due(self, rung: "asyncio.Future[None]", left_s: float) -> None:
        """Waits for a new event, for the next repeat to fall due, or for the time that is left."""
        due_ms = await self._store.next_due()
        wait_s = left_s if due_ms is None else min(left_s, max(0.01, (due_ms - self._clock.now_ms()) / 1_000))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await asyncio.shield(rung)

    async def _take(self, limit: int, lease_ms: int, full: Sequence[str]) -> list[Parcel]:
        now_ms = self._clock.now_ms()
        put_off = self._endpoints.put_off(full, now_ms + limits.PUT_OFF_MS, now_ms)
        request = LeaseRequest(self._clock.mint("lse"), limit, now_ms, now_ms + lease_ms, put_off)
        leased = await self._store.lease(request)
        lapsed = [one for one in leased if one.lapsed]
        if lapsed:
            await self._give_up(lapsed)
            leased = [one for one in leased if not one.lapsed]
        for one in leased:
            barred = put_off.get(one.delivery.endpoint_id)
            if barred is not None and barred.probe and not one.delivery.fallback and one.event.type != ENDPOINT_TEST:
                self._endpoints.probing(one.delivery.endpoint_id, request.until_ms)
        return await self._parcels.pack(leased)

    async def _give_up(self, lapsed: Sequence[LeasedDelivery]) -> None:
        judged = _Judged()
        for one in lapsed:
            self._end(judged, one, Next(DeliveryState.DEAD, reason=_TOO_OLD), one.delivery.attempts, None)
        await self._keep(judged)

    async def report(self, attempts: Sequence[Attempt], handed_back: Sequence[tuple[str, str]]) -> int:
        """Judges attempts and takes back what was not attempted, by delivery and lease. Answers how many it took."""
        ids = [*(one.delivery_id for one in attempts), *(delivery_id for delivery_id, _ in handed_back)]
        known = await self._store.deliveries(ids)
        now_ms = self._clock.now_ms()
        judged = _Judged()
        for attempt in attempts:
            leased = known.get(attempt.delivery_id)
            if leased is not None and leased.delivery.lease_id == attempt.lease_id:
                self._judge(judged, leased, attempt, now_ms)
        for delivery_id, lease_id in handed_back:
            leased = known.get(delivery_id)
            if leased is not None:
                delivery = leased.delivery
                verdict = Verdict(
                    delivery_id, lease_id, DeliveryState.PENDING, now_ms, delivery.attempts, fallback=delivery.fallback
                )
                judged.verdicts.append(verdict)
                self._endpoints.unprobed(delivery.endpoint_id, now_ms)
        return await self._keep(judged)

    def _judge(self, judged: _Judged, leased: LeasedDelivery, attempt: Attempt, now_ms: int) -> None:
        delivery, event = leased.delivery, leased.event
        endpoint = self._book.endpoints[delivery.endpoint_id]
        follows = backoff.after(attempt, delivery.attempts + 1, _policy(endpoint, event), event.occurred_ms, now_ms)
        if not delivery.fallback:
            self._watch(judged, endpoint.id, attempt, now_ms)
        self._end(judged, leased, follows, delivery.attempts + 1, attempt)

    def _watch(self, judged: _Judged, endpoint_id: str, attempt: Attempt, now_ms: int) -> None:
        before = self._endpoints.health(endpoint_id)
        failure = f"status {attempt.status_code}" if attempt.status_code else attempt.error
        health, told = self._endpoints.after(endpoint_id, backoff.outcome(attempt), failure, now_ms)
        judged.events += told
        if health != before:
            self._endpoints.put(health)
            judged.healths[endpoint_id] = health
            if before.breaker != BreakerState.CLOSED and health.breaker == BreakerState.CLOSED:
                judged.woken.add(endpoint_id)

    def _end(
        self, judged: _Judged, leased: LeasedDelivery, follows: Next, attempts: int, attempt: Attempt | None
    ) -> None:
        """Adds the verdict; one that was given up becomes what its endpoint wants done with it."""
        delivery, event = leased.delivery, leased.event
        state, due_ms, fallback = follows.state, follows.due_ms, delivery.fallback
        if state == DeliveryState.DEAD:
            match self._action(leased):
                case _ if event.type == ENDPOINT_TEST:
                    state = DeliveryState.DISCARDED
                case DeadLetterAction.EMAIL:
                    state, due_ms, attempts, fallback = DeliveryState.PENDING, self._clock.now_ms(), 0, True
                case DeadLetterAction.PORTAL:
                    state = DeliveryState.PORTAL
                case DeadLetterAction.RESELL:
                    state = DeliveryState.RESOLD
                    judged.resold.append((event.lead_id, event.campaign_id))
                case _:
                    pass
        judged.verdicts.append(
            Verdict(delivery.id, delivery.lease_id, state, due_ms, attempts, follows.reason, fallback, attempt)
        )

    def _action(self, leased: LeasedDelivery) -> DeadLetterAction:
        """What its owner wants done with a sold lead; anything else stays where it is."""
        endpoint = self._book.endpoints[leased.delivery.endpoint_id]
        event = leased.event
        if event.type != LEAD_SOLD or event.owner_id != endpoint.owner_id:
            return DeadLetterAction.KEEP
        action = endpoint.dead_letter_action
        if action is DeadLetterAction.EMAIL and leased.delivery.fallback:
            return DeadLetterAction.KEEP
        if action is DeadLetterAction.RESELL:
            campaign = self._book.campaigns[event.campaign_id]
            # Who accepted the post inside the auction has the lead already.
            return action if campaign.completion == Completion.ON_WIN else DeadLetterAction.KEEP
        return action

    async def _keep(self, judged: _Judged) -> int:
        deliveries = route(judged.events, self._book.endpoints_by_owner, self._clock.ids("dlv"))
        taken = await self._store.report(
            Reported(
                self._clock.now_ms(),
                tuple(judged.verdicts),
                tuple(judged.healths.values()),
                tuple(judged.events),
                deliveries,
                tuple(judged.woken),
            )
        )
        if any(verdict.state == DeliveryState.PENDING for verdict in judged.verdicts):
            self._bell.ring()  # who waits for deliveries must learn when these are due
        await self._undo_sales(judged.resold)
        return taken

    async def _undo_sales(self, sales: Sequence[tuple[str, str]]) -> None:
        for lead_id, campaign_id in sales:
            try:
                await self._undo(lead_id, campaign_id, _UNDELIVERED)
            except Refused as refused:
                _log.warning("the sale of lead %s stands: %s", lead_id, refused.reason.name)

    async def resume(self) -> None:
        """Goes through with what the last core may have left half done."""
        query = DeliveryQuery(limit=_RESUMED, states=(DeliveryState.RESOLD,))
        found = await self._store.delivery_page(query)
        await self._undo_sales([(one.event.lead_id, one.event.campaign_id) for one in found])

    async def enable(self, endpoint_id: str) -> None:
        """Lets an endpoint have its deliveries again, after somebody mended it."""
        now_ms = self._clock.now_ms()
        step = enabled(self._endpoints.health(endpoint_id), now_ms)
        if not step.event_type:
            return
        self._endpoints.put(step.health)
        events = self._endpoints.told(step.health, [ENDPOINT_RECOVERED], now_ms)
        deliveries = route(events, self._book.endpoints_by_owner, self._clock.ids("dlv"))
        await self._store.report(Reported(now_ms, (), (step.health,), tuple(events), deliveries, (endpoint_id,)))


def _policy(endpoint: Endpoint, event: Event) -> RetryPolicy:
    if event.type == ENDPOINT_TEST:
        return TEST_RETRY
    return endpoint.lead_retry if event.type == LEAD_SOLD else endpoint.event_retry
