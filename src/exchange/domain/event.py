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
TYPES: Final = (LEAD_SOLD, LEAD_DECIDED, LEAD_VOIDED, CAP_APPROACHING, CAP_REACHED)


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


class DeliveryState:
    """Where a delivery stands; numbered as in the contract."""

    PENDING: Final = 1
    DELIVERED: Final = 2
    DEAD: Final = 3


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One event on its way to one endpoint."""

    id: str
    event_id: str
    endpoint_id: str
    due_ms: int
    attempts: int = 0
    state: int = DeliveryState.PENDING
    lease_id: str = ""


class Attempt(msgspec.Struct, frozen=True):
    """What came of one attempt to deliver; `status_code` 0 and an `error` when there was no answer."""

    delivery_id: str
    lease_id: str
    status_code: int
    latency_ms: int
    error: str = ""
    retry_after_s: int = 0
