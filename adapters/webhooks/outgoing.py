"""Reports on their way to the core: in frames, in order, kept while it is away."""

import asyncio
import logging
import random
from collections import deque
from typing import Final

import grpc

from leadexchange.v1.delivery_pb2 import DeliveryReport
from leadexchange.v1.delivery_service_pb2 import ReportDeliveriesRequest
from leadexchange.v1.delivery_service_pb2_grpc import DeliveryServiceStub

_MAX_REPORTS: Final = 500  # the contract's bound
_MAX_FRAME_BYTES: Final = 768 * 1024  # the core takes messages of 1 MiB; one report is at most some 32 KiB
_CALL_S: Final = 5.0
_FIRST_DELAY_S: Final = 0.1
_LAST_DELAY_S: Final = 5.0

log = logging.getLogger(__name__)


class Reports:
    """What is to be reported; as much as was leased, so that its bound is the lanes'."""

    def __init__(self, stub: DeliveryServiceStub, metadata: tuple[tuple[str, str], ...]) -> None:
        self._stub = stub
        self._metadata = metadata
        self._waiting: deque[DeliveryReport] = deque()
        self._news = asyncio.Event()
        self._finishing = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, report: DeliveryReport) -> None:
        """Takes one more."""
        self._waiting.append(report)
        self._news.set()

    def finish(self) -> None:
        """No more will come: `run` ends when all are sent."""
        self._finishing = True
        self._news.set()

    async def run(self) -> None:
        """Sends."""
        delay_s = _FIRST_DELAY_S
        while True:
            while self._waiting:
                if await self._send():
                    delay_s = _FIRST_DELAY_S
                else:
                    await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))
                    delay_s = min(delay_s * 2, _LAST_DELAY_S)
            if self._finishing:
                return
            await self._news.wait()
            self._news.clear()

    async def _send(self) -> bool:
        """Sends a frame; False when it could not be, and is kept."""
        frame = self._frame()
        try:
            await self._stub.ReportDeliveries(
                ReportDeliveriesRequest(reports=frame), metadata=self._metadata, timeout=_CALL_S
            )
        except grpc.aio.AioRpcError as error:
            log.warning("reporting: %s, %s", error.code().name, error.details())
            if error.code() is not grpc.StatusCode.INVALID_ARGUMENT:  # what is wrong stays wrong; its lease lapses
                self._waiting.extendleft(reversed(frame))
                return False
        return True

    def _frame(self) -> list[DeliveryReport]:
        frame: list[DeliveryReport] = []
        left = _MAX_FRAME_BYTES
        while self._waiting and len(frame) < _MAX_REPORTS:
            left -= self._waiting[0].ByteSize()
            if left < 0 and frame:
                break
            frame.append(self._waiting.popleft())
        return frame
