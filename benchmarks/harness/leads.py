"""Leads to submit: the real applications of `examples/leads.jsonl`, over and over, each time by another consumer."""

import json
import re
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from leadexchange.v1.attribute_pb2 import AttributeValue
from leadexchange.v1.lead_pb2 import Consent, Contact, LeadProfile
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest

_EXAMPLES: Final = Path(__file__).parents[2] / "examples" / "leads.jsonl"


def examples() -> list[dict[str, Any]]:
    """The examples as they are, but for the time of consent: now, or an exchange whose clock is behind refuses it."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with _EXAMPLES.open(encoding="utf-8") as lines:
        leads = [json.loads(line) for line in lines]
    for lead in leads:
        lead["consent"]["given_at"] = now
    return leads


class Leads:
    """An endless supply. Request ids are `PREFIX-0`, `PREFIX-1` and on: unlike any of another prefix."""

    def __init__(self, prefix: str) -> None:
        self.count = 0
        """How many were taken."""
        self._prefix = prefix
        self._messages = cycle([(_message(lead), Consumer(lead["contact"])) for lead in examples()])

    def next(self) -> SubmitLeadRequest:
        """The next lead."""
        message, consumer = next(self._messages)
        request = SubmitLeadRequest()
        request.CopyFrom(message)
        request.request_id = f"{self._prefix}-{self.count}"
        request.contact.email, request.contact.phone = consumer.reached_at(self.count)
        self.count += 1
        return request


class Consumer:
    """Makes one consumer into many, so that none is a duplicate; what is theirs stays in the form that it came in."""

    def __init__(self, contact: dict[str, str]) -> None:
        self._name, _, self._domain = contact["email"].partition("@")
        self._phone = re.sub(r"\d{3}(\D*)\d{4}$", r"{:03}\1{:04}", contact["phone"])

    def reached_at(self, number: int) -> tuple[str, str]:
        """E-mail and phone of one of them."""
        office, line = divmod(number, 10_000)
        return f"{self._name}.{number}@{self._domain}", self._phone.format(200 + office % 800, line)


def number(request_id: str) -> int:
    """Which lead of its supply a request id names, from 0."""
    return int(request_id.rpartition("-")[2])


def _message(lead: dict[str, Any]) -> SubmitLeadRequest:
    return SubmitLeadRequest(
        profile=LeadProfile(
            vertical=lead["vertical"],
            external_id=lead["external_id"],
            sub_source=lead["sub_source"],
            attributes={name: _value(raw) for name, raw in lead["attributes"].items()},
        ),
        contact=Contact(**lead["contact"]),
        consent=Consent(**lead["consent"]),
    )


def _value(raw: str | float | bool) -> AttributeValue:
    match raw:
        case bool():
            return AttributeValue(flag=raw)
        case int():
            return AttributeValue(integer=raw)
        case float():
            return AttributeValue(number=raw)
        case _:
            return AttributeValue(text=raw)
