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


class EntryKind(IntEnum):
    """What an entry is of; numbered as in the contract."""

    SALE = 1
    REFUND = 2
    ADJUSTMENT = 3


class StatementEntry(msgspec.Struct, frozen=True, gc=False):
    """One posting to an account, in the order of booking. Amounts are in the party's favour when positive."""

    sequence: int
    transaction_id: str
    lead_id: str
    """Sold or returned; empty for an adjustment."""
    booked_ms: int
    amount_micros: int
    balance_micros: int
    """What the account stands at after it."""
    note: str = ""


class Statement(msgspec.Struct, frozen=True):
    """A page of an account's entries, oldest first."""

    opening_micros: int
    """What the account stood at before the first of them."""
    entries: list[StatementEntry]
