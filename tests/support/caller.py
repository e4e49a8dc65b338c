"""A caller of the exchange: every stub of the contract, with one key on each call."""

from collections.abc import Callable
from typing import Any, Final, cast

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from leadexchange.v1.access_service_pb2_grpc import AccessServiceStub
from leadexchange.v1.bidder_service_pb2_grpc import BidderServiceStub
from leadexchange.v1.catalog_service_pb2_grpc import CatalogServiceStub
from leadexchange.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from leadexchange.v1.event_service_pb2_grpc import EventServiceStub
from leadexchange.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from leadexchange.v1.lead_service_pb2_grpc import LeadServiceStub
from leadexchange.v1.ledger_service_pb2_grpc import LedgerServiceStub
from leadexchange.v1.mapping_service_pb2_grpc import MappingServiceStub
from leadexchange.v1.outbox_service_pb2_grpc import OutboxServiceStub
from leadexchange.v1.policy_service_pb2_grpc import PolicyServiceStub
from leadexchange.v1.report_service_pb2_grpc import ReportServiceStub
from leadexchange.v1.submission_service_pb2_grpc import SubmissionServiceStub
from leadexchange.v1.suppression_service_pb2_grpc import SuppressionServiceStub
from leadexchange.v1.telemetry_service_pb2_grpc import TelemetryServiceStub

_UNARY_S: Final = 20.0  # a call that hangs fails its test and not the run
_CHANNEL: Final = (
    ("grpc.use_local_subchannel_pool", 1),  # no connection outlives the test that made it
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
)


def connect(address: str) -> grpc.aio.Channel:
    """A channel of its own to `host:port`."""
    return grpc.aio.insecure_channel(address, options=_CHANNEL)


class _Keyed:
    """A channel as stubs see it, whose calls carry a key and, when unary, a time limit."""

    def __init__(self, channel: grpc.aio.Channel, key: str | None) -> None:
        self._channel = channel
        self._metadata = (("authorization", f"Bearer {key}"),) if key is not None else ()

    def _with(self, multicallable: Any, **defaults: Any) -> Callable[..., Any]:
        def call(*request: Any, **options: Any) -> Any:
            metadata = (*self._metadata, *(options.pop("metadata", None) or ()))
            return multicallable(*request, **{**defaults, **options, "metadata": metadata})

        return call

    def unary_unary(self, *method: Any, **how: Any) -> Callable[..., Any]:
        return self._with(self._channel.unary_unary(*method, **how), timeout=_UNARY_S)

    def unary_stream(self, *method: Any, **how: Any) -> Callable[..., Any]:
        return self._with(self._channel.unary_stream(*method, **how))

    def stream_unary(self, *method: Any, **how: Any) -> Callable[..., Any]:
        return self._with(self._channel.stream_unary(*method, **how), timeout=_UNARY_S)

    def stream_stream(self, *method: Any, **how: Any) -> Callable[..., Any]:
        return self._with(self._channel.stream_stream(*method, **how))


class Caller:
    """One party at the end of a real channel: `await caller.leads.GetLead(…)`.

    Args:
        channel: Shared with other callers; whoever made it closes it.
        key: The API key; None calls without any.
    """

    def __init__(self, channel: grpc.aio.Channel, key: str | None) -> None:
        self.channel = channel
        self.key = key
        keyed = cast("grpc.aio.Channel", _Keyed(channel, key))
        self.submission = SubmissionServiceStub(keyed)
        self.leads = LeadServiceStub(keyed)
        self.catalog = CatalogServiceStub(keyed)
        self.access = AccessServiceStub(keyed)
        self.events = EventServiceStub(keyed)
        self.deliveries = DeliveryServiceStub(keyed)
        self.outbox = OutboxServiceStub(keyed)
        self.bidders = BidderServiceStub(keyed)
        self.mappings = MappingServiceStub(keyed)
        self.policies = PolicyServiceStub(keyed)
        self.suppressions = SuppressionServiceStub(keyed)
        self.ledger = LedgerServiceStub(keyed)
        self.feedback = FeedbackServiceStub(keyed)
        self.reports = ReportServiceStub(keyed)
        self.telemetry = TelemetryServiceStub(keyed)


class Refusal:
    """A refused call, taken apart: `code`, `reason`, `fields` and `retry_ms`."""

    def __init__(self, status: Status, code: grpc.StatusCode) -> None:
        self.code = code
        self.message = status.message
        self.fields: dict[str, str] = {}
        self.reason = ""
        self.retry_ms: int | None = None
        for detail in status.details:
            self._take(detail)

    def _take(self, detail: Any) -> None:
        for kind in (ErrorInfo, BadRequest, RetryInfo):
            message: Message = kind()
            if not detail.Unpack(message):
                continue
            match message:
                case ErrorInfo():
                    assert message.domain == "leadexchange"
                    self.reason = message.reason
                case BadRequest():
                    self.fields = {one.field: one.description for one in message.field_violations}
                case RetryInfo():
                    self.retry_ms = message.retry_delay.ToMilliseconds()

    def __repr__(self) -> str:
        return f"Refusal({self.code.name} {self.reason} {self.fields})"


def refusal(error: grpc.aio.AioRpcError) -> Refusal:
    """What a failed call was refused for, with the details it came with, if any."""
    found = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    status = Status(message=error.details() or "")
    if isinstance(found, bytes):
        status.ParseFromString(found)
        assert status.code == error.code().value[0], "the rich status and the plain one differ"
        assert status.message == error.details()
    return Refusal(status, error.code())


def refusal_of(status: Status) -> Refusal:
    """What one lead of a stream was refused for."""
    code = next(one for one in grpc.StatusCode if one.value[0] == status.code)
    return Refusal(status, code)


async def refused(call: Any) -> Refusal:
    """Awaits a call that must fail and says how it did."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    raise AssertionError(f"the call was not refused but answered {answer}")
