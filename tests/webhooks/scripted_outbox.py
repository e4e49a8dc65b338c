"""A gRPC server that plays the exchange's outbox by script, and deliveries to put into it."""

import asyncio
import json
from collections import deque
from typing import Any

import grpc

from leadexchange.v1.delivery_pb2 import Delivery, DeliveryMapping, DeliveryReport, DeliveryTarget
from leadexchange.v1.delivery_service_pb2 import (
    LeaseDeliveriesRequest,
    LeaseDeliveriesResponse,
    ReportDeliveriesRequest,
    ReportDeliveriesResponse,
)
from leadexchange.v1.delivery_service_pb2_grpc import DeliveryServiceServicer, add_DeliveryServiceServicer_to_server

KEY = "key_delivery.secret"
_LEASE_S = 6.0  # shorter than the real one, as is everything in tests
_PUT_OFF_S = 0.2
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def delivery(number: int, url: str, *, endpoint_id: str = "ep_a", secrets: tuple[str, ...] = (SECRET,)) -> Delivery:
    event = {"type": "lead.sold", "timestamp": "2026-03-01T09:30:00.250Z", "data": {"lead_id": f"lead_{number}"}}
    return Delivery(
        id=f"dlv_{number}",
        event_id=f"evt_{number}",
        event_type="lead.sold",
        endpoint_id=endpoint_id,
        url=url,
        secrets=secrets,
        body=json.dumps(event).encode(),
        lease_id="lse_1",
        lead_id=f"lead_{number}",
    )


class ScriptedOutbox(DeliveryServiceServicer):
    def __init__(self) -> None:
        self.due: deque[Delivery] = deque()
        self.reports: list[DeliveryReport] = []
        self.report_calls: list[int] = []
        self.leases: list[LeaseDeliveriesRequest] = []
        self.failing: dict[str, grpc.StatusCode] = {}
        self.targets: dict[str, DeliveryTarget] = {}
        """What is told of each target id."""
        self.mappings: dict[str, DeliveryMapping] = {}
        self.port = 0
        self._leased: dict[str, tuple[float, Delivery]] = {}
        self._news = asyncio.Event()
        self._server: Any = None

    async def start(self, port: int = 0) -> None:
        self._server = grpc.aio.server()
        add_DeliveryServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop(None)

    async def LeaseDeliveries(self, request: LeaseDeliveriesRequest, context: Any) -> LeaseDeliveriesResponse:
        await self._check("lease", context)
        self.leases.append(request)
        self._tell()
        waited_ms = 0
        now = asyncio.get_running_loop().time()
        self._lapse(now)
        full = set(request.full_endpoint_ids)
        while not (some := self._some(full, request.max_deliveries)) and waited_ms < request.wait_ms:
            await asyncio.sleep(0.01)
            waited_ms += 10
            now += 0.01
            full = full if waited_ms < _PUT_OFF_S * 1_000 else set()
            self._lapse(now)
        self._leased |= {one.id: (now + _LEASE_S, one) for one in some}
        return LeaseDeliveriesResponse(
            deliveries=some,
            targets=[self.targets[target_id] for target_id in {one.target_id for one in some} & self.targets.keys()],
            mappings=[self.mappings[name] for name in {one.mapping_id for one in some} & self.mappings.keys()],
        )

    def _some(self, full: set[str], most: int) -> list[Delivery]:
        some = [one for one in self.due if one.endpoint_id not in full][:most]
        for one in some:
            self.due.remove(one)
        return some

    def _lapse(self, now: float) -> None:
        for _, one in [leased for leased in self._leased.values() if leased[0] <= now]:
            del self._leased[one.id]
            self.due.append(one)

    async def ReportDeliveries(self, request: ReportDeliveriesRequest, context: Any) -> ReportDeliveriesResponse:
        await self._check("report", context)
        self.reports += request.reports
        self.report_calls.append(len(request.reports))
        for report in request.reports:
            _, leased = self._leased.pop(report.delivery_id, (0.0, None))
            if report.handed_back and leased:
                self.due.append(leased)
        self._tell()
        return ReportDeliveriesResponse(taken=len(request.reports))

    async def _check(self, call: str, context: Any) -> None:
        assert ("authorization", f"Bearer {KEY}") in tuple(context.invocation_metadata())
        if call in self.failing:
            await context.abort(self.failing.pop(call), "failing by script")

    def _tell(self) -> None:
        self._news.set()

    async def until(self, *, reports: int = 0, leases: int = 0, delivered: int = 0) -> None:
        async with asyncio.timeout(40):
            while (
                len(self.reports) < reports
                or len(self.leases) < leases
                or len({report.delivery_id for report in self.reports if report.status_code == 204}) < delivered
            ):
                self._news.clear()
                await self._news.wait()
