"""Leases deliveries, has them attempted, reports. Any number of these may run; one that dies loses nothing."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable
from typing import Final

import grpc

from adapters.common.core import credential
from adapters.webhooks import mail
from adapters.webhooks.lanes import Held, Lanes
from adapters.webhooks.outgoing import Reports
from adapters.webhooks.sender import Sender
from adapters.webhooks.targets import DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT_MS
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryReport, DeliveryTarget
from leadexchange.v1.delivery_service_pb2 import LeaseDeliveriesRequest, LeaseDeliveriesResponse
from leadexchange.v1.delivery_service_pb2_grpc import DeliveryServiceStub

_SPARE_MS: Final = 10_000  # what a lease lasts beyond an attempt: to wait for its turn and be reported
_MAX_LEASE_MS: Final = 60_000  # the contract's bound
_REPORTED_S: Final = 1.0  # what is left of a lease after an attempt, for its report
_MAX_LEASE: Final = 256  # few enough that a busy lane is noticed in time
_WAIT_MS: Final = 20_000
_WAIT_FULL_MS: Final = 500  # while a lane is full: it may have room again any moment
_FULL_S: Final = 0.05
_CALL_S: Final = 5.0
_STOP_S: Final = 12.0  # what is under way when told to stop may take; the supervisor waits longer
_FIRST_DELAY_S: Final = 0.1
_LAST_DELAY_S: Final = 5.0

_MAILBOX: Final = DeliveryTarget(timeout_ms=int(mail.TIMEOUT_S * 1_000), max_concurrency=mail.MAX_AT_ONCE)
_PLAIN: Final = DeliveryTarget(timeout_ms=DEFAULT_TIMEOUT_MS, max_concurrency=DEFAULT_CONCURRENCY)

log = logging.getLogger(__name__)


class Dispatcher:
    """The life of a delivery process. `counts` has attempts by status or error, and what was handed back."""

    def __init__(
        self, channel: grpc.aio.Channel, key: str, sender: Sender, *, on_ready: Callable[[], None] = lambda: None
    ) -> None:
        """`on_ready` is called when the exchange first answers."""
        self._stub = DeliveryServiceStub(channel)
        self._metadata = credential(key)
        self._sender = sender
        self._on_ready: Callable[[], None] | None = on_ready
        self._loop = asyncio.get_running_loop()
        self._lanes = Lanes(self._begin, self._hand_back, self._later)
        self._reports = Reports(self._stub, self._metadata)
        self._attempts: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._longest_ms = DEFAULT_TIMEOUT_MS
        self.counts: Counter[str] = Counter()

    async def run(self, stopping: asyncio.Event) -> None:
        """Delivers until told to stop; what is under way is finished and reported first, what waits is handed back."""
        leasing = asyncio.create_task(self._lease())
        reporting = asyncio.create_task(self._reports.run())
        stopped = asyncio.create_task(stopping.wait())
        try:
            done, _ = await asyncio.wait((leasing, reporting, stopped), return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopped}:
                await task  # only by a fault of this class
            leasing.cancel()
            self._lanes.stop()
            if self._attempts:
                await asyncio.wait(self._attempts, timeout=_STOP_S)
            self._reports.finish()
            await asyncio.wait((reporting,), timeout=_CALL_S)
        finally:
            for task in (leasing, reporting, stopped, *self._attempts):
                task.cancel()
            await asyncio.gather(leasing, reporting, stopped, *self._attempts, return_exceptions=True)
            log.info("stopped: %s", dict(self.counts))

    async def _lease(self) -> None:
        delay_s, wait_ms = _FIRST_DELAY_S, 0
        while True:
            room = await self._await_room()
            lease_ms = min(self._longest_ms + _SPARE_MS, _MAX_LEASE_MS)
            full = self._lanes.full(self._loop.time())
            request = LeaseDeliveriesRequest(
                max_deliveries=min(room, _MAX_LEASE),
                lease_ms=lease_ms,
                wait_ms=min(wait_ms, _WAIT_FULL_MS) if full else wait_ms,
                full_endpoint_ids=full,
            )
            try:
                answer: LeaseDeliveriesResponse = await self._stub.LeaseDeliveries(
                    request, metadata=self._metadata, timeout=_CALL_S + wait_ms / 1_000
                )
            except grpc.aio.AioRpcError as error:
                log.warning("leasing: %s, %s", error.code().name, error.details())
                await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))
                delay_s, wait_ms = min(delay_s * 2, _LAST_DELAY_S), 0
                continue
            if self._on_ready:
                self._on_ready()
                self._on_ready = None
            delay_s, wait_ms = _FIRST_DELAY_S, _WAIT_MS
            self._take(answer, lease_ms)

    def _take(self, answer: LeaseDeliveriesResponse, lease_ms: int) -> None:
        targets = {target.id: target for target in answer.targets}
        mappings = {mapping.id: mapping for mapping in answer.mappings}
        self._longest_ms = max([self._longest_ms, *(target.timeout_ms for target in answer.targets)])
        now = self._loop.time()
        for delivery in answer.deliveries:
            target = targets.get(delivery.target_id) or _default(delivery)
            # One whose time does not fit the lease is handed back, and leased for longer from now on.
            ends = now + (lease_ms - target.timeout_ms) / 1_000 - _REPORTED_S
            self._lanes.take(Held(delivery, target, ends, mappings.get(delivery.mapping_id)), now)

    async def _await_room(self) -> int:
        while (room := self._lanes.make_room(self._loop.time()) - len(self._reports)) <= 0:
            self._room.clear()
            try:
                await asyncio.wait_for(self._room.wait(), _FULL_S)
            except TimeoutError:
                continue  # a lane may have become slow meanwhile, and is waited for no longer
        return room

    def _begin(self, held: Held) -> None:
        attempt = asyncio.create_task(self._attempt(held))
        self._attempts.add(attempt)  # the loop itself holds tasks only weakly
        attempt.add_done_callback(self._attempts.discard)

    def _hand_back(self, held: Held) -> None:
        self.counts["handed back"] += 1
        delivery = held.delivery
        self._reports.add(DeliveryReport(delivery_id=delivery.id, lease_id=delivery.lease_id, handed_back=True))

    def _later(self, at: float, lane: str) -> None:
        self._loop.call_at(at, lambda: self._lanes.advance(lane, max(at, self._loop.time())))

    async def _attempt(self, held: Held) -> None:
        try:
            report = await self._sender.attempt(held.delivery, held.target, held.mapping)
        finally:
            self._lanes.done(held, self._loop.time())
            self._room.set()
        self.counts[report.error or str(report.status_code)] += 1
        self._reports.add(report)


def _default(delivery: Delivery) -> DeliveryTarget:
    return _MAILBOX if delivery.url.startswith("mailto:") else _PLAIN
