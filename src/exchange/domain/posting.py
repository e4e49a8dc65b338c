"""Ledger entries."""

from enum import IntEnum

import msgspec


class Posting(msgspec.Struct, frozen=True, gc=False):
    """One side of a transaction. The postings of a transaction sum to zero.

    Accounts are `buyer:ID`, `source:ID` and `exchange:fees`; a debit is positive, a credit negative.
    """

    transaction_id: str
    account: str
    amount_micros: int
    at_ms: int


class AdjustmentKind(IntEnum):
    """Why an adjustment is made; numbered as in the contract."""

    PAYMENT = 1
    PAYOUT = 2
    CORRECTION = 3


class Adjustment(msgspec.Struct, frozen=True):
    """A payment, payout or correction."""

    transaction_id: str
    request_id: str
    party_id: str
    kind: AdjustmentKind
    amount_micros: int
    note: str
    booked_ms: int
