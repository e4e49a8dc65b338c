"""Ledger entries."""

import msgspec


class Posting(msgspec.Struct, frozen=True):
    """One side of a transaction. The postings of a transaction sum to zero.

    Accounts are `buyer:ID`, `source:ID` and `exchange:fees`; a debit is positive, a credit negative.
    """

    transaction_id: str
    account: str
    amount_micros: int
    at_ms: int
