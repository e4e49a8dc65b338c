"""A core's latency ledger (TelemetryService), read over the contract."""

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

import grpc
import msgspec

from exchange.domain import limits
from exchange.domain.errors import ExchangeError
from exchange.domain.metrics import Phase
from leadexchange.v1.telemetry_service_pb2 import GetTelemetryRequest, GetTelemetryResponse
from leadexchange.v1.telemetry_service_pb2_grpc import TelemetryServiceStub

Buckets: TypeAlias = Counter[int]
"""How many auctions a phase took so long, by the longest time in microseconds that their bucket holds."""

BUDGETS_MS = {
    Phase.PING_SENT: limits.PING_SENT_BUDGET_MS,
    Phase.BIDS: limits.BIDS_IN_BUDGET_MS,
    Phase.RANK: limits.POST_SENT_BUDGET_MS,
    Phase.POST_ACCEPTED: limits.POST_ACCEPTED_BUDGET_MS,
    Phase.TOTAL: limits.TOTAL_BUDGET_MS,
}
"""Requirement A7."""

_CALL_S = 10.0


class Reading(msgspec.Struct, frozen=True):
    """What a core counted up to a moment, or between two."""

    started_ms: int
    """When the core started, Unix ms."""
    counts: Counter[str]
    phases: Mapping[Phase, Buckets]

    def since(self, before: "Reading") -> "Reading":
        """What came after an earlier reading. Raises ExchangeError when the core was started anew in between."""
        if before.started_ms != self.started_ms:
            raise ExchangeError("the core was started anew while it was measured")
        phases = {phase: buckets - before.phases.get(phase, Counter()) for phase, buckets in self.phases.items()}
        return Reading(self.started_ms, self.counts - before.counts, phases)


async def read(channel: grpc.aio.Channel, operator_key: str) -> Reading:
    """Everything since the core's start. Raises grpc.aio.AioRpcError."""
    metadata = (("authorization", f"Bearer {operator_key}"),)
    stub = TelemetryServiceStub(channel)
    return reading(await stub.GetTelemetry(GetTelemetryRequest(), metadata=metadata, timeout=_CALL_S))


def reading(message: GetTelemetryResponse) -> Reading:
    """A reading as the contract has it."""
    phases = {
        Phase(one.phase): Counter({bucket.up_to_us: bucket.count for bucket in one.buckets}) for one in message.phases
    }
    return Reading(message.started_at.ToMilliseconds(), Counter(message.counts), phases)


def percentile_ms(buckets: Buckets, percent: float) -> float:
    """The ms that so many percent do not exceed, at most 3.2 % too high; 0 of none."""
    left = percent / 100 * buckets.total()
    for up_to_us, count in sorted(buckets.items()):
        left -= count
        if left <= 0:
            return up_to_us / 1_000
    return 0.0
