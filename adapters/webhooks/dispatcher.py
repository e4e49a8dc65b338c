"""Leases deliveries, has them attempted, reports. Any number of these may run; one that dies loses nothing."""

import asyncio
import logging
import random
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

import grpc

from adapters.common.core import credential
from adapters.webhooks.lanes import Held, Lanes
from adapters.webhooks.sender import TIMEOUT_S, Sender
from leadexchange.v1.delivery_pb2 import DeliveryReport
from leadexchange.v1.delivery_service_pb2 import (
    LeaseDeliveriesRequest,
    LeaseDeliveriesResponse,
    ReportDeliveriesRequest,
)
from leadexchange.v1.delivery_service_pb2_grpc import DeliveryServiceStub

_LEASE_MS: Final = 15_000  # an attempt's 5 s, and as much again to wait for its turn and be reported
_REPORTED_S: Final = 1.0  # what is left of a lease after an attempt, for its report
_MAX_LEASE: Final = 256  # few enough that a busy lane is noticed in time
_WAIT_MS: Final = 20_000
_MAX_REPORTS: Final = 500  # the contract's bound
_FULL_S: Final = 0.05
_CALL_S: Final = 5.0
_FIRST_DELAY_S: Final = 0.1
_LAST_DELAY_S: Final = 5.0

log = logging.getLogger(__name__)


class Dispatcher:
    """The life of a delivery process. `counts` has attempts by status or error."""

    def __init__(
        self, channel: grpc.aio.Channel, key: str, sender: Sender, *, on_ready: Callable[[], None] = lambda: None
    ) -> None:
        """`on_ready` is called when the exchange first answers."""
        self._stub = DeliveryServiceStub(channel)
        self._metadata = credential(key)
        self._sender = sender
        self._on_ready: Callable[[], None] | None = on_ready
        self._loop = asyncio.get_running_loop()
        self._lanes = Lanes(self._begin)
        self._attempts: set[asyncio.Task[None]] = set()
        self._reports: deque[DeliveryReport] = deque()
        self._to_report = asyncio.Event()
        self._room = asyncio.Event()
        self._finishing = False
        self.counts: Counter[str] = Counter()

    async def run(self, stopping: asyncio.Event) -> None:
        """Delivers until told to stop; what is under way is finished and reported first."""
        leasing = asyncio.create_task(self._lease())
        reporting = asyncio.create_task(self._report())
        stopped = asyncio.create_task(stopping.wait())
        try:
            done, _ = await asyncio.wait((leasing, reporting, stopped), return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopped}:
                await task  # only by a fault of this class
            leasing.cancel()
            self._lanes.stop()
            await asyncio.gather(*self._attempts)
            self._finishing = True
            self._to_report.set()
            await asyncio.wait((reporting,), timeout=_CALL_S)
        finally:
            for task in (leasing, reporting, stopped, *self._attempts):
                task.cancel()
            await asyncio.gather(leasing, reporting, stopped, return_exceptions=True)
            log.info("stopped: %s, %d left to their leases", dict(self.counts), self._lanes.shed)

    async def _lease(self) -> None:
        delay_s, wait_ms = _FIRST_DELAY_S, 0
        while True:
            room = await self._await_room()
            request = LeaseDeliveriesRequest(max_deliveries=min(room, _MAX_LEASE), lease_ms=_LEASE_MS, wait_ms=wait_ms)
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
            now = self._loop.time()
            ends = now + _LEASE_MS / 1_000 - TIMEOUT_S - _REPORTED_S
            for delivery in answer.deliveries:
                self._lanes.take(Held(delivery, ends), now)

    async def _await_room(self) -> int:
        while (room := self._lanes.room(self._loop.time()) - len(self._reports)) <= 0:
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

    async def _attempt(self, held: Held) -> None:
        try:
            report = await self._sender.attempt(held.delivery)
        finally:
            self._lanes.done(held, self._loop.time())
            self._room.set()
        self.counts[str(report.status_code) if report.status_code else report.error] += 1
        self._reports.append(report)
        self._to_report.set()

    async def _report(self) -> None:
        delay_s = _FIRST_DELAY_S
        while True:
            while self._reports:
                if await self._send_reports():
                    delay_s = _FIRST_DELAY_S
                else:
                    await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))
                    delay_s = min(delay_s * 2, _LAST_DELAY_S)
            if self._finishing:
                return
            await self._to_report.wait()
            self._to_report.clear()

    async def _send_reports(self) -> bool:
        """Sends what is ready; False when it could not be, and is kept."""
        batch = [self._reports.popleft() for _ in range(min(len(self._reports), _MAX_REPORTS))]
        try:
            await self._stub.ReportDeliveries(
                ReportDeliveriesRequest(reports=batch), metadata=self._metadata, timeout=_CALL_S
            )
        except grpc.aio.AioRpcError as error:
            log.warning("reporting: %s, %s", error.code().name, error.details())
            if error.code() is not grpc.StatusCode.INVALID_ARGUMENT:  # what is wrong stays wrong; its lease lapses
                self._reports.extendleft(reversed(batch))
                return False
        return True
