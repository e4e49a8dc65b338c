"""Requests from plain values."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from google.protobuf.timestamp_pb2 import Timestamp

from leadexchange.v1.attribute_pb2 import Attribute, AttributeValue
from leadexchange.v1.lead_pb2 import Consent, Contact, LeadProfile
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest

Value: TypeAlias = str | int | float | bool
Attributes: TypeAlias = Mapping[str, Value]
Person: TypeAlias = Contact | Mapping[str, str]
"""The contract's message, or its fields by name; other names are further contact fields."""
Evidence: TypeAlias = Consent | Mapping[str, str]
"""The contract's message, or its fields by name."""

_CONTACT = frozenset(field.name for field in Contact.DESCRIPTOR.fields) - {"more"}


def submission(  # noqa: PLR0913 — the fields of a submission, by name
    vertical: str,
    attributes: Attributes,
    contact: Person,
    *,
    consent: Evidence | None = None,
    external_id: str = "",
    sub_source: str = "",
    test: bool = False,
    request_id: str = "",
    source_id: str = "",
    budget_ms: int = 0,
) -> SubmitLeadRequest:
    """A whole lead to submit; without a request id it gets one, which makes a repeat of it harmless."""
    return SubmitLeadRequest(
        request_id=request_id or new_id(),
        profile=profile(vertical, attributes, external_id=external_id, sub_source=sub_source, test=test),
        contact=person(contact),
        consent=evidence(consent),
        source_id=source_id,
        budget_ms=budget_ms,
    )


def profile(
    vertical: str, attributes: Attributes, *, external_id: str = "", sub_source: str = "", test: bool = False
) -> LeadProfile:
    """The part of a lead that identifies nobody."""
    found = LeadProfile(vertical=vertical, external_id=external_id, sub_source=sub_source, test=test)
    for name, value in attributes.items():
        found.attributes[name].CopyFrom(_attribute(value))
    return found


def person(contact: Person) -> Contact:
    """Who the consumer is."""
    if isinstance(contact, Contact):
        return contact
    more = {name: value for name, value in contact.items() if name not in _CONTACT}
    return Contact(**{name: value for name, value in contact.items() if name in _CONTACT}, more=more)


def evidence(consent: Evidence | None) -> Consent | None:
    """Evidence of consent."""
    return consent if consent is None or isinstance(consent, Consent) else Consent(**consent)


def attribute_values(attributes: Iterable[Attribute]) -> dict[str, Value]:
    """Normalised attributes as plain values by name."""
    return {one.name: getattr(one, kind) for one in attributes if (kind := one.WhichOneof("value"))}


def new_id() -> str:
    """A request id."""
    return "req_" + secrets.token_hex(12)


def timestamp(time: datetime | None) -> Timestamp | None:
    """A time with its offset in the contract's form; raises ValueError for one without."""
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError("the time has no offset")
    found = Timestamp()
    found.FromDatetime(time)
    return found


def _attribute(value: Value) -> AttributeValue:
    match value:
        case bool():
            return AttributeValue(flag=value)
        case int():
            return AttributeValue(integer=value)
        case float():
            return AttributeValue(number=value)
        case _:
            return AttributeValue(text=value)
