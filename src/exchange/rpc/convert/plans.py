"""Rate plans."""

from exchange.domain.plan import RatePlan
from leadexchange.v1.rate_plan_pb2 import RatePlan as RatePlanMessage


def plan(message: RatePlanMessage) -> RatePlan:
    """A plan as sent."""
    return RatePlan(message.party_id, message.per_minute, message.per_hour, message.concurrent)


def plan_message(item: RatePlan) -> RatePlanMessage:
    """A plan as kept."""
    return RatePlanMessage(
        party_id=item.party_id,
        per_minute=item.per_minute,
        per_hour=item.per_hour,
        concurrent=item.concurrent,
        revision=item.revision,
    )
