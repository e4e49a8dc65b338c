"""Times in a buyer's own time zone: schedules, and the windows that caps count over.

A wall clock that is set back shows an hour twice: a schedule that names it is open both times, and a cap by the hour
counts each of the two on its own. An hour that the clock leaps over never comes.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exchange.domain.campaign import ScheduleWindow
from exchange.domain.caps import CapPeriod

_MINUTE_MS = 60_000
_DAY_MINUTES = 24 * 60


def open_at(windows: Sequence[ScheduleWindow], zone: ZoneInfo, at_ms: int) -> bool:
    """Whether a schedule is open at a time (Unix ms). Without windows it always is."""
    if not windows:
        return True
    wall = _wall(zone, at_ms // _MINUTE_MS)
    return any(
        window.weekday == wall.weekday and window.start_minute <= wall.minute < window.end_minute for window in windows
    )


def period_key(period: CapPeriod, zone: ZoneInfo, at_ms: int) -> int:
    """The cap window that a time (Unix ms) belongs to, named by the time at which it began, Unix ms.

    Hours are clock hours, days and months those of the calendar, weeks begin on Monday (ISO 8601).
    """
    return period_keys(zone, at_ms)[period - 1]


def period_keys(zone: ZoneInfo, at_ms: int) -> tuple[int, int, int, int]:
    """The `period_key` of each period, in the order of `CapPeriod`."""
    return _wall(zone, at_ms // _MINUTE_MS).began_ms


@lru_cache(maxsize=4_096)
def period_end(period: CapPeriod, zone: ZoneInfo, began_ms: int) -> int:
    """When the cap window that began at a time (a `period_key`) ends and the next begins, Unix ms."""
    if period == CapPeriod.HOUR:
        return began_ms + 60 * _MINUTE_MS
    first = datetime.fromtimestamp(began_ms // 1_000, zone).date()
    if period == CapPeriod.MONTH:
        return _midnight_ms(zone, (first.replace(day=1) + timedelta(days=31)).replace(day=1))
    return _midnight_ms(zone, first + timedelta(days=7 if period == CapPeriod.WEEK else 1))


class _Wall(NamedTuple):
    """What the wall clock shows in one minute."""

    weekday: int
    """ISO: 1 is Monday."""
    minute: int
    """Of the day."""
    began_ms: tuple[int, int, int, int]
    """When the hour, the day, the week and the month began."""


@lru_cache(maxsize=4_096)  # a few minutes of every zone there is; offsets from UTC are whole minutes since 1972
def _wall(zone: ZoneInfo, utc_minute: int) -> _Wall:
    now = datetime.fromtimestamp(utc_minute * 60, zone)
    today = now.date()
    return _Wall(
        weekday=now.isoweekday(),
        minute=now.hour * 60 + now.minute,
        began_ms=(
            (utc_minute - now.minute) * _MINUTE_MS,
            _midnight_ms(zone, today),
            _midnight_ms(zone, today - timedelta(days=today.weekday())),
            _midnight_ms(zone, today.replace(day=1)),
        ),
    )


def _midnight_ms(zone: ZoneInfo, day: date) -> int:
    """When a day begins: at the first of two midnights, and at the leap where midnight is leapt over."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1_000


def open_minutes(windows: tuple[ScheduleWindow, ...], zone: ZoneInfo, at_ms: int) -> tuple[int, int]:
    """How many minutes of its day a schedule was open up to and with that of a time (Unix ms), and in the whole day.

    Without windows it always is. These are minutes that pass, not those that the wall clock shows: a day may have
    23 or 25 hours.
    """
    utc_minute = at_ms // _MINUTE_MS
    spans = _open_spans(windows, zone, period_key(CapPeriod.DAY, zone, at_ms) // _MINUTE_MS)
    past = sum(max(0, min(end, utc_minute + 1) - start) for start, end in spans)
    return past, sum(end - start for start, end in spans)


@lru_cache(maxsize=4_096)  # a day of that many paced schedules
def _open_spans(windows: tuple[ScheduleWindow, ...], zone: ZoneInfo, begins: int) -> tuple[tuple[int, int], ...]:
    """When a schedule is open on the day that begins at a minute: spans of UTC minutes, start ≤ minute < end."""
    today = datetime.fromtimestamp(begins * 60, zone).date()
    ends = _midnight_ms(zone, today + timedelta(days=1)) // _MINUTE_MS
    wanted = _merged(windows, today.isoweekday()) if windows else [(0, _DAY_MINUTES)]
    spans: list[tuple[int, int]] = []
    start = begins
    while start < ends:
        # As long as the offset from UTC stays, the wall clock goes along. No zone changes it twice in a day.
        offset = _offset(zone, start)
        end = bisect_left(range(ends), True, start, key=lambda minute: _offset(zone, minute) != offset)
        shown = _wall(zone, start).minute
        pieces = ((max(start, start + low - shown), min(end, start + high - shown)) for low, high in wanted)
        spans += [(low, high) for low, high in pieces if low < high]
        start = end
    return tuple(spans)


def _merged(windows: Sequence[ScheduleWindow], weekday: int) -> list[tuple[int, int]]:
    """The minutes of a weekday that any window has, as spans."""
    spans: list[tuple[int, int]] = []
    for low, high in sorted((one.start_minute, one.end_minute) for one in windows if one.weekday == weekday):
        if spans and low <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(high, spans[-1][1])
        else:
            spans.append((low, high))
    return spans


def _offset(zone: ZoneInfo, utc_minute: int) -> timedelta | None:
    return datetime.fromtimestamp(utc_minute * 60, zone).utcoffset()
