"""The values that mappings move: how each is written as text, compared, and read as a number."""

import re
from decimal import Decimal
from typing import Final

from leadexchange.mapping import limits

Value = str | int | float | bool | Decimal
"""A single value. Decimals are numbers that must stay exact."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_LARGEST_EXPONENT: Final = 40


def text_of(value: Value) -> str:
    """A value as text: flags as true and false, numbers as JSON writes them but without exponent."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case _:
            return _plain(value if isinstance(value, Decimal) else Decimal(repr(value)))


def _plain(number: Decimal) -> str:
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT:
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def key_of(value: Value) -> str:
    """What values are compared by: 5, 5.0 and "5" are equal, and so are true, "TRUE" and " true "."""
    return text_of(value).strip().casefold()


def number_of(value: object) -> Decimal | None:
    """A number, or a text of one, exactly; None for anything else, or what is too large to be an amount of anything."""
    match value:
        case bool():
            return None
        case str():
            text = value.strip()
            if len(text) > limits.MAX_NUMBER_CHARS or _NUMBER.fullmatch(text) is None:
                return None
            return Decimal(text)
        case int() | float() | Decimal():
            number = value if isinstance(value, Decimal) else Decimal(repr(value))
            return number if number.is_finite() and abs(number.adjusted()) <= _LARGEST_EXPONENT else None
        case _:
            return None
