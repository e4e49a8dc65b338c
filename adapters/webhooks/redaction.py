"""What is kept of an answer: bounded, and with the consumer's contact data masked wherever it is echoed."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus

import msgspec

MASK: Final = "…"
_MAX_TEXT_CHARS: Final = 4_096  # the contract's bound
_MAX_READ_CHARS: Final = 8_192  # masked at all: masking can make a text shorter
_TAIL_CHARS: Final = 1_024  # at a cut, a value could be left half and unrecognised
_MIN_CHARS: Final = 2  # an initial is everywhere
_MIN_DIGITS: Final = 7
_FREE_CHARS: Final = 4  # a value this long is masked inside of words, too
_NATIONAL_DIGITS: Final = 10  # a North American number without its country
_MAX_VALUES: Final = 512
_PERSONAL: Final = frozenset({"contact", "consent"})
_NOT_PERSONAL: Final = frozenset({"text_version", "text", "given_at"})
_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")

_EMAIL: Final = re.compile(r"[\w.+%-]{1,64}(?:@|%40|&#64;|\\u0040)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PHONE: Final = re.compile(
    r"(?<![\w.])(?:"
    r"\+(?:[ ().-]{0,2}\d){8,15}"  # international
    r"|(?:1[ .-]?)?(?:\(\d{3}\)[ .-]{0,2}|\d{3}[ .-]?)\d{3}[ .-]?\d{4}"  # North American
    r")(?![\w])"
)
_DIGITS: Final = re.compile(r"\+?\(?\d(?:[ ()./\\-]{0,3}\d){6,31}")  # a number or a date in any way of writing it


class Masker:
    """Masks what was in one body: every contact value, a phone number or a birth date however it is written."""

    def __init__(self, sent: bytes) -> None:
        """`sent` is the delivery's JSON; what is no JSON holds nothing that could be told apart."""
        values = tuple(_contact_values(sent))
        self._numbers = {number for value in values for number in _numbers(value)}
        texts = {text for value in values for text in _spellings(value)}
        longest_first = sorted(texts, key=len, reverse=True)  # a name may be part of an address
        self._texts = [(text, text.lower()) for text in longest_first]

    def __call__(self, text: str) -> str:
        """The text without contact data, at most 4,096 characters."""
        cut = len(text) > _MAX_READ_CHARS
        text = text[:_MAX_READ_CHARS]
        lowered = text.lower()
        if found := [value for value, lower in self._texts if lower in lowered]:  # most answers echo nothing
            text = re.sub("|".join(map(_pattern, found)), MASK, text, flags=re.IGNORECASE)
        if self._numbers:
            text = _DIGITS.sub(self._masked_number, text)
        text = _PHONE.sub(MASK, text)
        if "@" in text or "%40" in text or "64" in text or "0040" in text:
            text = _EMAIL.sub(MASK, text)
        return text[: min(_MAX_TEXT_CHARS, max(0, len(text) - _TAIL_CHARS) if cut else _MAX_TEXT_CHARS)]

    def _masked_number(self, found: re.Match[str]) -> str:
        digits = "".join(filter(str.isdecimal, found[0]))
        return MASK if any(number in digits for number in self._numbers) else found[0]


def _contact_values(sent: bytes) -> Iterator[str]:
    try:
        document = msgspec.json.decode(sent)
    except msgspec.DecodeError:
        return
    left = _MAX_VALUES
    open_: list[tuple[Any, bool]] = [(document, False)]
    while open_ and left:
        value, personal = open_.pop()
        match value:
            case dict():
                open_ += [
                    (inner, personal or name in _PERSONAL) for name, inner in value.items() if name not in _NOT_PERSONAL
                ]
            case list():
                open_ += [(inner, personal) for inner in value]
            case str() | int() | float() if personal and not isinstance(value, bool):
                left -= 1
                yield str(value).strip()


def _spellings(value: str) -> set[str]:
    """As it is, and as JSON, URLs, forms and HTML write it."""
    if len(value) < _MIN_CHARS:
        return set()
    return {value, json.dumps(value)[1:-1], quote(value, safe=""), quote_plus(value), html.escape(value)}


def _numbers(value: str) -> Iterator[str]:
    """The digits of a phone number without its country, and of a date in each order."""
    if date := _DATE.fullmatch(value):
        year, month, day = date.groups()
        yield from (year + month + day, month + day + year, day + month + year)
        return
    digits = "".join(filter(str.isdecimal, value))
    if len(digits) >= _MIN_DIGITS and not any(map(str.isalpha, value)):
        yield digits[-_NATIONAL_DIGITS:]


def _pattern(value: str) -> str:
    pattern = re.escape(value)
    return pattern if len(value) >= _FREE_CHARS else rf"(?<!\w){pattern}(?!\w)"
