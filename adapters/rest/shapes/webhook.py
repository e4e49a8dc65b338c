"""What is sent to subscribers' endpoints (Standard Webhooks); docs/events.md has each event's data."""

from msgspec import Struct

from adapters.rest.shapes.common import Amount, Time
from adapters.rest.shapes.lead import Consent, Contact


class SoldLead(Struct):
    """The lead, as its buyer gets it."""

    id: str
    """The lead."""
    source_id: str
    """Its source."""
    sub_source: str
    """The source's affiliate."""
    vertical: str
    """The vertical."""
    test: bool
    """A test lead."""
    submitted_at: Time
    """When it was submitted."""
    attributes: dict[str, str | int | float | bool]
    """As normalised."""
    contact: Contact
    """Who the consumer is."""
    consent: Consent
    """Consent evidence."""


class LeadSold(Struct):
    """A lead is the buyer's."""

    lead_id: str
    """The lead."""
    auction_id: str
    """Its auction."""
    campaign_id: str
    """The campaign that won."""
    sale_id: str
    """The sale."""
    vertical: str
    """The vertical."""
    price: Amount
    """What the buyer pays."""
    currency: str
    """ISO 4217."""
    test: bool
    """A test lead."""
    lead: SoldLead
    """The whole lead."""


class LeadDecided(Struct):
    """A source's lead has ended."""

    lead_id: str
    """The lead."""
    auction_id: str
    """Its auction."""
    external_id: str
    """The source's own id."""
    status: str
    """`sold`, `unsold` or `in_review`."""
    reason: str
    """Why, when it is not sold."""
    payout: Amount
    """What the source earns."""
    currency: str
    """ISO 4217."""
    test: bool
    """A test lead."""


class LeadVoided(Struct):
    """A post whose outcome was unknown is not a sale: forget the lead."""

    lead_id: str
    """The lead."""
    auction_id: str
    """Its auction."""
    campaign_id: str
    """The campaign."""
    post_id: str
    """The post."""
    reason: str
    """How the post ended."""
