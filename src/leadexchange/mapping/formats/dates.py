"""Dates and moments, by patterns of letters: YYYY-MM-DD, MM/DD/YYYY hh:mm A."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final

from leadexchange.mapping.formats.base import Formatter
from leadexchange.mapping.problems import Misfit, quoted
from leadexchange.mapping.scalars import Value
from leadexchange.mapping.styles import DateFormat, TimeFormat

_EXPECTED_DATE: Final = "a date as YYYY-MM-DD"
_EXPECTED_TIME: Final = "a time as in RFC 3339, or Unix ms"

_TOKEN: Final = re.compile(r"YYYY|MM|DD|HH|hh|mm|ss|SSS|A|[-/.:, TZ]")
_TEMPLATES: Final = {
    "YYYY": "{0.year:04}",
    "MM": "{0.month:02}",
    "DD": "{0.day:02}",
    "HH": "{0.hour:02}",
    "hh": "{1:02}",
    "mm": "{0.minute:02}",
    "ss": "{0.second:02}",
    "SSS": "{2:03}",
    "A": "{3}",
}
_READS: Final = {token: f"(?P<{token}>[0-9]{{{len(token)}}})" for token in _TEMPLATES} | {"A": "(?P<A>[AaPp][Mm])"}
_DATE_TOKENS: Final = {"YYYY", "MM", "DD"}
_CLOCKS: Final = (
    {"HH", "mm"},
    {"HH", "mm", "ss"},
    {"HH", "mm", "ss", "SSS"},
    {"hh", "A", "mm"},
    {"hh", "A", "mm", "ss"},
    {"hh", "A", "mm", "ss", "SSS"},
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MS: Final = -62_135_596_800_000  # year 1
_LAST_MS: Final = 253_402_300_799_999  # year 9999
_UNIX_MS: Final = {"unix_s": 1_000, "unix_ms": 1}
_ISO_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,18}(?:Z|[+-][0-9]{2}:?[0-9]{2})?")


def date_format(style: DateFormat) -> Formatter:
    """Dates: from and to ISO 8601. Of a moment, its day in UTC is written."""
    tokens = _tokens(style.pattern)
    if not _holds_once(tokens, _DATE_TOKENS):
        raise ValueError(f"{quoted(style.pattern)}: a date has YYYY, MM and DD, each once, and nothing of the time")
    template, reader = _template(tokens), _reader(tokens)

    def write(value: Value) -> Value:
        return template.format(_date(value))

    def read(value: Value) -> Value:
        match = reader.fullmatch(value.strip()) if isinstance(value, str) else None
        try:
            return _day(match.groupdict() if match else {}).isoformat()
        except (KeyError, ValueError):
            raise Misfit(f"a date as {style.pattern}", value) from None

    return Formatter(write, read)


def time_format(style: TimeFormat) -> Formatter:
    """Moments: from and to RFC 3339 in UTC; a number is Unix ms. A time without offset is in UTC."""
    if unit_ms := _UNIX_MS.get(style.pattern):
        return _unix(unit_ms, style.pattern)
    tokens = _tokens(style.pattern)
    if not any(_holds_once(tokens, _DATE_TOKENS | clock) for clock in _CLOCKS):
        raise ValueError(
            f"{quoted(style.pattern)}: a time has YYYY, MM, DD, HH or hh with A, mm, and perhaps ss and SSS, each once"
        )
    template, reader = _template(tokens), _reader(tokens)

    def write(value: Value) -> Value:
        at = _moment(value)
        return template.format(at, at.hour % 12 or 12, at.microsecond // 1_000, "AM" if at.hour < 12 else "PM")

    def read(value: Value) -> Value:
        match = reader.fullmatch(value.strip()) if isinstance(value, str) else None
        try:
            return _rfc3339(_clock(match.groupdict() if match else {}))
        except (KeyError, ValueError):
            raise Misfit(f"a time as {style.pattern}", value) from None

    return Formatter(write, read)


def _tokens(pattern: str) -> list[str]:
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise ValueError(
            f"{quoted(pattern)}: nothing but YYYY MM DD HH hh mm ss SSS A T Z and separators is understood"
        )
    return tokens


def _holds_once(tokens: list[str], wanted: set[str]) -> bool:
    counts = Counter(token for token in tokens if token in _TEMPLATES)
    return set(counts) == wanted and set(counts.values()) == {1}


def _template(tokens: list[str]) -> str:
    return "".join(_TEMPLATES.get(token, token) for token in tokens)


def _reader(tokens: list[str]) -> re.Pattern[str]:
    """Between separators 1/5/2026 is as good as 01/05/2026; in YYYYMMDD every digit counts."""
    pattern = "".join(_READS.get(token, re.escape(token)) for token in tokens)
    adjoining = any(a in _TEMPLATES and b in _TEMPLATES for a, b in pairwise(tokens))
    return re.compile(pattern if adjoining else pattern.replace("[0-9]{2}", "[0-9]{1,2}"))


def _day(read: dict[str, str]) -> date:
    return date(int(read["YYYY"]), int(read["MM"]), int(read["DD"]))


def _clock(read: dict[str, str]) -> datetime:
    hour = int(read["HH"]) if "HH" in read else _hour(int(read["hh"]), read["A"].upper())
    day = _day(read)
    micros = int(read.get("SSS", "0")) * 1_000
    return datetime(day.year, day.month, day.day, hour, int(read["mm"]), int(read.get("ss", "0")), micros, UTC)


def _hour(of_twelve: int, half: str) -> int:
    if not 1 <= of_twelve <= 12:
        raise ValueError(of_twelve)
    return of_twelve % 12 + (12 if half == "PM" else 0)


def _unix(unit_ms: int, name: str) -> Formatter:
    def write(value: Value) -> Value:
        return (_moment(value) - _EPOCH) // timedelta(milliseconds=unit_ms)

    def read(value: Value) -> Value:
        text = str(value).strip()
        digits = text.removeprefix("-")
        if isinstance(value, bool) or len(digits) > 15 or not (digits.isascii() and digits.isdecimal()):
            raise Misfit(f"a time as {name}", value)
        return _rfc3339(_moment(int(text) * unit_ms))

    return Formatter(write, read)


def _date(value: Value) -> date:
    if isinstance(value, str) and len(value) == 10 and value[4] == "-" == value[7]:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise Misfit(_EXPECTED_DATE, value) from None
    try:
        return _moment(value).date()
    except Misfit:
        raise Misfit(_EXPECTED_DATE, value) from None


def _moment(value: Value) -> datetime:
    if isinstance(value, str):
        text = value.strip().upper()
        try:
            at = datetime.fromisoformat(text) if _ISO_TIME.fullmatch(text) else None
            if at is not None:
                return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
    elif isinstance(value, int) and not isinstance(value, bool) and _FIRST_MS <= value <= _LAST_MS:
        return _EPOCH + timedelta(milliseconds=value)
    raise Misfit(_EXPECTED_TIME, value)


def _rfc3339(at: datetime) -> str:
    """As short as it is exact: ms only where there are any."""
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")
