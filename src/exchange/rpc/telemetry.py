"""TelemetryService: what this core counted, and how long its auctions took."""

from exchange.access.authority import Action
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.domain.metrics import Metrics
from exchange.domain.principal import Principal
from exchange.rpc.calls import Context, Service, unary
from exchange.rpc.convert.times import put_timestamp
from leadexchange.v1 import telemetry_service_pb2 as pb
from leadexchange.v1.telemetry_service_pb2_grpc import TelemetryServiceServicer


class Telemetry(Service, TelemetryServiceServicer):
    """Reads the metrics."""

    def __init__(self, keys: KeyRing, clock: Clock, metrics: Metrics) -> None:
        super().__init__(keys, clock)
        self._metrics = metrics
        self._started_ms = clock.now_ms()

    @unary(Action.READ_TELEMETRY)
    async def GetTelemetry(
        self, request: pb.GetTelemetryRequest, caller: Principal, context: Context
    ) -> pb.GetTelemetryResponse:
        """Everything."""
        response = pb.GetTelemetryResponse(counts=self._metrics.counts)
        put_timestamp(response.started_at, self._started_ms)
        for phase, histogram in self._metrics.latencies().items():
            buckets = [pb.LatencyBucket(up_to_us=up_to_us, count=count) for up_to_us, count in histogram.buckets()]
            if buckets:
                response.phases.add(phase=phase.value, buckets=buckets)
        return response
