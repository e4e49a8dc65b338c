"""The gRPC server: services, health and reflection."""

import asyncio
from collections.abc import Sequence
from typing import Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from exchange.domain import limits
from exchange.domain.errors import ConfigError
from exchange.rpc.access import Access
from exchange.rpc.bidders import BidStreams
from exchange.rpc.catalog import CatalogItems
from exchange.rpc.deliveries import Deliveries
from exchange.rpc.events import Events
from exchange.rpc.feedback import FeedbackCalls
from exchange.rpc.leads import Leads
from exchange.rpc.ledger import Ledger
from exchange.rpc.listeners import connections, stop_listening
from exchange.rpc.mappings import Mappings
from exchange.rpc.outbox import Outbox
from exchange.rpc.policies import Policies
from exchange.rpc.relay import Relay
from exchange.rpc.reports import Reports
from exchange.rpc.submission import Submissions
from exchange.rpc.suppressions import Suppressions
from exchange.rpc.telemetry import Telemetry
from leadexchange.v1 import (
    access_service_pb2,
    access_service_pb2_grpc,
    bidder_service_pb2,
    bidder_service_pb2_grpc,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    delivery_service_pb2,
    delivery_service_pb2_grpc,
    event_service_pb2,
    event_service_pb2_grpc,
    feedback_service_pb2,
    feedback_service_pb2_grpc,
    lead_service_pb2,
    lead_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    mapping_service_pb2,
    mapping_service_pb2_grpc,
    outbox_service_pb2,
    outbox_service_pb2_grpc,
    policy_service_pb2,
    policy_service_pb2_grpc,
    relay_service_pb2,
    relay_service_pb2_grpc,
    report_service_pb2,
    report_service_pb2_grpc,
    submission_service_pb2,
    submission_service_pb2_grpc,
    suppression_service_pb2,
    suppression_service_pb2_grpc,
    telemetry_service_pb2,
    telemetry_service_pb2_grpc,
)

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", limits.MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", 16 * 1024),
    # Calls that came and were not come round to: what is beyond is refused by gRPC itself, as cancelled.
    ("grpc.server.max_pending_requests", limits.MAX_PENDING_CALLS),
    ("grpc.server.max_pending_requests_hard_limit", 2 * limits.MAX_PENDING_CALLS),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),  # bidders behind firewalls keep their streams alive
)

_JITTER: Final = 1.2  # gRPC ends connections up to a tenth later than it was told
_STEP_S: Final = 0.2

Servicer = (
    Access
    | BidStreams
    | CatalogItems
    | Deliveries
    | Events
    | FeedbackCalls
    | Leads
    | Ledger
    | Mappings
    | Outbox
    | Policies
    | Relay
    | Reports
    | Submissions
    | Suppressions
    | Telemetry
)

_ADDERS: Final = {
    Access: (access_service_pb2_grpc.add_AccessServiceServicer_to_server, access_service_pb2),
    BidStreams: (bidder_service_pb2_grpc.add_BidderServiceServicer_to_server, bidder_service_pb2),
    CatalogItems: (catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, catalog_service_pb2),
    Deliveries: (delivery_service_pb2_grpc.add_DeliveryServiceServicer_to_server, delivery_service_pb2),
    Events: (event_service_pb2_grpc.add_EventServiceServicer_to_server, event_service_pb2),
    FeedbackCalls: (feedback_service_pb2_grpc.add_FeedbackServiceServicer_to_server, feedback_service_pb2),
    Leads: (lead_service_pb2_grpc.add_LeadServiceServicer_to_server, lead_service_pb2),
    Ledger: (ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server, ledger_service_pb2),
    Outbox: (outbox_service_pb2_grpc.add_OutboxServiceServicer_to_server, outbox_service_pb2),
    Mappings: (mapping_service_pb2_grpc.add_MappingServiceServicer_to_server, mapping_service_pb2),
    Policies: (policy_service_pb2_grpc.add_PolicyServiceServicer_to_server, policy_service_pb2),
    Relay: (relay_service_pb2_grpc.add_RelayServiceServicer_to_server, relay_service_pb2),
    Reports: (report_service_pb2_grpc.add_ReportServiceServicer_to_server, report_service_pb2),
    Submissions: (submission_service_pb2_grpc.add_SubmissionServiceServicer_to_server, submission_service_pb2),
    Suppressions: (suppression_service_pb2_grpc.add_SuppressionServiceServicer_to_server, suppression_service_pb2),
    Telemetry: (telemetry_service_pb2_grpc.add_TelemetryServiceServicer_to_server, telemetry_service_pb2),
}


class _ByName:
    """A server as generated code fills it, for methods that are found by name alone.

    Generated code registers each method besides. A grpc.aio server then keeps a queue of calls for each, and waits for
    all of them anew whenever a call comes in: with our hundred methods that costs a fifth of an auction (grpc pull
    request 43461). Submissions and health checks have queues of their own nevertheless: a rush of the ones must not
    delay the others, nor whatever else is called.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self.add_generic_rpc_handlers = server.add_generic_rpc_handlers

    def add_registered_method_handlers(self, service: str, handlers: object) -> None:
        """Leaves them to be found by name."""


class Server:
    """Serves, on one address or several, until it is stopped."""

    def __init__(self, servicers: Sequence[Servicer]) -> None:
        self._servicers = servicers
        self._servers: list[grpc.aio.Server] = []
        self._shared: dict[int, float] = {}
        """Ports that others listen on as well, and after how many s at most connections there have ended."""
        self._health = health.aio.HealthServicer()
        self._names = [health.SERVICE_NAME, reflection.SERVICE_NAME]
        for servicer in servicers:
            _, module = _ADDERS[type(servicer)]
            self._names += [service.full_name for service in module.DESCRIPTOR.services_by_name.values()]

    async def start(self, listen: str, *, shared_s: int = 0) -> str:
        """Binds an address and serves on it; answers with the address that was bound.

        With `shared_s` others may listen on the port as well. Each connection is then ended, without any call on it
        being disturbed, after so many s: callers open another, which may be to any of those who listen.

        Raises ConfigError when the address is taken.
        """
        # Two cores on one port by mistake must fail, not share it.
        options = [*_OPTIONS, ("grpc.so_reuseport", 1 if shared_s else 0)]
        if shared_s:
            options.append(("grpc.max_connection_age_ms", shared_s * 1_000))
        server = grpc.aio.server(options=options)
        for servicer in self._servicers:
            into = server if isinstance(servicer, Submissions) else _ByName(server)
            _ADDERS[type(servicer)][0](servicer, into)  # type: ignore[operator]
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        reflection.enable_server_reflection(self._names, server)
        try:
            port = server.add_insecure_port(listen)
        except RuntimeError as error:
            raise ConfigError(f"grpc: cannot listen on {listen}") from error
        await server.start()
        self._servers.append(server)
        if shared_s:
            self._shared[port] = shared_s * _JITTER
        await self._report(serving=True)
        return f"{listen.rpartition(':')[0]}:{port}"

    async def _report(self, *, serving: bool) -> None:
        statuses = health_pb2.HealthCheckResponse
        status = statuses.SERVING if serving else statuses.NOT_SERVING
        for name in ("", *self._names):
            await self._health.set(name, status)

    async def draining(self) -> None:
        """Tells health checks that new work should go elsewhere."""
        await self._report(serving=False)

    async def hand_over(self) -> None:
        """Leaves shared ports to the others who listen there; until callers have moved over, they are served."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + max(self._shared.values(), default=0.0)
        for port in self._shared:
            stop_listening(port)
        while any(map(connections, self._shared)) and loop.time() < ends:  # noqa: ASYNC110 - gRPC tells of none
            await asyncio.sleep(_STEP_S)

    async def stop(self, grace_s: float) -> None:
        """Ends open calls, giving them the grace."""
        await asyncio.gather(*(server.stop(grace_s) for server in self._servers))
