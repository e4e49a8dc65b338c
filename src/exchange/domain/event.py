"""Events: what happened, for those whom it concerns."""

from typing import Final

import msgspec

LEAD_SOLD: Final = "lead.sold"
"""To the buyer: the lead is theirs. Webhooks carry it whole."""
LEAD_DECIDED: Final = "lead.decided"
"""To the source: how its lead ended."""
LEAD_VOIDED: Final = "lead.voided"
"""To a buyer: a post whose outcome was unknown is not a sale."""
CAP_APPROACHING: Final = "cap.approaching"
"""To a buyer: a cap is used up to the share at which it wants to know."""
CAP_REACHED: Final = "cap.reached"
"""To a buyer: a cap is used up; nothing more is bought until its next window."""
ENDPOINT_DISABLED: Final = "endpoint.disabled"
"""To an endpoint's owner: nothing is sent to it for now."""
ENDPOINT_RECOVERED: Final = "endpoint.recovered"
"""To an endpoint's owner: it is delivered to again."""
ENDPOINT_FAILING: Final = "endpoint.failing"
"""To an endpoint's owner: more of its deliveries fail than usual."""
ENDPOINT_TEST: Final = "endpoint.test"
"""To an endpoint's owner: a sample was sent to it, by hand or as a check."""
LEADS_AVAILABLE: Final = "leads.available"
"""What lead.sold is called where a notice is wanted instead of the lead. Never kept under this name."""
LEAD_DISPOSITION: Final = "lead.disposition"
"""To a sale's buyer and to the lead's source: what became of the lead."""
QUALITY_FEEDBACK: Final = "quality.feedback"
"""To a lead's source: how good a buyer found it."""
RETURN_REQUESTED: Final = "return.requested"
"""To a sale's buyer and to the lead's source: the lead is to be given back."""
RETURN_APPROVED: Final = "return.approved"
"""To the same: the sale is refunded."""
RETURN_DENIED: Final = "return.denied"
"""To the same: the sale stands."""
TYPES: Final = (
    LEAD_SOLD,
    LEAD_DECIDED,
    LEAD_VOIDED,
    CAP_APPROACHING,
    CAP_REACHED,
    ENDPOINT_DISABLED,
    ENDPOINT_RECOVERED,
    ENDPOINT_FAILING,
    ENDPOINT_TEST,
    LEADS_AVAILABLE,
    LEAD_DISPOSITION,
    QUALITY_FEEDBACK,
    RETURN_REQUESTED,
    RETURN_APPROVED,
    RETURN_DENIED,
)


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event to one owner. `data` never holds contact data: a lead.sold webhook gains it when it is leased."""

    id: str
    type: str
    owner_id: str
    lead_id: str
    campaign_id: str
    occurred_ms: int
    data: dict[str, str | int | bool]
    sequence: int = 0
    """Place in commit order; minted by the store."""
    vertical: str = ""
    """Of its lead; empty when it is about none."""
    source_id: str = ""
    """Of its lead."""


class DeliveryState:
    """Where a delivery stands; numbered as in the contract."""

    PENDING: Final = 1
    DELIVERED: Final = 2
    DEAD: Final = 3
    DISCARDED: Final = 4
    PORTAL: Final = 5
    RESOLD: Final = 6


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One event on its way to one endpoint."""

    id: str
    event_id: str
    endpoint_id: str
    due_ms: int
    attempts: int = 0
    state: int = DeliveryState.PENDING
    lease_id: str = ""
    lead_id: str = ""
    fallback: bool = False
    """It goes to the endpoint's e-mail fallback."""
    reason: str = ""
    """Why it was given up or discarded."""
    ended_ms: int = 0
    """When it came to its end; 0 while pending."""


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """What came of one attempt to deliver; `status_code` 0 and an `error` when there was no answer."""

    delivery_id: str
    lease_id: str
    status_code: int
    latency_ms: int
    error: str = ""
    retry_after_s: int = 0
    at_ms: int = 0
    """When it began."""
    request: str = ""
    """Line and headers, without credentials."""
    answer_headers: str = ""
    answer_body: str = ""
    """Contact data masked."""
