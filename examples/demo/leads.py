"""A file of leads, one JSON object a line: what can be read of it, and what is wrong with the rest."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from leadexchange.v1.attribute_pb2 import AttributeValue
from leadexchange.v1.lead_pb2 import Consent, Contact, LeadProfile
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest

_MAX_LINE_BYTES: Final = (
    60_000  # the largest lead that any schema allows is about 40 KB; a frame of them must fit 1 MiB
)
_FIELD: Final = re.compile(r"field `(\w+)`")


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a line; `field` is empty where it is no JSON at all."""

    field: str
    message: str


class ContactFields(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Who the consumer is."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    date_of_birth: str | None = None
    comments: str | None = None
    more: dict[str, str] = {}


class ConsentFields(msgspec.Struct, forbid_unknown_fields=True):
    """Evidence that the consumer agreed."""

    text_version: str | None = None
    text: str | None = None
    given_at: str | None = None
    ip: str | None = None
    page_url: str | None = None
    trustedform_cert_url: str | None = None
    jornaya_leadid: str | None = None
    user_agent: str | None = None


class Lead(msgspec.Struct, forbid_unknown_fields=True):
    """A line's shape, which is also that of a REST submission."""

    vertical: str
    source: Annotated[str, msgspec.Meta(min_length=1)]
    external_id: str = ""
    sub_source: str = ""
    attributes: dict[str, Any] = {}
    contact: ContactFields = msgspec.field(default_factory=ContactFields)
    consent: ConsentFields = msgspec.field(default_factory=ConsentFields)
    test: bool = False


class Line(msgspec.Struct):
    """A line of the file. Without a lead it has problems instead."""

    number: int
    body: bytes
    lead: Lead | None = None
    problems: list[Problem] = []

    @property
    def request_id(self) -> str:
        """Makes sending the line again harmless."""
        return f"line-{self.number}"


def read(path: Path) -> Iterator[Line]:
    """The file's lines, blank ones left out. Raises OSError."""
    with path.open("rb") as file:
        for number, body in enumerate(file, 1):
            if stripped := body.removeprefix(b"\xef\xbb\xbf").strip():
                yield _line(number, stripped)


def _line(number: int, body: bytes) -> Line:
    if len(body) > _MAX_LINE_BYTES:
        return Line(number, b"", problems=[Problem("", f"longer than {_MAX_LINE_BYTES} bytes")])
    try:
        lead = msgspec.json.decode(body, type=Lead)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Line(number, body, problems=[_problem(error)])
    problems = [
        Problem(f"attributes.{name}", "expected text, a number, true or false")
        for name, value in lead.attributes.items()
        if isinstance(value, (list, dict)) or (isinstance(value, int) and abs(value) >= 1 << 63)
    ]
    return Line(number, body, None if problems else lead, problems)


def _problem(error: Exception) -> Problem:
    """The library's words, with the field's path apart: "Expected `str`, got `int` - at `$.contact.phone`"."""
    text, _, path = str(error).partition(" - at `$")
    named = _FIELD.search(text)
    return Problem(".".join(filter(None, (path.strip(".`"), named and named[1]))), text)


def request_of(line: Line) -> SubmitLeadRequest:
    """The lead as the gRPC contract has it."""
    lead = line.lead
    assert lead is not None
    return SubmitLeadRequest(
        request_id=line.request_id,
        profile=LeadProfile(
            vertical=lead.vertical,
            external_id=lead.external_id,
            sub_source=lead.sub_source,
            attributes={name: _value(value) for name, value in lead.attributes.items() if value is not None},
            test=lead.test,
        ),
        contact=Contact(**msgspec.structs.asdict(lead.contact)),
        consent=Consent(**msgspec.structs.asdict(lead.consent)),
    )


def _value(value: str | float | bool) -> AttributeValue:
    match value:
        case bool():
            return AttributeValue(flag=value)
        case int():
            return AttributeValue(integer=value)
        case float():
            return AttributeValue(number=value)
        case _:
            return AttributeValue(text=value)
