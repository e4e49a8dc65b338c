"""Leads: as submitted, what became of them, and as their owner reads them."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from adapters.rest.shapes.common import Attributes, Int32, Int64, Money, Time, at

AttributeValue = Annotated[str | Int64 | float | bool | None, Meta(description="a string, a number, true or false")]
"""In any format that the vertical's schema reads; null is the same as left out."""

LeadStatus = Literal["pending", "sold", "unsold", "in_review", "returned", "erased"]


class Contact(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Who the consumer is."""

    first_name: str | None = None
    """Given name."""
    last_name: str | None = None
    """Family name."""
    email: str | None = None
    """E-mail address; one of e-mail and phone is required."""
    phone: str | None = None
    """In any usual format; kept as E.164."""
    street: str | None = None
    """Street and number."""
    city: str | None = None
    """City."""
    date_of_birth: str | None = None
    """In any usual format; kept as ISO 8601."""
    comments: str | None = None
    """Free text from the consumer."""
    more: dict[str, str] | None = None
    """Further contact fields by name."""


class Consent(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Evidence that the consumer agreed to be contacted."""

    text_version: str | None = None
    """Version of the consent text shown."""
    text: str | None = None
    """The text itself."""
    given_at: str | None = None
    """When it was given, RFC 3339."""
    ip: str | None = None
    """The consumer's IP address."""
    page_url: str | None = None
    """The page it was given on."""
    trustedform_cert_url: str | None = None
    """TrustedForm certificate URL."""
    jornaya_leadid: str | None = None
    """Jornaya LeadiD."""
    user_agent: str | None = None
    """The browser's user agent."""


class ConsentEvidence(Struct, forbid_unknown_fields=True):
    """Which consent evidence a pinged lead will come with."""

    has_time: bool | None = None
    """A time."""
    has_trustedform: bool | None = None
    """A TrustedForm certificate."""
    has_jornaya: bool | None = None
    """A Jornaya LeadiD."""
    has_text: bool | None = None
    """The text or its version."""


class _Profile(Struct, forbid_unknown_fields=True):
    vertical: str | None = None
    """A configured vertical."""
    external_id: str | None = None
    """Your own id for the lead; at most 128 characters."""
    sub_source: str | None = None
    """Your affiliate or placement."""
    attributes: dict[str, AttributeValue] | None = None
    """What identifies nobody, by name, in any format that the vertical's schema reads."""
    test: bool | None = None
    """A test lead: auctioned among test campaigns only, never billed."""
    source: str | None = None
    """The same as source_id, as many sources name it."""
    source_id: str | None = None
    """The source, for operators, who submit for one."""
    budget_ms: Int32 | None = None
    """The whole transaction's budget, 50 to 10,000; 1,000 unless given."""


class LeadSubmission(_Profile):
    """A whole lead. To post a pinged one, what the ping held may be left out."""

    contact: Contact | None = None
    """Who the consumer is; goes to the buyer that commits, and to nobody else."""
    consent: Consent | None = None
    """Evidence of consent."""


class PingSubmission(_Profile):
    """A lead without the person: it has no field for contact data."""

    consent: ConsentEvidence | None = None
    """Which evidence the lead will come with."""


class Sale(Struct, omit_defaults=True):
    """One sale of a lead."""

    id: str
    """`sale_…`."""
    campaign_id: str = ""
    """The campaign that won."""
    buyer_id: str = ""
    """Its buyer."""
    price: Money | None = None
    """What the buyer pays; operators and that buyer only."""
    payout: Money | None = None
    """What the source earns; operators and that source only."""
    sold_at: Time | None = None
    """When it was sold."""
    buyer_reference: str = ""
    """The buyer's own reference for the lead."""
    shared: bool = False
    """One of several sales of the lead."""
    acknowledged_at: Time | None = None
    """When the buyer acknowledged it."""
    returned: bool = False
    """The sale was returned and refunded."""
    awaits_pickup: bool = False
    """Its delivery failed; the lead waits to be taken."""


class Outcome(Struct, omit_defaults=True):
    """What became of a submission."""

    lead_id: str
    """The lead."""
    auction_id: str
    """Its auction."""
    status: str
    """`sold`, `unsold` or `in_review`."""
    reason: str | None = None
    """Why, when it is not sold."""
    payout: Money | None = None
    """What the source earns."""
    sales: list[Sale] = []
    """The sales; the price only for operators."""
    redirect_url: str = ""
    """Where to send the consumer next."""
    repeated: bool = False
    """This answer repeats that of an earlier request with the same Idempotency-Key."""


class Offer(Struct, omit_defaults=True):
    """The best that buyers offer."""

    payout: Money | None = None
    """What the source would earn."""
    price: Money | None = None
    """What the buyer would pay; operators only."""


class PingOutcome(Struct, omit_defaults=True):
    """What a ping brought."""

    ping_id: str
    """To post with; used once."""
    offer: Offer | None = None
    """The best offer; none when there is none."""
    reason: str | None = None
    """Why there is no offer."""
    expires_at: Time | None = None
    """The offer can be taken up until then."""


class Lead(Struct, omit_defaults=True):
    """A lead as its owner may see it."""

    id: str
    """`lead_…`."""
    source_id: str
    """The source that submitted it."""
    status: str
    """`pending`, `sold`, `unsold`, `in_review`, `returned` or `erased`."""
    vertical: Annotated[str, at("profile.vertical")]
    """The vertical."""
    reason: str | None = None
    """Why, when it is not sold."""
    external_id: Annotated[str, at("profile.external_id")] = ""
    """The source's own id for it."""
    sub_source: Annotated[str, at("profile.sub_source")] = ""
    """The source's affiliate or placement."""
    test: Annotated[bool, at("profile.test")] = False
    """A test lead."""
    attributes: Attributes = {}
    """As normalised."""
    contact: Contact | None = None
    """Who the consumer is; none after erasure."""
    consent: Consent | None = None
    """Consent evidence."""
    auction_id: str = ""
    """The auction behind it."""
    sales: list[Sale] = []
    """Sales that the caller may see."""
    submitted_at: Time | None = None
    """When it was submitted."""
    decided_at: Time | None = None
    """When it was decided."""
