"""Caps: limits that are never exceeded."""

from enum import IntEnum

import msgspec


class CapPeriod(IntEnum):
    """The span that a cap counts over, in the buyer's time zone; numbered as in the contract."""

    HOUR = 1
    DAY = 2
    WEEK = 3
    MONTH = 4


class Cap(msgspec.Struct, frozen=True, omit_defaults=True):
    """A limit that is never exceeded; 0 is no limit."""

    period: CapPeriod
    max_leads: int = 0
    max_spend_micros: int = 0
