"""Leasing deliveries: what is taken, and what is put off."""

import sqlite3
import zlib
from collections.abc import Sequence
from typing import Final

from exchange.domain import limits
from exchange.domain.event import ENDPOINT_TEST, LEAD_SOLD, Delivery, Event
from exchange.store.base import LeasedDelivery, LeaseRequest, PutOff
from exchange.store.sqlite import events as event_log
from exchange.store.sqlite.queries import query

_REPEATS_SHARE: Final = 8
"""The part of a lease that repeats have before first attempts fill it."""
_ROUNDS: Final = 8
"""How often one lease looks again after it put deliveries off; what is left waits for the next lease."""


def lease_each(connection: sqlite3.Connection, requests: Sequence[LeaseRequest]) -> list[list[LeasedDelivery]]:
    """Deliveries that are due, each to one lease."""
    return [_Lease(connection, request).take() for request in requests]


class _Lease:
    """One lease while it is being filled."""

    def __init__(self, connection: sqlite3.Connection, request: LeaseRequest) -> None:
        self._connection = connection
        self._request = request
        self._probed: set[str] = set()
        self._spared: set[str] = set()
        self._leased: list[LeasedDelivery] = []

    def take(self) -> list[LeasedDelivery]:
        limit = self._request.limit
        for lane, most in ((1, limit // _REPEATS_SHARE), (0, limit), (1, limit)):
            for _ in range(_ROUNDS):
                wanted = most - len(self._leased)
                if wanted <= 0 or not self._look(lane, wanted):
                    break
        return sorted(self._leased, key=lambda one: one.event.sequence)

    def _look(self, lane: int, wanted: int) -> bool:
        """Takes or puts off each delivery that is due; False when there was none."""
        request = self._request
        found = self._connection.execute(query("due_deliveries"), (lane, request.now_ms, wanted)).fetchall()
        carried = event_log.by_sequence(self._connection, [row[1] for row in found]) if found else {}
        put_off: list[tuple[int, str]] = []
        taken: list[tuple[int, str, str]] = []
        for delivery_id, sequence, endpoint_id, lead_id, attempts, fallback, blocked_until_ms in found:
            event = carried[sequence]
            lapsed = False
            if blocked_until_ms is not None:
                # It is woken when the one before it has ended.
                put_off.append((max(blocked_until_ms, request.until_ms), delivery_id))
                continue
            # A fallback is another place, and a sample is sent to see whether the endpoint is back.
            spared = fallback or event.type == ENDPOINT_TEST
            barred = None if spared else request.put_off.get(endpoint_id)
            if barred is not None and not self._probes(barred, endpoint_id):
                too_old_ms = event.occurred_ms + _most_age_ms(barred, event)
                lapsed = too_old_ms <= request.now_ms
                if not lapsed:
                    until_ms = barred.until_ms
                    if endpoint_id in self._spared:
                        until_ms += _spread_ms(delivery_id, request.now_ms - event.occurred_ms)
                    self._spared.add(endpoint_id)
                    put_off.append((min(until_ms, too_old_ms), delivery_id))
                    continue
            taken.append((request.until_ms, request.lease_id, delivery_id))
            delivery = Delivery(
                delivery_id,
                event.id,
                endpoint_id,
                request.until_ms,
                attempts,
                lease_id=request.lease_id,
                lead_id=lead_id,
                fallback=bool(fallback),
            )
            self._leased.append(LeasedDelivery(delivery, event, lapsed))
        self._connection.executemany(query("lease_delivery"), taken)
        self._connection.executemany(query("put_off_delivery"), put_off)
        return bool(found)

    def _probes(self, barred: PutOff, endpoint_id: str) -> bool:
        if not barred.probe or endpoint_id in self._probed:
            return False
        self._probed.add(endpoint_id)
        return True


def _spread_ms(delivery_id: str, waited_ms: int) -> int:
    """Up to a quarter of the time that it has waited, at most five minutes; the same each time for the same delivery.

    Were all of an endpoint's put off alike, a long queue would be looked through again and again, every second, while
    the others wait: so the price is the endpoint's rate, and not the length of its queue.
    """
    most_ms = min(max(waited_ms, 0) // 4, limits.MAX_PUT_OFF_MS)
    return most_ms * (zlib.crc32(delivery_id.encode()) & 0xFFFF) >> 16


def _most_age_ms(barred: PutOff, event: Event) -> int:
    return barred.lead_age_ms if event.type == LEAD_SOLD else barred.event_age_ms
