"""Reads attribute values in the formats that sources use; each reader is made once, from a field of a schema."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from exchange.domain import limits
from exchange.domain.lead import Value
from exchange.intake import dates
from exchange.intake.fields import Field, Kind
from exchange.intake.geography import STATES
from exchange.intake.text import fold

Reader = Callable[[Value], Value | None]
"""Gives the value as admitted, or None where it says "not known"; raises ValueError for what it cannot read.

Text comes to it trimmed and not empty.
"""

_DIGITS: Final = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+"
_NUMBER: Final = re.compile(rf"([+-]?(?:{_DIGITS}))", re.ASCII)
_PERCENT: Final = re.compile(rf"({_DIGITS}) ?%?", re.ASCII)
_MONEY: Final = re.compile(rf"(?:(?:US)?\$ ?|USD ?)?({_DIGITS})(?: ?USD)?", re.ASCII | re.IGNORECASE)
_ZIP: Final = re.compile(r"(\d{5})(?:[ -]?\d{4})?", re.ASCII)
_LEAST_ZIP: Final = 501

_FLAGS: Final[dict[Value, bool]] = {
    **dict.fromkeys((True, "true", "yes", "y", "t", "1"), True),
    **dict.fromkeys((False, "false", "no", "n", "f", "0"), False),
}


def reader_of(field: Field) -> Reader:
    """The reader for a field."""
    match field.kind:
        case Kind.CODE:
            return _code(field.codes, field.absent)
        case Kind.STATE:
            return _code(STATES, field.absent)
        case Kind.ZIP:
            return _zip
        case Kind.FLAG:
            return _flag
        case Kind.DATE:
            return _date
        case Kind.WHOLE:
            return _whole(field)
        case _:
            return _number(field)


def expected_of(field: Field) -> str:
    """What a field takes, for people."""
    between = f"from {field.low:.12g} to {field.high:.12g}"
    match field.kind:
        case Kind.CODE:
            return f"one of {', '.join(field.codes)}"
        case Kind.STATE:
            return "a US state, by its two letters or its name"
        case Kind.ZIP:
            return "a ZIP code of five digits"
        case Kind.FLAG:
            return "true or false (also yes or no, y or n, 1 or 0)"
        case Kind.DATE:
            return dates.EXPECTED
        case Kind.WHOLE:
            return f"a whole number {between}"
        case Kind.MONEY:
            return f"an amount of money {between}"
        case Kind.RATIO:
            return f"a fraction of one {between}"
        case Kind.PERCENT:
            return f"per cent {between}"
        case Kind.NUMBER:
            return f"a number {between}"


def _code(codes: Mapping[str, tuple[str, ...]], absent: tuple[Value, ...]) -> Reader:
    table: dict[Value, str | None] = {fold(str(marker)): None for marker in absent}
    for code, synonyms in codes.items():
        table |= dict.fromkeys((code, fold(code), *synonyms, *map(fold, synonyms)), code)

    def read(value: Value) -> str | None:
        code = table.get(value, "")
        if code != "":  # as most sources send it
            return code
        if isinstance(value, str) and len(value) <= limits.MAX_CODE_CHARS and (folded := fold(value)) in table:
            return table[folded]
        raise ValueError

    return read


def _zip(value: Value) -> str:
    if isinstance(value, str):
        if len(value) == 5 and value.isascii() and value.isdecimal():  # as most sources send it
            code = value
        elif (found := _ZIP.fullmatch(value)) is not None:
            code = found[1]
        else:
            raise ValueError
    elif not isinstance(value, bool) and _LEAST_ZIP <= value <= 99_999 and value == int(value):
        code = f"{int(value):05}"  # a number has lost its leading zeros
    else:
        raise ValueError
    if int(code) < _LEAST_ZIP:
        raise ValueError
    return code


def _flag(value: Value) -> bool:
    flag = _FLAGS.get(value)  # 1 and 1.0 equal True
    if flag is not None:
        return flag
    if isinstance(value, str) and (lowered := value.lower()) in _FLAGS:
        return _FLAGS[lowered]
    raise ValueError


def _date(value: Value) -> str:
    if not isinstance(value, str):
        raise ValueError
    return dates.read(value)


def _whole(field: Field) -> Reader:
    low, high, absent = field.low, field.high, field.absent

    def read(value: Value) -> int | None:
        number = _amount(value, _NUMBER)
        if number in absent:
            return None
        if low <= number <= high and number == (exact := int(number)):
            return exact
        raise ValueError

    return read


def _number(field: Field) -> Reader:
    low, high, absent = field.low, field.high, field.absent
    pattern = {Kind.MONEY: _MONEY, Kind.RATIO: _PERCENT, Kind.PERCENT: _PERCENT}.get(field.kind, _NUMBER)
    places = 2 if field.kind is Kind.MONEY else 6
    per_cent = field.kind is Kind.RATIO

    def read(value: Value) -> float | None:
        number = value if type(value) is float else _amount(value, pattern)
        if per_cent and isinstance(value, str) and value.endswith("%"):
            number /= 100
        if number in absent:
            return None
        if low <= number <= high:
            return round(float(number), places)
        raise ValueError

    return read


def _amount(value: Value, pattern: re.Pattern[str]) -> int | float:
    """A number as it is, or read from text whose first group it is."""
    if isinstance(value, str):
        if (found := pattern.fullmatch(value)) is None:
            raise ValueError
        return float(found[1].replace(",", ""))
    if isinstance(value, bool):
        raise ValueError
    return value
