from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.domain.campaign import ScheduleWindow
from exchange.domain.caps import CapPeriod
from exchange.market.schedule import open_at, open_minutes, period_key

NEW_YORK = ZoneInfo("America/New_York")
UTC = ZoneInfo("UTC")
HOUR_MS = 3_600_000


def ms(text: str) -> int:
    """Unix ms of an ISO 8601 time with its offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def is_open(windows: list[ScheduleWindow], text: str) -> bool:
    return open_at(windows, NEW_YORK, ms(text))


def test_without_windows_it_is_always_open() -> None:
    assert open_at((), NEW_YORK, ms("2026-07-05T03:00:00-04:00"))


def test_a_window_begins_at_its_minute_and_ends_before_its_last() -> None:
    weekday = [ScheduleWindow(1, 9 * 60, 17 * 60 + 30), ScheduleWindow(2, 0, 1_440)]
    assert not is_open(weekday, "2026-11-09T08:59:59.999-05:00")
    assert is_open(weekday, "2026-11-09T09:00:00-05:00")
    assert is_open(weekday, "2026-11-09T17:29:59.999-05:00")
    assert not is_open(weekday, "2026-11-09T17:30:00-05:00")
    assert is_open(weekday, "2026-11-10T00:00:00-05:00")
    assert is_open(weekday, "2026-11-10T23:59:59.999-05:00")
    assert not is_open(weekday, "2026-11-11T00:00:00-05:00")


def test_the_weekday_is_the_buyers() -> None:
    sunday = [ScheduleWindow(7, 20 * 60, 1_440)]
    assert is_open(sunday, "2026-11-16T02:30:00+00:00")  # Monday in London, Sunday 21:30 in New York
    assert not open_at(sunday, UTC, ms("2026-11-16T02:30:00+00:00"))


def test_a_window_keeps_to_the_wall_clock_when_it_is_set_forward() -> None:
    # 8 March 2026: 02:00 EST becomes 03:00 EDT.
    morning = [ScheduleWindow(7, 60, 120), ScheduleWindow(7, 180, 240)]
    assert is_open(morning, "2026-03-08T06:59:59+00:00")  # 01:59:59
    assert is_open(morning, "2026-03-08T07:00:00+00:00")  # 03:00
    assert not is_open(morning, "2026-03-08T08:00:00+00:00")  # 04:00
    leapt_over = [ScheduleWindow(7, 120, 180)]
    assert not any(is_open(leapt_over, f"2026-03-08T{hour:02}:30:00+00:00") for hour in range(24))


def test_a_window_is_open_in_both_of_two_hours_when_the_clock_is_set_back() -> None:
    # 1 November 2026: 02:00 EDT becomes 01:00 EST.
    one_to_two = [ScheduleWindow(7, 60, 120)]
    assert not is_open(one_to_two, "2026-11-01T04:59:59+00:00")
    assert is_open(one_to_two, "2026-11-01T05:00:00+00:00")  # 01:00 EDT
    assert is_open(one_to_two, "2026-11-01T06:30:00+00:00")  # 01:30 EST
    assert not is_open(one_to_two, "2026-11-01T07:00:00+00:00")


@pytest.mark.parametrize(
    ("period", "at", "began"),
    [
        (CapPeriod.HOUR, "2026-07-15T13:59:59.999-04:00", "2026-07-15T13:00:00-04:00"),
        (CapPeriod.DAY, "2026-07-15T13:59:59.999-04:00", "2026-07-15T00:00:00-04:00"),
        (CapPeriod.WEEK, "2026-07-15T13:59:59.999-04:00", "2026-07-13T00:00:00-04:00"),
        (CapPeriod.MONTH, "2026-07-15T13:59:59.999-04:00", "2026-07-01T00:00:00-04:00"),
        (CapPeriod.WEEK, "2027-01-01T12:00:00-05:00", "2026-12-28T00:00:00-05:00"),
        # Across the changes: the window began under the other offset.
        (CapPeriod.DAY, "2026-03-08T12:00:00-04:00", "2026-03-08T00:00:00-05:00"),
        (CapPeriod.WEEK, "2026-03-08T12:00:00-04:00", "2026-03-02T00:00:00-05:00"),
        (CapPeriod.MONTH, "2026-11-20T12:00:00-05:00", "2026-11-01T00:00:00-04:00"),
        # 01:30 comes twice, and each is an hour of its own.
        (CapPeriod.HOUR, "2026-11-01T01:30:00-04:00", "2026-11-01T01:00:00-04:00"),
        (CapPeriod.HOUR, "2026-11-01T01:30:00-05:00", "2026-11-01T01:00:00-05:00"),
    ],
)
def test_cap_windows_are_named_by_their_beginning(period: CapPeriod, at: str, began: str) -> None:
    assert period_key(period, NEW_YORK, ms(at)) == ms(began)


@pytest.mark.parametrize(
    ("zone", "at", "began"),
    [
        ("Asia/Kolkata", "2026-07-15T13:10:00+05:30", "2026-07-15T13:00:00+05:30"),
        ("Pacific/Chatham", "2026-07-15T13:10:00+12:45", "2026-07-15T13:00:00+12:45"),
    ],
)
def test_clock_hours_of_zones_with_parts_of_an_hour(zone: str, at: str, began: str) -> None:
    assert period_key(CapPeriod.HOUR, ZoneInfo(zone), ms(at)) == ms(began)


def test_a_day_whose_midnight_is_leapt_over_begins_at_the_leap() -> None:
    # Beirut, 29 March 2026: 00:00 becomes 01:00.
    zone = ZoneInfo("Asia/Beirut")
    assert period_key(CapPeriod.DAY, zone, ms("2026-03-29T12:00:00+03:00")) == ms("2026-03-29T00:00:00+02:00")
    assert period_key(CapPeriod.DAY, zone, ms("2026-03-29T01:00:00+03:00")) == ms("2026-03-29T00:00:00+02:00")
    assert period_key(CapPeriod.DAY, zone, ms("2026-03-28T23:59:59+02:00")) == ms("2026-03-28T00:00:00+02:00")


def test_a_day_with_two_midnights_begins_at_the_first() -> None:
    # Havana, 1 November 2026: 01:00 becomes 00:00.
    zone = ZoneInfo("America/Havana")
    for at in ("2026-11-01T00:30:00-04:00", "2026-11-01T00:30:00-05:00", "2026-11-01T23:59:59-05:00"):
        assert period_key(CapPeriod.DAY, zone, ms(at)) == ms("2026-11-01T00:00:00-04:00")


ZONES = st.sampled_from(("UTC", "America/New_York", "America/Phoenix", "Europe/London", "Asia/Kolkata", "Asia/Beirut"))
TIMES = st.integers(ms("2020-01-01T00:00:00+00:00"), ms("2037-01-01T00:00:00+00:00"))


@given(zone=ZONES.map(ZoneInfo), at_ms=TIMES)
def test_windows_hold_the_time_that_names_them(zone: ZoneInfo, at_ms: int) -> None:
    wall = datetime.fromtimestamp(at_ms / 1000, zone)
    longest_ms = {CapPeriod.HOUR: HOUR_MS, CapPeriod.DAY: 25 * HOUR_MS, CapPeriod.WEEK: 169 * HOUR_MS}
    for period in CapPeriod:
        key = period_key(period, zone, at_ms)
        assert 0 <= at_ms - key < longest_ms.get(period, 745 * HOUR_MS)
        assert period_key(period, zone, key) == key
    day, week, month = (
        datetime.fromtimestamp(period_key(period, zone, at_ms) / 1000, zone).date()
        for period in (CapPeriod.DAY, CapPeriod.WEEK, CapPeriod.MONTH)
    )
    assert day == wall.date()
    assert week == wall.date() - timedelta(days=wall.weekday())
    assert month == wall.date().replace(day=1)


@given(zone=ZONES.map(ZoneInfo), at_ms=TIMES, weekday=st.integers(1, 7), span=st.tuples(*[st.integers(0, 1_440)] * 2))
def test_open_agrees_with_the_calendar(zone: ZoneInfo, at_ms: int, weekday: int, span: tuple[int, int]) -> None:
    wall = datetime.fromtimestamp(at_ms // 1000, zone)
    start, end = min(span), max(span)
    expected = wall.isoweekday() == weekday and start <= wall.hour * 60 + wall.minute < end
    assert open_at([ScheduleWindow(weekday, start, end)], zone, at_ms) is expected


@pytest.mark.parametrize(
    ("at", "past", "whole"),
    [
        ("2026-11-09T00:00:00-05:00", 1, 1_440),
        ("2026-11-09T12:00:59.999-05:00", 721, 1_440),
        ("2026-11-09T23:59:00-05:00", 1_440, 1_440),
        ("2026-03-08T03:00:00-04:00", 121, 1_380),  # 02:00 is leapt over
        ("2026-11-01T01:30:00-04:00", 91, 1_500),
        ("2026-11-01T01:30:00-05:00", 151, 1_500),
    ],
)
def test_without_windows_all_minutes_of_the_day_are_open(at: str, past: int, whole: int) -> None:
    assert open_minutes((), NEW_YORK, ms(at)) == (past, whole)


def test_open_minutes_are_those_that_pass() -> None:
    # Two windows that overlap: 01:00 to 04:00.
    windows = (ScheduleWindow(7, 60, 180), ScheduleWindow(7, 120, 240))
    assert open_minutes(windows, NEW_YORK, ms("2026-03-15T03:00:00-04:00")) == (121, 180)
    assert open_minutes(windows, NEW_YORK, ms("2026-03-08T03:00:00-04:00")) == (61, 120)
    assert open_minutes(windows, NEW_YORK, ms("2026-11-01T03:00:00-05:00")) == (181, 240)
    assert open_minutes(windows, NEW_YORK, ms("2026-11-02T03:00:00-05:00")) == (0, 0)


# Days on which clocks are set, and the others.
DAYS = st.sampled_from(("2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-06-10"))
SPANS = st.tuples(st.integers(0, 1_440), st.integers(0, 1_440)).map(sorted)


@settings(max_examples=25)
@given(
    zone=st.sampled_from(("America/New_York", "America/Havana", "Asia/Beirut", "Europe/London", "UTC")).map(ZoneInfo),
    day=DAYS,
    minute=st.integers(0, 1_439),
    spans=st.lists(SPANS, max_size=3),
)
def test_open_minutes_agree_with_those_that_are_open(
    zone: ZoneInfo, day: str, minute: int, spans: list[list[int]]
) -> None:
    begins = period_key(CapPeriod.DAY, zone, ms(f"{day}T12:00:00+00:00"))
    windows = tuple(ScheduleWindow(datetime.fromisoformat(day).isoweekday(), *span) for span in spans)
    day_of = [
        at for at in range(begins, begins + 25 * HOUR_MS, 60_000) if period_key(CapPeriod.DAY, zone, at) == begins
    ]
    are_open = [open_at(windows, zone, at) for at in day_of]
    at_ms = day_of[minute % len(day_of)]
    past = sum(are_open[: day_of.index(at_ms) + 1])
    assert open_minutes(windows, zone, at_ms + 59_999) == (past, sum(are_open))
