"""What a schema is made of: for each attribute of a vertical, its kind, its range and whether it is required."""

from collections.abc import Iterable, Mapping
from enum import Enum, auto

import msgspec

from exchange.domain.lead import Value


class Kind(Enum):
    """How an attribute is read, and what it is once admitted."""

    CODE = auto()
    """One of a closed set, or a synonym of one. Admitted as that code."""
    STATE = auto()
    """A US state, by code or by name. Admitted as its two letters."""
    ZIP = auto()
    """A ZIP code; ZIP+4 is cut, since its last four digits narrow to a street. Admitted as five digits."""
    WHOLE = auto()
    """A whole number, also as text with thousands separators. Admitted as int."""
    NUMBER = auto()
    """A number, also as text with thousands separators. Admitted as float."""
    MONEY = auto()
    """An amount in units of the currency, also as text with `$` or `USD`. Admitted as float, to the cent."""
    RATIO = auto()
    """A fraction of one, also as text in per cent (`75.4%` is 0.754). Admitted as float."""
    PERCENT = auto()
    """A number of per cent, with or without the sign (`17.5%` is 17.5). Admitted as float."""
    FLAG = auto()
    """A boolean, also as true/false, yes/no, y/n, t/f, 1/0 in text or 1/0 as a number. Admitted as bool."""
    DATE = auto()
    """A date in any format that `dates.read` takes. Admitted as an ISO 8601 code."""


class Field(msgspec.Struct, frozen=True):
    """One attribute of a vertical."""

    kind: Kind
    required: bool = False
    low: float = 0
    """Least number admitted."""
    high: float = 0
    """Greatest number admitted."""
    codes: Mapping[str, tuple[str, ...]] = {}
    """For CODE: each code with its synonyms; letter case, spaces, hyphens and slashes do not matter."""
    absent: tuple[Value, ...] = ()
    """Admitted values that a source sends for "not known": the attribute counts as not sent."""
    years_ahead: int | None = None
    """For WHOLE and DATE: the year is at most this many after the current one."""


Schema = Mapping[str, Field]


def one_of(
    codes: Iterable[str],
    synonyms: Mapping[str, tuple[str, ...]] | None = None,
    required: bool = False,
    absent: tuple[str, ...] = (),
) -> Field:
    """A code from a closed set, given as names or as one text of names."""
    names = codes.split() if isinstance(codes, str) else codes
    return Field(Kind.CODE, required, codes={name: (synonyms or {}).get(name, ()) for name in names}, absent=absent)


def whole(low: int, high: int, absent: tuple[int, ...] = (), years_ahead: int | None = None) -> Field:
    """A whole number in a closed range."""
    return Field(Kind.WHOLE, low=low, high=high, absent=absent, years_ahead=years_ahead)


def number(low: float, high: float) -> Field:
    """A number in a closed range."""
    return Field(Kind.NUMBER, low=low, high=high)


def money(low: float, high: float, required: bool = False) -> Field:
    """An amount in a closed range of units."""
    return Field(Kind.MONEY, required, low=low, high=high)


def percent(high: float) -> Field:
    """Per cent, from 0."""
    return Field(Kind.PERCENT, high=high)


def ratio(high: float) -> Field:
    """A fraction of one, from 0."""
    return Field(Kind.RATIO, high=high)


def date(years_ahead: int) -> Field:
    """A date that lies at most so many calendar years ahead."""
    return Field(Kind.DATE, years_ahead=years_ahead)


FLAG = Field(Kind.FLAG)
REQUIRED_FLAG = Field(Kind.FLAG, required=True)
