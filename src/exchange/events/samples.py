"""Made-up events of every type, to try an endpoint or a mapping with. Nobody in them is real."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import structs

from exchange.domain.auction import LeadRecord, Outcome, Sale, Trace
from exchange.domain.caps import CapPeriod
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.endpoint import BreakerState, EndpointHealth
from exchange.domain.event import (
    CAP_APPROACHING,
    CAP_REACHED,
    ENDPOINT_DISABLED,
    ENDPOINT_FAILING,
    ENDPOINT_RECOVERED,
    LEAD_DECIDED,
    LEAD_DISPOSITION,
    LEAD_SOLD,
    LEAD_VOIDED,
    QUALITY_FEEDBACK,
    RETURN_APPROVED,
    RETURN_DENIED,
    RETURN_REQUESTED,
    Event,
)
from exchange.domain.lead import Consent, Contact, Evidence, LeadStatus, Person, Profile, Value
from exchange.domain.lead_return import RULE, LeadReturn, ReturnReason, ReturnState
from exchange.domain.reasons import Reason
from exchange.events import feedback
from exchange.events.compose import compose, crossed, fared, voided
from exchange.market.caps import CapCrossing

_SAMPLE_ULID: Final = "_00000000000000000000SAMPLE"
LEAD_ID: Final = f"lead{_SAMPLE_ULID}"
_CAMPAIGN_ID: Final = "sample-campaign"
_SOURCE_ID: Final = "sample-source"
_ENDPOINT_ID: Final = f"ep{_SAMPLE_ULID}"
_PERSON: Final = Person(
    Contact(
        first_name="Sample",
        last_name="Consumer",
        email="sample.consumer@example.com",
        phone="+12025550143",  # 555-01XX is reserved for fiction
        street="100 Example Street",
        city="Austin",
    ),
    Consent(text_version="sample", given_at="2026-01-01T12:00:00Z", ip="192.0.2.10"),
)
_ATTRIBUTES: Final[Mapping[str, dict[str, Value]]] = {
    "mortgage": {
        "zip": "78701",
        "state": "TX",
        "loan_purpose": "purchase",
        "loan_amount": 320_000,
        "property_value": 400_000,
        "credit_tier": "good",
    },
    "auto_insurance": {"zip": "78701", "state": "TX", "currently_insured": True},
    "home_services": {"zip": "78701", "state": "TX", "service": "roofing"},
}


def lead(vertical: str, buyer_id: str, at_ms: int) -> tuple[LeadRecord, Person]:
    """A made-up lead that was sold to a buyer. Raises KeyError for a vertical that there is none of."""
    profile = Profile(_SOURCE_ID, vertical, _ATTRIBUTES[vertical], Evidence(has_time=True, has_text=True), test=True)
    sale = Sale(f"sale{_SAMPLE_ULID}", LEAD_ID, _CAMPAIGN_ID, buyer_id, 25_000_000, 20_000_000, at_ms)
    record = LeadRecord(
        id=LEAD_ID,
        profile=profile,
        sealed=b"",
        wrapped_key=b"",
        request_id="",
        request_digest=b"",
        submitted_ms=at_ms,
        outcome=Outcome(LeadStatus.SOLD, sales=(sale,)),
        trace=Trace(),
        decided_ms=at_ms,
    )
    return record, _PERSON


def made_up(event_type: str, carrier: Event) -> tuple[Event, LeadRecord, Person]:
    """A made-up event of a type, with the id, owner and time of the sample that carries it, and the lead behind it.

    Raises KeyError for a type that there is no sample of.
    """
    record, person = lead("mortgage", carrier.owner_id, carrier.occurred_ms)
    event = SAMPLES[event_type](record, iter((carrier.id,) * 2), event_type)
    return structs.replace(event, id=carrier.id, owner_id=carrier.owner_id), record, person


def _sold(record: LeadRecord, ids: Iterator[str], _: str) -> Event:
    return compose(record, ids)[0]


def _decided(record: LeadRecord, ids: Iterator[str], _: str) -> Event:
    return compose(record, ids)[-1]


def _voided(record: LeadRecord, ids: Iterator[str], _: str) -> Event:
    return voided(record, _CAMPAIGN_ID, "", f"post{_SAMPLE_ULID}", Reason.POST_TIMEOUT, ids)


def _cap(record: LeadRecord, ids: Iterator[str], event_type: str) -> Event:
    reached = event_type == CAP_REACHED
    crossing = CapCrossing(
        _CAMPAIGN_ID,
        "",
        CapPeriod.DAY,
        "reached" if reached else "approaching",
        used=100 if reached else 80,
        limit=100,
        by_spend=False,
    )
    return crossed(crossing, next(ids), record.decided_ms)


def _fared(record: LeadRecord, ids: Iterator[str], event_type: str) -> Event:
    state = BreakerState.CLOSED if event_type == ENDPOINT_RECOVERED else BreakerState.OPEN
    health = EndpointHealth(_ENDPOINT_ID, state, failures=5, last_failure="timeout")
    return fared(health, event_type, "", next(ids), record.decided_ms)


def _feedback(record: LeadRecord, ids: Iterator[str], event_type: str) -> Event:
    sale, profile, at_ms = record.outcome.sales[0], record.profile, record.decided_ms
    about = (sale.id, sale.lead_id, sale.campaign_id, sale.buyer_id, profile.source_id)
    new = Disposition(*about, DispositionKind.CONTACTED, at_ms, at_ms, quality=4)
    if event_type == QUALITY_FEEDBACK:
        return feedback.rated(new, sale, profile, next(ids))
    return feedback.disposed(new, sale, profile, ids)[0]


def _return(record: LeadRecord, ids: Iterator[str], event_type: str) -> Event:
    sale, profile, at_ms = record.outcome.sales[0], record.profile, record.decided_ms
    about = (sale.id, sale.lead_id, sale.campaign_id, sale.buyer_id, profile.source_id)
    asked = LeadReturn(f"ret{_SAMPLE_ULID}", *about, ReturnReason.DISCONNECTED_PHONE, sale.price_micros, at_ms)
    if event_type == RETURN_REQUESTED:
        return feedback.requested(asked, sale, profile, ids)[0]
    state = ReturnState.APPROVED if event_type == RETURN_APPROVED else ReturnState.DENIED
    return feedback.decided(structs.replace(asked, state=state, decided_ms=at_ms, decided_by=RULE), sale, profile, ids)[
        0
    ]


SAMPLES: Final[Mapping[str, Callable[[LeadRecord, Iterator[str], str], Event]]] = {
    LEAD_SOLD: _sold,
    LEAD_DECIDED: _decided,
    LEAD_VOIDED: _voided,
    LEAD_DISPOSITION: _feedback,
    QUALITY_FEEDBACK: _feedback,
    RETURN_REQUESTED: _return,
    RETURN_APPROVED: _return,
    RETURN_DENIED: _return,
    CAP_APPROACHING: _cap,
    CAP_REACHED: _cap,
    ENDPOINT_DISABLED: _fared,
    ENDPOINT_RECOVERED: _fared,
    ENDPOINT_FAILING: _fared,
}
"""By event type."""
