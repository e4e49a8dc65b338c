"""Who takes part: sources and buyers.

The same shape is sent and read; on PATCH, what is left out is kept.
"""

from typing import Annotated

from msgspec import UNSET, Struct

from adapters.rest.shapes.common import READ_ONLY, Amount, Int32, Int64, Maybe, PartyState, Time
from adapters.rest.shapes.limits import Cap


class Noun(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What all things in the catalogue have."""

    id: Maybe[str] = UNSET
    """Chosen on creation, `[a-z0-9][a-z0-9_-]{1,62}`, or minted."""
    state: Maybe[PartyState] = UNSET
    """Active unless given. What is archived stays for its history and is never removed."""
    revision: Maybe[Int64] = UNSET
    """Grows with each change; give it on PATCH to refuse a lost update, or the `ETag` as `If-Match`."""
    created_at: Annotated[Maybe[Time], READ_ONLY] = UNSET
    """Read only; ignored when sent."""


class Source(Noun):
    """A publisher or lead generator."""

    display_name: Maybe[str] = UNSET
    """Name for people; at most 200 characters."""
    floor: Maybe[Amount] = UNSET
    """Least price that its leads are sold for."""
    payout_bps: Maybe[Int32] = UNSET
    """Its share of each sale in basis points, 0 to 10,000; 8,000 unless given."""


class Buyer(Noun):
    """A carrier, lender, agency or call centre."""

    display_name: Maybe[str] = UNSET
    """Name for people; at most 200 characters."""
    time_zone: Maybe[str] = UNSET
    """IANA time zone in which caps and schedules count; fixed once created. UTC unless given."""
    caps: Maybe[list[Cap]] = UNSET
    """Limits over all of its campaigns; at most 8."""
    credit_limit: Maybe[Amount] = UNSET
    """What it may owe; bids that balance and limit do not cover do not stand. Unset is no limit, "0" prepaid."""
    duplicate_window_s: Maybe[Int32] = UNSET
    """It is not offered a consumer whom it bought within so many seconds; 0 does not look."""
