"""Times in a buyer's own time zone: schedules, and the windows that caps count over.

A wall clock that is set back shows an hour twice: a schedule that names it is open both times, and a cap by the hour
counts each of the two on its own. An hour that the clock leaps over never comes.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exchange.domain.campaign import ScheduleWindow
from exchange.domain.caps import CapPeriod

_MINUTE_MS = 60_000


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
