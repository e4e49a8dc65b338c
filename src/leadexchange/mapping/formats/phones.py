"""Phone numbers, from and to E.164."""

import re
from collections.abc import Callable
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from leadexchange.mapping.formats.base import Formatter
from leadexchange.mapping.problems import Misfit
from leadexchange.mapping.scalars import Value, text_of
from leadexchange.mapping.styles import PhoneFormat

_EXPECTED: Final = "a phone number"
_EXPECTED_NORTH_AMERICAN: Final = "a North American phone number, the only kind that this style can write"

# Nearly all numbers are North American, and the library takes thirty times as long to read them.
_NORTH_AMERICAN: Final = re.compile(
    r"(?:\+?1[ .-]{0,3})?\(?([2-9][0-9]{2})\)?[ .-]{0,3}([2-9][0-9]{2})[ .-]{0,3}([0-9]{4})"
)
_ANY: Final = re.compile(r"[+(0-9][0-9 ().\-/]{5,39}")

_Parts = tuple[str, str, str]
_STYLES: Final[dict[str, str]] = {
    "digits": "{}{}{}",
    "dashes": "{}-{}-{}",
    "dots": "{}.{}.{}",
    "parentheses": "({}) {}-{}",
    "country_digits": "1{}{}{}",
    "country_dashes": "1-{}-{}-{}",
    "acord": "+1-{}-{}{}",
}


def phone(style: PhoneFormat) -> Formatter:
    """Writes in the style; reads any usual way of writing, to E.164."""
    return Formatter(_writer(style.style), read)


def read(value: Value) -> str:
    """E.164 (`+12105550169`); a number without `+` and country code is North American."""
    text = text_of(value).strip()
    if parts := _north_american(text):
        return "+1" + "".join(parts)
    number = phonenumbers.format_number(_parsed(text, value), PhoneNumberFormat.E164)
    if number.startswith("+1") and _north_american(number) is None:
        raise Misfit(_EXPECTED, value)
    return number


def _north_american(text: str) -> _Parts | None:
    match = _NORTH_AMERICAN.fullmatch(text)
    return (match[1], match[2], match[3]) if match else None


def _parsed(text: str, value: Value) -> phonenumbers.PhoneNumber:
    if _ANY.fullmatch(text) is None:
        raise Misfit(_EXPECTED, value)
    try:
        number = phonenumbers.parse(text, "US")
    except NumberParseException:
        raise Misfit(_EXPECTED, value) from None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise Misfit(_EXPECTED, value)
    return number


def _writer(style: str) -> Callable[[Value], Value]:
    if style == "e164":
        return read
    if style == "international":
        return _international
    template = _STYLES[style]

    def write(value: Value) -> Value:
        parts = _north_american(read(value))
        if parts is None:
            raise Misfit(_EXPECTED_NORTH_AMERICAN, value)
        return template.format(*parts)

    return write


def _international(value: Value) -> str:
    return phonenumbers.format_number(_parsed(read(value), value), PhoneNumberFormat.INTERNATIONAL)
