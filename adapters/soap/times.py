"""Times as XML Schema writes them."""

import re
from datetime import UTC, datetime
from typing import Final

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def read_time(text: str) -> datetime | None:
    """The moment of an xs:dateTime, in UTC where it has no offset; None for what is none, or beyond the year 9999."""
    text = text.strip()
    if not _TIME.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


def ms_of(time: datetime) -> int:
    """Unix ms."""
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
