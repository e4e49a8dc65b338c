"""Who takes part: sources and buyers."""

from enum import IntEnum
from typing import Final

import msgspec

from exchange.domain import limits
from exchange.domain.caps import Cap

EXCHANGE: Final = "exchange"
"""Owner id of the operator's own events and accounts."""


class PartyState(IntEnum):
    """Who may take part; numbered as in the contract."""

    ACTIVE = 1
    PAUSED = 2
    ARCHIVED = 3


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """A publisher or lead generator."""

    id: str
    display_name: str
    state: PartyState = PartyState.ACTIVE
    floor_micros: int = 0
    payout_bps: int = limits.DEFAULT_PAYOUT_BPS
    revision: int = 0
    created_ms: int = 0


class Buyer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A carrier, lender, agency or call centre."""

    id: str
    display_name: str
    state: PartyState = PartyState.ACTIVE
    time_zone: str = "UTC"
    """IANA; caps and schedules count in it."""
    caps: tuple[Cap, ...] = ()
    """Over all of its campaigns."""
    credit_limit_micros: int | None = None
    """What it may owe; None is no limit, 0 is prepaid."""
    duplicate_window_s: int = 0
    """It is not offered a consumer whom it bought within this time; 0 does not look."""
    revision: int = 0
    created_ms: int = 0
    changed_ms: int = 0
    """When it last changed: caps are proved from here on."""
