"""Returns: leads that their buyers give back."""

from enum import IntEnum
from typing import Final

import msgspec

RULE: Final = "rule"
"""Who decided, where no person did."""


class ReturnReason(IntEnum):
    """Why a lead is returned; numbered as in the contract."""

    DISCONNECTED_PHONE = 1
    WRONG_PERSON = 2
    FAKE_CONTACT = 3
    DUPLICATE = 4
    OUTSIDE_CRITERIA = 5
    NO_CONSENT = 6
    DO_NOT_CONTACT = 7
    TEST_LEAD = 8
    OTHER = 9


class ReturnState(IntEnum):
    """Where a return stands; numbered as in the contract."""

    REQUESTED = 1
    APPROVED = 2
    DENIED = 3


class Resale(IntEnum):
    """Whether a returned lead is offered to other buyers again."""

    NONE = 0
    DUE = 1
    DONE = 2


class ReturnPolicy(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a campaign may return, and what follows."""

    window_hours: int = 168
    """Since the sale; -1 allows no returns."""
    max_share_bps: int = 2_000
    """Of the sales of the last 30 days."""
    auto_approve: tuple[ReturnReason, ...] = ()
    auto_deny: tuple[ReturnReason, ...] = ()
    resell: bool = False
    """Leads whose return is approved by rule are offered to other buyers again."""
    replace: bool = False
    """Caps count a sale no more once it is refunded."""


class LeadReturn(msgspec.Struct, frozen=True, gc=False):
    """A return; at most one a sale."""

    id: str
    sale_id: str
    lead_id: str
    campaign_id: str
    buyer_id: str
    source_id: str
    reason: ReturnReason
    refund_micros: int
    """What the buyer gets back, or would."""
    requested_ms: int
    note: str = ""
    state: ReturnState = ReturnState.REQUESTED
    decided_ms: int = 0
    decided_by: str = ""
    """`rule`, or a key's id."""
    decision_note: str = ""
    replaced: bool = False
    """Caps count the sale no more."""
    resale: Resale = Resale.NONE
    sequence: int = 0
    """Place in commit order; minted by the store."""
