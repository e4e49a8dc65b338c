"""Calendar dates as sources write them."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

EXPECTED: Final = "a date as YYYY-MM-DD, YYYYMMDD or MM/DD/YYYY"

_NUMBERED: Final = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})")
_MS_PER_DAY: Final = 86_400_000


def read(text: str) -> str:
    """A date as ISO 8601 (`1960-11-16`), from 1900 on; raises ValueError for what is none.

    Of two numbers before the year the first is the month, as in the US, unless it is above 12: then it is the day.
    """
    if numbered := _NUMBERED.fullmatch(text):
        first, _, second, year = numbered.groups()
        month, day = (int(second), int(first)) if int(first) > 12 else (int(first), int(second))
        found = date(int(year), month, day)
    elif (len(text) == 10 and text[7] == "-") or (len(text) == 8 and text.isdecimal()):  # not the week dates of ISO
        found = date.fromisoformat(text)
    else:
        raise ValueError(text)
    if found.year < 1900:
        raise ValueError(text)
    return found.isoformat()


def today(now_ms: int) -> str:
    """The date of a time (Unix ms) in UTC, as ISO 8601."""
    return _date_of(now_ms // _MS_PER_DAY)


@lru_cache(maxsize=4)
def _date_of(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
