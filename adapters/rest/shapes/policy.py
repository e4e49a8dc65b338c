"""How verticals are auctioned, how much parties may ask, and who is not to be sold."""

from typing import Annotated, Literal

from msgspec import Struct

from adapters.rest.shapes.common import Amount, Int32, Int64, at


class AuctionPolicy(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How leads of one vertical are auctioned; what is left out takes its default."""

    vertical: str = ""
    """The vertical, as in the path."""
    distribution: Literal["highest_price", "priority", "tiered_price", "weighted", "round_robin"] | None = None
    """In which order bidders are offered a lead."""
    clearing: Literal["first_price", "second_price"] | None = None
    """What the winner pays."""
    floor: Amount | None = None
    """Least price of a sale."""
    fee_bps: Int32 | None = None
    """The exchange's fee in basis points."""
    max_buyers: Int32 | None = None
    """A shared sale has at most so many buyers."""
    min_buyers: Int32 | None = None
    """A shared sale needs at least so many."""
    duplicate_window_s: Int32 | None = None
    """A consumer seen within so many seconds is a duplicate; 0 does not look."""
    bidder_care: Literal["off", "simulate", "enforce"] | None = None
    """What is done with bidders that are often late or invalid."""
    care_threshold_bps: Int32 | None = None
    """Share of late or invalid answers at which a bidder is called less."""
    exploration_bps: Int32 | None = None
    """Share of pings that it gets all the same."""
    revision: Int64 | None = None
    """Grows with each change; give it back to refuse a lost update."""


class RatePlan(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How much a party may ask; 0 is no limit."""

    party_id: str = ""
    """A source's or buyer's id, as in the path; "*" for each party without a plan of its own."""
    per_minute: Int32 | None = None
    """Calls a minute."""
    per_hour: Int32 | None = None
    """Calls an hour."""
    concurrent: Int32 | None = None
    """Calls at once."""
    revision: Int64 | None = None
    """Grows with each change; give it back to refuse a lost update."""


class RatePlans(Struct):
    """Every rate plan."""

    data: Annotated[list[RatePlan], at("plans")]
    """By party."""


class Suppressions(Struct, forbid_unknown_fields=True):
    """Consumers, at most 1,000 in all."""

    emails: list[str] | None = None
    """E-mail addresses."""
    phones: list[str] | None = None
    """Phones in any usual format."""


class Suppressed(Struct):
    """How many there were."""

    added: int
    """Consumers added that were not on the list before."""


class Unsuppressed(Struct):
    """How many there were."""

    removed: int
    """Consumers taken off."""
