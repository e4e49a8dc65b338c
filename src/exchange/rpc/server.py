"""The gRPC server: services, health and reflection."""

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
from exchange.rpc.mappings import Mappings
from exchange.rpc.outbox import Outbox
from exchange.rpc.policies import Policies
from exchange.rpc.reports import Reports
from exchange.rpc.submission import Submissions
from exchange.rpc.suppressions import Suppressions
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
    report_service_pb2,
    report_service_pb2_grpc,
    submission_service_pb2,
    submission_service_pb2_grpc,
    suppression_service_pb2,
    suppression_service_pb2_grpc,
)

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", limits.MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.so_reuseport", 0),  # two cores on one port by mistake must fail, not share it
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),  # bidders behind firewalls keep their streams alive
)

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
    | Reports
    | Submissions
    | Suppressions
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
    Reports: (report_service_pb2_grpc.add_ReportServiceServicer_to_server, report_service_pb2),
    Submissions: (submission_service_pb2_grpc.add_SubmissionServiceServicer_to_server, submission_service_pb2),
    Suppressions: (suppression_service_pb2_grpc.add_SuppressionServiceServicer_to_server, suppression_service_pb2),
}


class Server:
    """Serves until it is stopped."""

    def __init__(self, servicers: Sequence[Servicer]) -> None:
        self._server = grpc.aio.server(options=_OPTIONS)
        names = [health.SERVICE_NAME, reflection.SERVICE_NAME]
        for servicer in servicers:
            add, module = _ADDERS[type(servicer)]
            add(servicer, self._server)  # type: ignore[operator]
            names += [service.full_name for service in module.DESCRIPTOR.services_by_name.values()]
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(names, self._server)
        self._names = names

    async def start(self, listen: str) -> str:
        """Binds and serves; answers with the address that was bound. Raises ConfigError when it is taken."""
        host = listen.rpartition(":")[0]
        try:
            port = self._server.add_insecure_port(listen)
        except RuntimeError as error:
            raise ConfigError(f"grpc.listen: cannot listen on {listen}") from error
        await self._server.start()
        await self._report(serving=True)
        return f"{host}:{port}"

    async def _report(self, *, serving: bool) -> None:
        statuses = health_pb2.HealthCheckResponse
        status = statuses.SERVING if serving else statuses.NOT_SERVING
        for name in ("", *self._names):
            await self._health.set(name, status)

    async def draining(self) -> None:
        """Tells health checks that new work should go elsewhere."""
        await self._report(serving=False)

    async def stop(self, grace_s: float) -> None:
        """Ends open calls, giving them the grace."""
        await self._server.stop(grace_s)
