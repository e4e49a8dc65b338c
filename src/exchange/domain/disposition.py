"""Dispositions: what became of sold leads in their buyers' hands."""

from enum import IntEnum

import msgspec


class DispositionKind(IntEnum):
    """What became of a sold lead; numbered as in the contract. `feedback.rules` says which may follow which."""

    RECEIVED = 1
    ATTEMPTED = 2
    CONTACTED = 3
    QUALIFIED = 4
    QUOTED = 5
    APPLIED = 6
    CONVERTED = 7
    NOT_INTERESTED = 8
    UNREACHABLE = 9
    UNQUALIFIED = 10
    INVALID = 11


class Disposition(msgspec.Struct, frozen=True, gc=False):
    """One disposition of one sale."""

    sale_id: str
    lead_id: str
    campaign_id: str
    buyer_id: str
    source_id: str
    kind: DispositionKind
    occurred_ms: int
    recorded_ms: int
    value_micros: int = 0
    """Of a conversion, to the buyer."""
    code: str = ""
    """The buyer's own."""
    quality: int = 0
    """1 (worst) to 5 (best); 0 for none."""
    sequence: int = 0
    """Place in commit order; minted by the store."""
