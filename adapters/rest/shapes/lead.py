"""Leads: as submitted, what became of them, and as their owner reads them."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from adapters.rest.shapes.common import Int32, Int64, Money, PageQuery, Time

AttributeValue = Annotated[str | Int64 | float | bool | None, Meta(description="a string, a number, true or false")]
"""In any format that the vertical's schema reads; null is the same as left out."""

LeadStatus = Literal["pending", "sold", "unsold", "in_review", "returned", "erased"]


class Contact(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Who the consumer is."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    date_of_birth: str | None = None
    comments: str | None = None
    more: dict[str, str] | None = None
    """Further contact fields by name."""


class Consent(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Evidence that the consumer agreed to be contacted."""

    text_version: str | None = None
    text: str | None = None
    given_at: str | None = None
    ip: str | None = None
    page_url: str | None = None
    trustedform_cert_url: str | None = None
    jornaya_leadid: str | None = None
    user_agent: str | None = None


class ConsentEvidence(Struct, forbid_unknown_fields=True):
    """Which consent evidence a pinged lead will come with."""

    has_time: bool | None = None
    has_trustedform: bool | None = None
    has_jornaya: bool | None = None
    has_text: bool | None = None


class _Profile(Struct, forbid_unknown_fields=True):
    vertical: str | None = None
    external_id: str | None = None
    sub_source: str | None = None
    attributes: dict[str, AttributeValue] | None = None
    test: bool | None = None
    source: str | None = None
    """The same as source_id, as many sources name it."""
    source_id: str | None = None
    budget_ms: Int32 | None = None


class LeadSubmission(_Profile):
    """A whole lead. To post a pinged one, what the ping held may be left out."""

    contact: Contact | None = None
    consent: Consent | None = None


class PingSubmission(_Profile):
    """A lead without the person: it has no field for contact data."""

    consent: ConsentEvidence | None = None


class Sale(Struct, omit_defaults=True):
    """One sale of a lead."""

    id: str
    campaign_id: str = ""
    buyer_id: str = ""
    price: Money | None = None
    payout: Money | None = None
    sold_at: Time | None = None
    buyer_reference: str = ""


class Outcome(Struct, omit_defaults=True):
    """What became of a submission."""

    lead_id: str
    auction_id: str
    status: str
    reason: str | None = None
    """Why, when it is not sold."""
    payout: Money | None = None
    sales: list[Sale] = []
    redirect_url: str = ""
    repeated: bool = False
    """This answer repeats that of an earlier request with the same Idempotency-Key."""


class Offer(Struct, omit_defaults=True):
    """The best that buyers offer."""

    payout: Money | None = None
    price: Money | None = None


class PingOutcome(Struct, omit_defaults=True):
    """What a ping brought."""

    ping_id: str
    offer: Offer | None = None
    reason: str | None = None
    """Why there is no offer."""
    expires_at: Time | None = None


class Lead(Struct, omit_defaults=True):
    """A lead as its owner may see it."""

    id: str
    source_id: str
    status: str
    vertical: str
    reason: str | None = None
    external_id: str = ""
    sub_source: str = ""
    test: bool = False
    attributes: dict[str, str | int | float | bool] = {}
    contact: Contact | None = None
    consent: Consent | None = None
    auction_id: str = ""
    sales: list[Sale] = []
    submitted_at: Time | None = None
    decided_at: Time | None = None


class LeadQuery(PageQuery):
    """Filters of the list of leads."""

    vertical: str = ""
    status: LeadStatus | None = None
    state: str = ""
    from_: Time | None = field(default=None, name="from")
    until: Time | None = None
