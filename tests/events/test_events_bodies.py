"""What deliveries hold: envelopes, notices, what mappings are made from, and samples of every type."""

import json
from typing import Any

import pytest
from msgspec import structs

from exchange.domain.endpoint import EnvelopeKind
from exchange.domain.event import ENDPOINT_TEST, LEADS_AVAILABLE, TYPES, Event
from exchange.events import bodies, samples
from exchange.intake.schema import VERTICALS

AT_MS = 1_760_000_000_250
CARRIER = Event("evt_carrier", ENDPOINT_TEST, "buy_a", "", "", AT_MS, {"sample_of": "lead.sold"})


def sold() -> tuple[Event, dict[str, Any]]:
    event, record, person = samples.made_up("lead.sold", CARRIER)
    return event, bodies.lead_body(record, person)


def test_cloudevents_in_structured_mode() -> None:
    event, lead = sold()
    body = json.loads(bodies.envelope(event, EnvelopeKind.CLOUDEVENTS, lead))
    assert body.pop("data") == {**event.data, "lead": lead}
    assert body == {
        "specversion": "1.0",
        "id": "evt_carrier",
        "source": "/leadexchange",
        "type": "lead.sold",
        "time": "2025-10-09T08:53:20.250Z",
        "datacontenttype": "application/json",
        "subject": samples.LEAD_ID,
    }
    assert bodies.media_type(EnvelopeKind.CLOUDEVENTS) == "application/cloudevents+json"


def test_a_notice_says_that_there_is_a_lead_and_nothing_of_it() -> None:
    event, _ = sold()
    notice = bodies.thin(event)
    assert (notice.type, notice.id) == (LEADS_AVAILABLE, event.id)
    assert set(notice.data) == {"lead_id", "campaign_id", "sale_id", "vertical", "test"}


def test_what_a_mapping_is_made_from() -> None:
    event, record, person = samples.made_up("lead.sold", CARRIER)
    values = json.loads(bodies.mapping_values(event, record, record.outcome.sales[0], person))
    assert set(values) == {"event", "lead", "attributes", "contact", "consent", "campaign", "sale", "settings"}
    assert values["sale"]["price"] == "25.00"
    assert values["contact"]["phone"] == "+12025550143"
    assert values["lead"]["id"] == record.id


@pytest.mark.parametrize("event_type", [one for one in TYPES if one not in (ENDPOINT_TEST, LEADS_AVAILABLE)])
def test_there_is_a_sample_of_every_type(event_type: str) -> None:
    event, record, _ = samples.made_up(event_type, CARRIER)
    assert (event.type, event.id, event.owner_id) == (event_type, "evt_carrier", "buy_a")
    assert record.profile.test
    body = json.loads(bodies.envelope(event))
    assert body["type"] == event_type
    assert body["data"]
    assert bodies.envelope(event) == bodies.envelope(structs.replace(event))


@pytest.mark.parametrize("vertical", sorted(VERTICALS))
def test_there_is_a_sample_lead_of_every_vertical_and_it_would_be_admitted(vertical: str) -> None:
    record, _ = samples.lead(vertical, "buy_a", AT_MS)
    schema = VERTICALS[vertical]
    required = {name for name, field in schema.items() if field.required}
    assert required <= record.profile.attributes.keys() <= schema.keys()
