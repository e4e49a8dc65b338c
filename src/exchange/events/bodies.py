"""The bodies that deliveries carry (docs/events.md)."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from exchange.domain.auction import LeadRecord, Sale
from exchange.domain.endpoint import EnvelopeKind
from exchange.domain.event import LEADS_AVAILABLE, Event
from exchange.domain.lead import Person
from exchange.events.compose import CURRENCY, decimal, rfc3339

JSON: Final = "application/json"
CLOUDEVENTS_JSON: Final = "application/cloudevents+json"
_MEDIA_TYPES: Final = {EnvelopeKind.STANDARD: JSON, EnvelopeKind.CLOUDEVENTS: CLOUDEVENTS_JSON}
_SOURCE: Final = "/leadexchange"
"""Who speaks, for CloudEvents: a URI reference that is the same on every installation."""


class _Envelope(msgspec.Struct):
    """The payload structure that the Standard Webhooks specification recommends."""

    type: str
    timestamp: str
    data: dict[str, Any]


class _CloudEvent(msgspec.Struct, omit_defaults=True):
    """CloudEvents 1.0, structured mode in JSON."""

    specversion: str
    id: str
    source: str
    type: str
    time: str
    datacontenttype: str
    data: dict[str, Any]
    subject: str = ""


# Sorted dicts: a repeat of a delivery must have the very bytes that were signed, whatever order a store hands back.
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


def envelope(event: Event, kind: EnvelopeKind = EnvelopeKind.STANDARD, lead: dict[str, Any] | None = None) -> bytes:
    """The JSON body of a webhook; the same bytes each time for the same event.

    `lead` is `lead_body`'s and goes to the lead's buyer only.
    """
    data = event.data if lead is None else {**event.data, "lead": lead}
    at = rfc3339(event.occurred_ms)
    if kind is EnvelopeKind.STANDARD:
        return _encode(_Envelope(event.type, at, data))
    return _encode(_CloudEvent("1.0", event.id, _SOURCE, event.type, at, JSON, data, event.lead_id))


def media_type(kind: EnvelopeKind) -> str:
    """Of an envelope."""
    return _MEDIA_TYPES[kind]


def thin(event: Event) -> Event:
    """The notice instead of the lead: that there is one, and which."""
    data = {name: event.data[name] for name in ("lead_id", "campaign_id", "sale_id", "vertical", "test")}
    return msgspec.structs.replace(event, type=LEADS_AVAILABLE, data=data)


def lead_body(record: LeadRecord, person: Person) -> dict[str, Any]:
    """The whole lead as its buyer gets it: what a post holds."""
    return {
        **_about(record),
        "attributes": record.profile.attributes,
        "contact": msgspec.to_builtins(person.contact),
        "consent": msgspec.to_builtins(person.consent),
    }


def mapping_values(
    event: Event, record: LeadRecord, sale: Sale, person: Person, settings: Mapping[str, str] | None = None
) -> bytes:
    """What a mapping makes a sold lead's body from (docs/mapping.md), as JSON."""
    return _encode(
        {
            "event": {"id": event.id, "type": event.type, "timestamp": rfc3339(event.occurred_ms)},
            "lead": _about(record),
            "attributes": record.profile.attributes,
            "contact": msgspec.to_builtins(person.contact),
            "consent": msgspec.to_builtins(person.consent),
            "campaign": {"id": sale.campaign_id},
            "sale": {
                "id": sale.id,
                "price": decimal(sale.price_micros),
                "currency": CURRENCY,
                "sold_at": rfc3339(sale.sold_ms),
                "shared": sale.shared,
            },
            "settings": settings or {},
        }
    )


def _about(record: LeadRecord) -> dict[str, Any]:
    profile = record.profile
    return {
        "id": record.id,
        "source_id": profile.source_id,
        "sub_source": profile.sub_source,
        "vertical": profile.vertical,
        "test": profile.test,
        "submitted_at": rfc3339(record.submitted_ms),
    }
