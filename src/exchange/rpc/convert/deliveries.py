"""Deliveries as their owners see them."""

from exchange.domain.event import Attempt, DeliveryState
from exchange.rpc.convert.times import timestamp
from exchange.store.base import LeasedDelivery
from leadexchange.v1.delivery_pb2 import DeliveryAttempt, DeliveryRecord


def delivery_message(found: LeasedDelivery) -> DeliveryRecord:
    """A delivery without its attempts."""
    delivery, event = found.delivery, found.event
    message = DeliveryRecord(
        id=delivery.id,
        event_id=event.id,
        event_type=event.type,
        endpoint_id=delivery.endpoint_id,
        lead_id=delivery.lead_id,
        state=delivery.state,  # type: ignore[arg-type]
        attempt_count=delivery.attempts,
        occurred_at=timestamp(event.occurred_ms),
        reason=delivery.reason,
        fallback=delivery.fallback,
    )
    if delivery.state == DeliveryState.PENDING:
        message.due_at.FromMilliseconds(delivery.due_ms)
    if delivery.ended_ms:
        message.ended_at.FromMilliseconds(delivery.ended_ms)
    return message


def attempt_message(number: int, attempt: Attempt) -> DeliveryAttempt:
    """One attempt."""
    return DeliveryAttempt(
        number=number,
        attempted_at=timestamp(attempt.at_ms),
        status_code=attempt.status_code,
        error=attempt.error,
        latency_ms=attempt.latency_ms,
        request=attempt.request,
        answer_headers=attempt.answer_headers,
        answer_body=attempt.answer_body,
    )
