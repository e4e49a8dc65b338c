"""Leads: as submitted, as admitted, and the evidence of consent."""

from enum import IntEnum

import msgspec

Value = str | int | float | bool
"""A normalised attribute: a code, a whole number, a number or a flag."""


class LeadStatus(IntEnum):
    """Where a lead stands; numbered as in the contract."""

    PENDING = 1
    SOLD = 2
    UNSOLD = 3
    IN_REVIEW = 4
    RETURNED = 5
    ERASED = 6


class Contact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Who the consumer is. Never in a ping, a log, a trace, or an event to anyone but the buyer."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    """E.164 once admitted."""
    street: str = ""
    city: str = ""
    date_of_birth: str = ""
    """ISO 8601 once admitted."""
    comments: str = ""
    more: dict[str, str] = {}

    def __repr__(self) -> str:
        """Nothing of the person, so that no log line can hold it by accident."""
        return "Contact(…)"


class Consent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Evidence that the consumer agreed to be contacted."""

    text_version: str = ""
    text: str = ""
    given_at: str = ""
    """RFC 3339."""
    ip: str = ""
    page_url: str = ""
    trustedform_cert_url: str = ""
    jornaya_leadid: str = ""
    user_agent: str = ""

    def __repr__(self) -> str:
        """Nothing of the person: an IP address and a certificate identify one."""
        return "Consent(…)"


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """Which consent evidence is on file; none of the evidence itself."""

    has_time: bool = False
    has_trustedform: bool = False
    has_jornaya: bool = False
    has_text: bool = False


class RawProfile(msgspec.Struct, frozen=True, gc=False):
    """A profile as a source sends it: values in any format that the schema reads."""

    vertical: str
    attributes: dict[str, Value]
    external_id: str = ""
    sub_source: str = ""
    test: bool = False


class Submission(msgspec.Struct, frozen=True, gc=False):
    """A whole lead as a source sends it."""

    source_id: str
    profile: RawProfile
    contact: Contact
    consent: Consent
    request_id: str = ""


class Profile(msgspec.Struct, frozen=True, gc=False):
    """A profile as admitted: normalised, identifying nobody. All that matching and pings are made from."""

    source_id: str
    vertical: str
    attributes: dict[str, Value]
    evidence: Evidence
    sub_source: str = ""
    external_id: str = ""
    test: bool = False
    resale_of: str = ""
    """The returned lead that this one offers again."""


class Person(msgspec.Struct, frozen=True, gc=False):
    """The other half of a lead; sealed wherever it rests."""

    contact: Contact
    consent: Consent
