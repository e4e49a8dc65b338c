"""Composing events from what happened (docs/events.md)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from exchange.domain.auction import LeadRecord, Sale
from exchange.domain.endpoint import EndpointHealth
from exchange.domain.event import (
    CAP_APPROACHING,
    CAP_REACHED,
    ENDPOINT_TEST,
    LEAD_DECIDED,
    LEAD_SOLD,
    LEAD_VOIDED,
    Event,
)
from exchange.domain.ids import auction_of
from exchange.domain.reasons import Reason
from exchange.market.caps import CapCrossing

CURRENCY: Final = "USD"
"""The contract's default, and the only one so far."""


def compose(record: LeadRecord, ids: Iterator[str]) -> tuple[Event, ...]:
    """What a decided lead's parties are told: each buyer of its sale, then the source of the outcome.

    Nothing of the person is in here, nor the lead's attributes.

    Args:
        record: Decided; its outcome stands.
        ids: Fresh `evt_` ids.
    """
    return *(_sold(record, sale, next(ids)) for sale in record.outcome.sales), _decided(record, next(ids))


def voided(
    record: LeadRecord, campaign_id: str, buyer_id: str, post_id: str, reason: Reason, ids: Iterator[str]
) -> Event:
    """Tells a buyer that a post whose outcome was unknown is not a sale; `reason` says how it was lost."""
    data: dict[str, str | int | bool] = {
        "lead_id": record.id,
        "auction_id": auction_of(record.id),
        "campaign_id": campaign_id,
        "post_id": post_id,
        "reason": reason.name,
    }
    return _event(next(ids), LEAD_VOIDED, buyer_id, record, campaign_id, record.decided_ms, data)


def crossed(crossing: CapCrossing, event_id: str, at_ms: int) -> Event:
    """Tells a buyer that a cap is nearly used up, or used up."""
    unit = decimal if crossing.by_spend else int
    data: dict[str, str | int | bool] = {
        "campaign_id": crossing.campaign_id,
        "period": crossing.period.name.lower(),
        "by": "spend" if crossing.by_spend else "leads",
        "used": unit(crossing.used),
        "limit": unit(crossing.limit),
    }
    kind = CAP_REACHED if crossing.kind == "reached" else CAP_APPROACHING
    return Event(event_id, kind, crossing.buyer_id, "", crossing.campaign_id, at_ms, data)


def fared(health: EndpointHealth, event_type: str, owner_id: str, event_id: str, at_ms: int) -> Event:
    """Tells an endpoint's owner how it fares."""
    data: dict[str, str | int | bool] = {
        "endpoint_id": health.endpoint_id,
        "breaker": health.breaker.name.lower(),
        "failures": health.failures,
        "last_failure": health.last_failure,
    }
    return Event(event_id, event_type, owner_id, "", "", at_ms, data)


def sample(endpoint_id: str, owner_id: str, sample_of: str, event_id: str, at_ms: int) -> Event:
    """A sample on its way to an endpoint; the endpoint sees it as the type that it is a sample of."""
    data: dict[str, str | int | bool] = {"sampled_endpoint_id": endpoint_id, "sample_of": sample_of}
    return Event(event_id, ENDPOINT_TEST, owner_id, "", "", at_ms, data)


def decimal(micros: int) -> str:
    """Money as exact decimal text with at least two places: 12500000 is "12.50"."""
    units, rest = divmod(abs(micros), 1_000_000)
    places = f"{rest:06}"
    return f"{'-' if micros < 0 else ''}{units}.{places[:2]}{places[2:].rstrip('0')}"


def rfc3339(at_ms: int) -> str:
    """A Unix time in ms as UTC text: `2026-03-01T09:30:00.250Z`."""
    # Whole seconds and ms apart: a float would round some of them.
    seconds, ms = divmod(at_ms, 1_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"


def _sold(record: LeadRecord, sale: Sale, event_id: str) -> Event:
    data: dict[str, str | int | bool] = {
        "lead_id": record.id,
        "auction_id": auction_of(record.id),
        "campaign_id": sale.campaign_id,
        "sale_id": sale.id,
        "vertical": record.profile.vertical,
        "price": decimal(sale.price_micros),
        "currency": CURRENCY,
        "test": record.profile.test,
    }
    return _event(event_id, LEAD_SOLD, sale.buyer_id, record, sale.campaign_id, sale.sold_ms, data)


def _decided(record: LeadRecord, event_id: str) -> Event:
    outcome, profile = record.outcome, record.profile
    data: dict[str, str | int | bool] = {
        "lead_id": record.id,
        "auction_id": auction_of(record.id),
        "external_id": profile.external_id,
        "status": outcome.status.name.lower(),
        "reason": outcome.reason.name if outcome.reason else "",
        "payout": decimal(sum(sale.payout_micros for sale in outcome.sales)),
        "currency": CURRENCY,
        "test": profile.test,
    }
    return _event(event_id, LEAD_DECIDED, profile.source_id, record, "", record.decided_ms, data)


def _event(
    event_id: str,
    event_type: str,
    owner_id: str,
    record: LeadRecord,
    campaign_id: str,
    at_ms: int,
    data: dict[str, str | int | bool],
) -> Event:
    profile = record.profile
    return Event(
        event_id,
        event_type,
        owner_id,
        record.id,
        campaign_id,
        at_ms,
        data,
        vertical=profile.vertical,
        source_id=profile.source_id,
    )
