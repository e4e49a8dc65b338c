"""Accounts: balances, adjustments, statements."""

from typing import Annotated, Literal

from msgspec import Struct, field

from adapters.rest.shapes.common import Amount, Cursor, PageQuery, Query, Time, at


class PartyQuery(Query):
    """Whose account."""

    party_id: str = ""
    """A buyer's or source's id; the caller's own unless given."""


class Balance(Struct):
    """What an account stands at."""

    balance: Amount
    """A buyer: prepaid less spent; below 0 it owes. A source: earned less paid out."""


class Adjustment(Struct, forbid_unknown_fields=True):
    """A payment or correction to book."""

    party_id: str
    """A buyer's or source's id."""
    kind: Literal["payment", "payout", "correction"]
    """A buyer paid in, a source was paid out, or a correction in the party's favour."""
    amount: Amount
    """Only a correction may be negative."""
    note: str = ""
    """For people; at most 200 characters."""


class Booked(Struct):
    """What was booked."""

    transaction_id: str
    """"adj_…"."""
    balance: Amount
    """What the account stands at now."""
    booked_at: Time
    """When."""


class StatementQuery(PageQuery):
    """Which account and when."""

    party_id: str = ""
    """A buyer's or source's id, or "exchange"; the caller's own unless given."""
    from_: Annotated[Time | None, at("booked_from")] = field(default=None, name="from")
    """Booked at or after."""
    until: Annotated[Time | None, at("booked_until")] = None
    """Booked before."""


class StatementEntry(Struct, omit_defaults=True):
    """One line of a statement."""

    transaction_id: str
    """A sale's, return's or adjustment's id."""
    kind: str
    """`sale`, `refund` or `adjustment`."""
    booked_at: Time
    """When it was booked."""
    amount: Amount
    """In the party's favour when positive."""
    balance: Amount
    """What the account stands at after it."""
    lead_id: str = ""
    """The lead sold or returned."""
    note: str = ""
    """An adjustment's note."""


class Statement(Struct):
    """A page of a statement, oldest first."""

    opening: Amount
    """What the account stood at before the first entry of this page."""
    data: Annotated[list[StatementEntry], at("entries")]
    """The entries."""
    next_cursor: Cursor
    """Null at the end."""
