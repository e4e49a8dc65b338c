from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.domain.campaign import Campaign, Completion, ScheduleWindow, StaticBidding, Targeting
from exchange.domain.caps import Cap, CapPeriod
from exchange.market.pacing import paced_out
from exchange.market.windows import Count

NEW_YORK = ZoneInfo("America/New_York")
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
NINE_TO_FIVE = tuple(ScheduleWindow(weekday, 9 * 60, 17 * 60) for weekday in range(1, 8))


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def campaign(*caps: Cap, schedule: tuple[ScheduleWindow, ...] = (), paced: bool = True) -> Campaign:
    return Campaign(
        "camp-1",
        "buyer-1",
        "One",
        Targeting("mortgage"),
        StaticBidding(1),
        Completion.ON_WIN,
        schedule=schedule,
        caps=caps,
        paced=paced,
    )


def bought(leads: int, spend_micros: int = 0) -> Count:
    count = Count()
    count.reserve(leads, spend_micros)
    return count


def most(one: Campaign, at: str) -> int:
    """How many leads it may have bought before it has to wait."""
    return next(leads for leads in range(10_000) if paced_out(one, NEW_YORK, ms(at), bought(leads)))


def test_a_days_cap_is_spread_over_the_day() -> None:
    one = campaign(Cap(CapPeriod.DAY, max_leads=24))
    assert most(one, "2026-11-09T00:00:00-05:00") == 1
    assert most(one, "2026-11-09T00:59:00-05:00") == 2
    assert most(one, "2026-11-09T11:59:59-05:00") == 13
    assert most(one, "2026-11-09T23:59:00-05:00") == 25


def test_it_is_spread_over_the_schedule() -> None:
    one = campaign(Cap(CapPeriod.DAY, max_leads=8), schedule=NINE_TO_FIVE)
    assert most(one, "2026-11-09T09:00:00-05:00") == 1
    assert most(one, "2026-11-09T09:59:00-05:00") == 2
    assert most(one, "2026-11-09T12:59:00-05:00") == 5


def test_it_is_spread_over_the_hours_that_a_day_has() -> None:
    for day, hours in (("2026-03-08T12:59:00-04:00", 23), ("2026-11-01T12:59:00-05:00", 25)):
        past = 12 if hours == 23 else 14
        assert most(campaign(Cap(CapPeriod.DAY, max_leads=hours)), day) == past + 1


def test_a_hundredth_of_a_large_cap_may_be_ahead() -> None:
    assert most(campaign(Cap(CapPeriod.DAY, max_leads=1_440)), "2026-11-09T00:00:00-05:00") == 1 + 14


def test_a_cap_by_spend_is_spread_where_there_is_none_by_count() -> None:
    by_spend = campaign(Cap(CapPeriod.DAY, max_spend_micros=2_400))
    hour = ms("2026-11-09T00:59:00-05:00")
    assert not paced_out(by_spend, NEW_YORK, hour, bought(5, 100 + 24 - 1))
    assert paced_out(by_spend, NEW_YORK, hour, bought(5, 100 + 24))
    by_both = campaign(Cap(CapPeriod.DAY, max_leads=240, max_spend_micros=2_400))
    assert not paced_out(by_both, NEW_YORK, hour, bought(10 + 1, 2_000))
    assert paced_out(by_both, NEW_YORK, hour, bought(10 + 2, 0))


def test_the_first_lead_of_the_day_can_always_be_bought() -> None:
    first = ms("2026-11-09T00:00:00-05:00")
    assert not paced_out(campaign(Cap(CapPeriod.DAY, max_leads=1)), NEW_YORK, first, bought(0))
    assert not paced_out(campaign(Cap(CapPeriod.DAY, max_spend_micros=1)), NEW_YORK, first, bought(0))


def test_the_lowest_of_several_caps_is_spread() -> None:
    one = campaign(Cap(CapPeriod.DAY, max_leads=48), Cap(CapPeriod.DAY, max_leads=24), Cap(CapPeriod.HOUR, max_leads=1))
    assert most(one, "2026-11-09T11:59:00-05:00") == 13


@pytest.mark.parametrize(
    "one",
    [
        campaign(Cap(CapPeriod.DAY, max_leads=24), paced=False),
        campaign(),
        campaign(Cap(CapPeriod.WEEK, max_leads=24)),
    ],
)
def test_nothing_else_is_paced(one: Campaign) -> None:
    assert not paced_out(one, NEW_YORK, ms("2026-11-09T00:00:00-05:00"), bought(1_000))


@settings(max_examples=30)
@given(
    cap=st.integers(1, 200),
    day=st.sampled_from(("2026-03-08", "2026-11-01", "2026-11-09")),
    schedule=st.sampled_from(((), NINE_TO_FIVE, (ScheduleWindow(7, 0, 150), ScheduleWindow(1, 600, 601)))),
)
def test_under_constant_demand_the_whole_cap_is_bought_and_evenly(
    cap: int, day: str, schedule: tuple[ScheduleWindow, ...]
) -> None:
    one = campaign(Cap(CapPeriod.DAY, max_leads=cap), schedule=schedule)
    noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=NEW_YORK)
    start = round(datetime(noon.year, noon.month, noon.day, tzinfo=NEW_YORK).timestamp() * 1000)
    wall = [datetime.fromtimestamp((start + n * MINUTE_MS) / 1000, NEW_YORK) for n in range(25 * 60)]
    opens = [
        n
        for n, at in enumerate(wall)
        if at.date() == noon.date()
        and (
            not schedule
            or any(
                window.weekday == at.isoweekday()
                and window.start_minute <= at.hour * 60 + at.minute < window.end_minute
                for window in schedule
            )
        )
    ]
    leads = 0
    for place, n in enumerate(opens, 1):
        while leads < cap and not paced_out(one, NEW_YORK, start + n * MINUTE_MS, bought(leads)):
            leads += 1
        due = cap * place / len(opens)
        assert due - 1 <= leads <= due + max(1, cap / 100)
    assert leads == cap
