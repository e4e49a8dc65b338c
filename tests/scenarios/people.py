"""Consumers, each known by a name, and the leads they leave."""

from collections.abc import Iterable
from typing import Any, Final
from zlib import crc32

from leadexchange.v1.lead_pb2 import Consent, Contact, LeadProfile
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest
from tests.scenarios.scenario import TEXAS, LeadText
from tests.support.leads import value

_CONSENT: Final = {
    "time": {"given_at": "2024-05-01T12:00:00Z"},
    "text": {"text_version": "2026-03"},
    "trustedform": {"trustedform_cert_url": "https://cert.trustedform.com/b6589fc6ab0dc82cf12099d1c2d40ab994e8410c"},
    "jornaya": {"jornaya_leadid": "01234567-89AB-CDEF-0123-456789ABCDEF"},
}


def email(name: str) -> str:
    """A consumer's e-mail address."""
    return f"{name.lower()}@example.com"


def contact(name: str) -> Contact:
    """A consumer; each name has a phone of its own."""
    return Contact(first_name=name, email=email(name), phone=f"312 867 {crc32(name.encode()) % 10_000:04}")


def consent(kinds: Iterable[str]) -> Consent:
    """Evidence of those kinds."""
    fields: dict[str, str] = {}
    for kind in kinds:
        fields |= _CONSENT[kind]
    return Consent(**fields)


def profile(lead: LeadText, **changed: Any) -> LeadProfile:
    """What identifies nobody."""
    raw = {**TEXAS, **lead.attributes, **changed}
    return LeadProfile(
        vertical="mortgage",
        sub_source=lead.sub_source,
        attributes={name: value(one) for name, one in raw.items()},
        test=lead.test,
    )


def request(lead: LeadText, number: int) -> SubmitLeadRequest:
    """The whole lead, as the operator submits it for its source."""
    return SubmitLeadRequest(
        request_id=f"lead-{number}",
        profile=profile(lead),
        contact=contact(lead.consumer or f"Consumer{number}"),
        consent=consent(lead.consent),
        source_id="ratewise",
        budget_ms=lead.budget_ms,
    )
