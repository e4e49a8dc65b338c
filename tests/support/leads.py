"""Leads for tests: the real examples, and made ones whose contact data can be searched for."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from leadexchange.v1.attribute_pb2 import AttributeValue
from leadexchange.v1.lead_pb2 import Consent, Contact, LeadProfile
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest

EXAMPLES: Final = Path(__file__).parents[2] / "examples" / "leads.jsonl"


@cache
def examples() -> tuple[dict[str, Any], ...]:
    """`examples/leads.jsonl`: real mortgage applications in uneven formats."""
    with EXAMPLES.open(encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


def value(raw: str | float | bool) -> AttributeValue:
    """An attribute as a source sends it."""
    match raw:
        case bool():
            return AttributeValue(flag=raw)
        case int():
            return AttributeValue(integer=raw)
        case float():
            return AttributeValue(number=raw)
        case _:
            return AttributeValue(text=raw)


def profile(number: int = 0, /, **changed: str | float | bool | None) -> LeadProfile:
    """The profile of an example, with attributes changed, or with None left out."""
    lead = examples()[number]
    raw = {**lead["attributes"], **changed}
    return LeadProfile(
        vertical=lead["vertical"],
        external_id=lead["external_id"],
        sub_source=lead["sub_source"],
        attributes={name: value(one) for name, one in raw.items() if one is not None},
    )


def request(number: int = 0, request_id: str = "", /, **changed: str | float | bool | None) -> SubmitLeadRequest:
    """An example lead, whole; consent was given long ago, so that it never lies in a slow clock's future."""
    lead = examples()[number]
    consent = {**lead["consent"], "given_at": "2024-05-01T12:00:00Z"}
    return SubmitLeadRequest(
        request_id=request_id,
        profile=profile(number, **changed),
        contact=Contact(**lead["contact"]),
        consent=Consent(**consent),
    )


def findable(number: int, request_id: str = "") -> SubmitLeadRequest:
    """A lead whose every contact value is unlike anything else, so that one byte string finds each."""
    message = request(number, request_id)
    message.contact.CopyFrom(
        Contact(
            first_name=f"Quillibald{number:04}",
            last_name=f"Vanterpoolski{number:04}",
            email=f"quilly.vanter{number:04}@privaatpost.example.com",
            phone=f"(312) 867-{number:04}",
            street=f"{number:04} Zuiderkruislaan Apt. 9",
            city=f"Oudewaterkerk{number:04}",
            date_of_birth=f"{number % 12 + 1:02}/{number % 28 + 1:02}/{1931 + number % 60}",
            comments=f"Please ring the hinterdoor bell {number:04} twice",
            more={"second_phone": f"+31 20 794 {number:04}"},
        )
    )
    message.consent.ip = f"198.51.100.{number % 100 + 100}"
    message.consent.trustedform_cert_url = f"https://cert.trustedform.com/zandloper{number:08}"
    message.consent.user_agent = f"Vuurtorenbrowser/{number:04}"
    return message


def needles(message: SubmitLeadRequest) -> dict[str, bytes]:
    """Byte strings that give the person of a `findable` lead away, in each form that it may travel or rest in."""
    contact, consent = message.contact, message.consent
    digits = "".join(filter(str.isdigit, contact.phone))
    month, day, year = contact.date_of_birth.split("/")
    found = {
        "first name": contact.first_name,
        "last name": contact.last_name,
        "e-mail": contact.email,
        "phone as sent": contact.phone,
        "phone in E.164": f"+1{digits}",
        "phone in national digits": digits,
        "street": contact.street,
        "city": contact.city,
        "birth as sent": contact.date_of_birth,
        "birth in ISO 8601": f"{year}-{month}-{day}",
        "comments": contact.comments,
        "second phone": contact.more["second_phone"],
        "second phone in digits": "".join(filter(str.isdigit, contact.more["second_phone"])),
        "IP address": consent.ip,
        "certificate": consent.trustedform_cert_url,
        "user agent": consent.user_agent,
    }
    return {name: text.encode() for name, text in found.items()}
