"""Leasing deliveries: those that are due, each to one, whichever core it asks."""

import zlib
from collections.abc import Sequence
from typing import Final

from exchange.domain import limits
from exchange.domain.event import ENDPOINT_TEST, LEAD_SOLD, Delivery, Event
from exchange.store.base import LeasedDelivery, LeaseRequest, PutOff
from exchange.store.postgres import events as event_log
from exchange.store.postgres.queries import Connection, Row, change, columns, fetch, query
from exchange.store.postgres.writer import Transaction

_REPEATS_SHARE: Final = 8
"""The part of a lease that repeats have before first attempts fill it."""
_ROUNDS: Final = 8
"""How often one lease looks again after it put deliveries off; what is left waits for the next lease."""
_LEASED: Final = ("id", "due_ms", "lease_id")


async def lease_each(transaction: Transaction, requests: Sequence[LeaseRequest]) -> list[list[LeasedDelivery]]:
    """Leases, one after another. Deliveries that another core is about to lease are passed over."""
    return [await _Lease(transaction.connection, request).take() for request in requests]


class _Lease:
    """One lease while it is being filled."""

    def __init__(self, connection: Connection, request: LeaseRequest) -> None:
        self._connection = connection
        self._request = request
        self._probed: set[str] = set()
        self._spared: set[str] = set()
        self._leased: list[LeasedDelivery] = []

    async def take(self) -> list[LeasedDelivery]:
        limit = self._request.limit
        for lane, most in ((1, limit // _REPEATS_SHARE), (0, limit), (1, limit)):
            for _ in range(_ROUNDS):
                wanted = most - len(self._leased)
                if wanted <= 0 or not await self._look(lane, wanted):
                    break
        return sorted(self._leased, key=lambda one: one.event.sequence)

    async def _look(self, lane: int, wanted: int) -> bool:
        """Takes or puts off each delivery that is due; False when there was none."""
        asked = {"lane": lane, "now_ms": self._request.now_ms, "limit": wanted}
        found = await fetch(self._connection, query("due_deliveries"), asked)
        if not found:
            return False
        carried = await event_log.by_sequence(self._connection, [row[1] for row in found])
        changed = [self._judge(row, carried[row[1]]) for row in found]
        await change(self._connection, query("lease_deliveries"), columns(changed, _LEASED))
        return True

    def _judge(self, row: Row, event: Event) -> Row:
        """Whether a delivery is taken: when it is due next, and under which lease."""
        request = self._request
        delivery_id, _, endpoint_id, lead_id, attempts, fallback, blocked_until_ms = row
        if blocked_until_ms is not None:
            # It is woken when the one before it has ended.
            return (delivery_id, max(blocked_until_ms, request.until_ms), "")
        # A fallback is another place, and a sample is sent to see whether the endpoint is back.
        spared = fallback or event.type == ENDPOINT_TEST
        barred = None if spared else request.put_off.get(endpoint_id)
        lapsed = False
        if barred is not None and not self._probes(barred, endpoint_id):
            too_old_ms = event.occurred_ms + _most_age_ms(barred, event)
            lapsed = too_old_ms <= request.now_ms
            if not lapsed:
                until_ms = barred.until_ms
                if endpoint_id in self._spared:
                    until_ms += _spread_ms(delivery_id, request.now_ms - event.occurred_ms)
                self._spared.add(endpoint_id)
                return (delivery_id, min(until_ms, too_old_ms), "")
        delivery = Delivery(
            delivery_id,
            event.id,
            endpoint_id,
            request.until_ms,
            attempts,
            lease_id=request.lease_id,
            lead_id=lead_id,
            fallback=fallback,
        )
        self._leased.append(LeasedDelivery(delivery, event, lapsed))
        return (delivery_id, request.until_ms, request.lease_id)

    def _probes(self, barred: PutOff, endpoint_id: str) -> bool:
        if not barred.probe or endpoint_id in self._probed:
            return False
        self._probed.add(endpoint_id)
        return True


def _spread_ms(delivery_id: str, waited_ms: int) -> int:
    """Up to a quarter of the time that it has waited, at most five minutes; the same each time for the same delivery.

    So a long queue of one endpoint is not looked through every second while the others wait.
    """
    most_ms = min(max(waited_ms, 0) // 4, limits.MAX_PUT_OFF_MS)
    return most_ms * (zlib.crc32(delivery_id.encode()) & 0xFFFF) >> 16


def _most_age_ms(barred: PutOff, event: Event) -> int:
    return barred.lead_age_ms if event.type == LEAD_SOLD else barred.event_age_ms
