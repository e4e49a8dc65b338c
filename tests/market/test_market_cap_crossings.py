"""Whose caps came near their limit, or to it, by a purchase."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.party import Buyer
from exchange.market.caps import CapBook, CapCrossing, Reservation

ZONE = ZoneInfo("America/New_York")
HOUR_MS: Final = 3_600_000
NOON: Final = round(datetime.fromisoformat("2026-07-15T12:00:00-04:00").timestamp() * 1000)
BUYER = Buyer("buyer-1", "One")


def campaign(*caps: Cap, alert_bps: int = 8_000, test: bool = False) -> Campaign:
    return Campaign(
        "camp-1",
        BUYER.id,
        "One",
        Targeting("mortgage"),
        StaticBidding(1),
        Completion.ON_WIN,
        caps=caps,
        cap_alert_bps=alert_bps,
        test=test,
    )


def reserve(book: CapBook, one: Campaign, price: int = 1, at_ms: int = NOON, whose: Buyer = BUYER) -> Reservation:
    reservation = book.reserve(one, whose, ZONE, at_ms, price)
    assert isinstance(reservation, Reservation)
    return reservation


def buy(book: CapBook, one: Campaign, price: int = 1, at_ms: int = NOON, whose: Buyer = BUYER) -> list[CapCrossing]:
    return book.commit(reserve(book, one, price, at_ms, whose), price)[1]


def said(book: CapBook, one: Campaign, *prices: int) -> list[tuple[int, str, int]]:
    """For each crossing: at which purchase, which, and what was used."""
    found = [(number, crossing) for number, price in enumerate(prices, 1) for crossing in buy(book, one, price)]
    return [(number, crossing.kind, crossing.used) for number, crossing in found]


def test_a_cap_by_count_is_approached_and_reached() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=5))
    for _ in range(3):
        assert buy(book, one) == []
    day = CapPeriod.DAY
    assert buy(book, one) == [CapCrossing("camp-1", "buyer-1", day, "approaching", 4, 5, by_spend=False)]
    assert buy(book, one) == [CapCrossing("camp-1", "buyer-1", day, "reached", 5, 5, by_spend=False)]


def test_when_it_is_approached_is_the_campaigns_choice() -> None:
    assert said(CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=5), alert_bps=2_000), 1, 1, 1) == [
        (1, "approaching", 1)
    ]
    never = campaign(Cap(CapPeriod.DAY, max_leads=3), alert_bps=10_000)
    assert said(CapBook(), never, 1, 1, 1) == [(3, "reached", 3)]


def test_what_comes_to_both_at_once_is_reached() -> None:
    assert said(CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=1)), 1) == [(1, "reached", 1)]


def test_a_cap_by_spend_is_reached_when_another_lead_at_the_price_does_not_fit() -> None:
    one = campaign(Cap(CapPeriod.DAY, max_spend_micros=100))
    assert said(CapBook(), one, 40, 40) == [(2, "reached", 80)]
    assert said(CapBook(), one, 20, 20, 20, 20, 15, 5) == [(4, "approaching", 80), (5, "reached", 95)]


def test_what_still_fits_afterwards_does_not_say_it_again() -> None:
    one = campaign(Cap(CapPeriod.DAY, max_spend_micros=100))
    assert said(CapBook(), one, 60, 25, 10, 5) == [(1, "reached", 60)]


def test_both_limits_of_a_cap_and_all_periods_are_said() -> None:
    book = CapBook()
    one = campaign(Cap(CapPeriod.DAY, max_leads=1, max_spend_micros=10), Cap(CapPeriod.WEEK, max_leads=1))
    crossings = {(crossing.period, crossing.by_spend, crossing.limit) for crossing in buy(book, one, 10)}
    assert crossings == {(CapPeriod.DAY, False, 1), (CapPeriod.DAY, True, 10), (CapPeriod.WEEK, False, 1)}


def test_a_buyers_cap_names_no_campaign() -> None:
    whose = Buyer(BUYER.id, "One", caps=(Cap(CapPeriod.MONTH, max_leads=1),))
    reached = CapCrossing("", "buyer-1", CapPeriod.MONTH, "reached", 1, 1, by_spend=False)
    assert buy(CapBook(), campaign(), whose=whose) == [reached]
    assert buy(CapBook(), campaign(test=True), whose=whose) == []


def test_what_is_reserved_is_not_used_yet() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=2))
    first, second = reserve(book, one), reserve(book, one)
    assert book.commit(first, 1)[1] == []
    book.release(second)
    assert [crossing.kind for crossing in buy(book, one)] == ["reached"]


def test_the_next_window_says_it_anew() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.HOUR, max_leads=1))
    assert len(buy(book, one)) == len(buy(book, one, at_ms=NOON + HOUR_MS)) == 1


def test_a_sale_that_could_not_be_kept_is_said_again_when_it_is_made_up_for() -> None:
    book = CapBook()
    for cap in (Cap(CapPeriod.DAY, max_leads=1), Cap(CapPeriod.DAY, max_spend_micros=1)):
        for _ in range(2):
            reservation = reserve(book, campaign(cap))
            assert [crossing.kind for crossing in book.commit(reservation, 1)[1]] == ["reached"]
            book.release(reservation)


def test_what_the_store_knows_was_said_before() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=10))
    book.load(one, ZONE, NOON, 8, 8)
    assert said(book, one, 1, 1) == [(2, "reached", 10)]


def test_a_cap_that_was_raised_is_said_anew() -> None:
    book = CapBook()
    assert said(book, campaign(Cap(CapPeriod.DAY, max_spend_micros=10)), 10) == [(1, "reached", 10)]
    assert said(book, campaign(Cap(CapPeriod.DAY, max_spend_micros=20)), 3, 3, 4) == [
        (2, "approaching", 16),
        (3, "reached", 20),
    ]


@given(
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from(("buy", "buy", "drop"))), max_size=25),
    st.integers(1, 12),
    st.integers(1, 150),
    st.integers(1, 10_000),
)
def test_each_limit_is_said_once_and_rightly(
    purchases: list[tuple[int, str]], leads: int, spend: int, alert_bps: int
) -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.WEEK, leads, spend), alert_bps=alert_bps)
    crossings: list[CapCrossing] = []
    sold = spent = 0
    for price, what in purchases:
        reservation = book.reserve(one, BUYER, ZONE, NOON, price)
        if not isinstance(reservation, Reservation):
            continue
        if what == "drop":
            book.release(reservation)
            continue
        crossings += book.commit(reservation, price)[1]
        sold, spent = sold + 1, spent + price

    assert len({(crossing.kind, crossing.by_spend) for crossing in crossings}) == len(crossings)
    by_count = [crossing.kind for crossing in crossings if not crossing.by_spend]
    assert ("reached" in by_count) == (sold == leads)
    if 10_000 * sold >= alert_bps * leads:
        assert by_count
    else:
        assert not by_count
    by_spend = [crossing.kind for crossing in crossings if crossing.by_spend]
    if 10_000 * spent >= alert_bps * spend:
        assert by_spend
    for crossing in crossings:
        assert 10_000 * crossing.used >= alert_bps * crossing.limit or (
            crossing.by_spend and crossing.kind == "reached"
        )
