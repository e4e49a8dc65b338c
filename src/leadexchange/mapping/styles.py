"""The shapes of value formats in a mapping's document."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from leadexchange.mapping import limits

ConstantText = Annotated[str, Meta(max_length=limits.MAX_CONSTANT_CHARS)]
ConstantValue = ConstantText | int | float | bool
_TimePattern = Annotated[str, Meta(min_length=1, max_length=limits.MAX_TIME_PATTERN_CHARS)]


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the document: what it does not know, it refuses."""


class PhoneFormat(Shape, tag="phone", frozen=True):
    """A phone number. All styles but the first two write North American numbers only.

    e164 `+12105550169`, international `+1 210-555-0169`, digits `2105550169`, dashes `210-555-0169`, dots
    `210.555.0169`, parentheses `(210) 555-0169`, country_digits `12105550169`, country_dashes `1-210-555-0169`, acord
    `+1-210-5550169`.
    """

    style: Literal[
        "e164", "international", "digits", "dashes", "dots", "parentheses", "country_digits", "country_dashes", "acord"
    ] = "e164"


class DateFormat(Shape, tag="date", frozen=True):
    """A date by a pattern of YYYY, MM and DD: `MM/DD/YYYY`, `YYYYMMDD`."""

    pattern: _TimePattern = "YYYY-MM-DD"


class TimeFormat(Shape, tag="time", frozen=True):
    """A moment in UTC, by a pattern; anything finer than the pattern is cut off.

    Patterns have YYYY, MM, DD, HH (0 to 23) or hh (1 to 12) with A (AM or PM), mm, ss and SSS (ms), or are `unix_s` or
    `unix_ms`, which are whole numbers.
    """

    pattern: _TimePattern = "YYYY-MM-DDTHH:mm:ssZ"


class StateFormat(Shape, tag="state", frozen=True):
    """A US state: its two letters or its full name."""

    style: Literal["code", "name"] = "name"


class BooleanFormat(Shape, tag="boolean", frozen=True):
    """True and false by two words or numbers of the buyer's: Yes and No, Y and N, 1 and 0."""

    true: ConstantValue = "true"
    false: ConstantValue = "false"


class NumberFormat(Shape, tag="number", frozen=True):
    """A number as JSON knows it; `places` rounds it half up."""

    places: Annotated[int, Meta(ge=0, le=limits.MAX_PLACES)] | None = None


class CurrencyFormat(Shape, tag="currency", frozen=True):
    """An amount of money as text, rounded half up to its places; `unit` cent and micro write whole numbers of them."""

    places: Annotated[int, Meta(ge=0, le=limits.MAX_PLACES)] | None = None
    """Decimal places; absent is 2 for units and 0 for cents and micros."""
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    symbol: Annotated[str, Meta(max_length=limits.MAX_SYMBOL_CHARS)] = ""
    symbol_after: bool = False
    unit: Literal["unit", "cent", "micro"] = "unit"


class TextFormat(Shape, tag="text", frozen=True):
    """Text, in this order: only its digits, trimmed, in upper, lower or title case, cut to a length."""

    digits: bool = False
    trim: bool = True
    case: Literal["upper", "lower", "title"] | None = None
    max_chars: Annotated[int, Meta(ge=1, le=limits.MAX_CONSTANT_CHARS)] | None = None


Format = (
    PhoneFormat | DateFormat | TimeFormat | StateFormat | BooleanFormat | NumberFormat | CurrencyFormat | TextFormat
)
