from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.party import Buyer
from exchange.domain.reasons import Reason
from exchange.market.caps import CapBook, Reservation
from exchange.market.windows import KEPT_WINDOWS

ZONE = ZoneInfo("America/New_York")
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS


BUYER = Buyer("buyer-1", "One")


def campaign(*caps: Cap, name: str = "camp-1", test: bool = False) -> Campaign:
    targeting, bidding = Targeting("mortgage"), StaticBidding(1)
    return Campaign(name, BUYER.id, "One", targeting, bidding, Completion.ON_WIN, caps=caps, test=test)


def buyer(*caps: Cap, credit: int | None = None) -> Buyer:
    return Buyer(BUYER.id, "One", caps=caps, credit_limit_micros=credit)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


NOON: Final = ms("2026-07-15T12:00:00-04:00")


def reserve(book: CapBook, one: Campaign, at_ms: int, price: int = 1, whose: Buyer = BUYER) -> Reservation:
    reservation = book.reserve(one, whose, ZONE, at_ms, price)
    assert isinstance(reservation, Reservation)
    return reservation


def refused(book: CapBook, one: Campaign, at_ms: int, price: int = 1, whose: Buyer = BUYER) -> Reason:
    reason = book.reserve(one, whose, ZONE, at_ms, price)
    assert isinstance(reason, Reason)
    return reason


def admits(book: CapBook, one: Campaign, at_ms: int, whose: Buyer = BUYER) -> bool:
    return book.admits(one, whose, ZONE, at_ms)


def charged(book: CapBook, reservation: Reservation, price: int) -> int:
    return book.commit(reservation, price)[0]


def test_without_caps_everything_fits() -> None:
    book = CapBook()
    for _ in range(10):
        assert admits(book, campaign(), NOON)
        reserve(book, campaign(), NOON, 10**12)


def test_a_cap_by_count() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=2))
    reserve(book, one, NOON)
    reserve(book, one, NOON)
    assert not admits(book, one, NOON)
    assert refused(book, one, NOON, 1) == Reason.CAP_LOST
    assert admits(book, one, NOON + 12 * HOUR_MS)


def test_a_cap_by_spend_is_reached_and_not_passed() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_spend_micros=100))
    reserve(book, one, NOON, 60)
    assert refused(book, one, NOON, 41) == Reason.CAP_LOST
    reserve(book, one, NOON, 40)
    assert not admits(book, one, NOON)


def test_a_price_not_known_yet_needs_some_room() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_spend_micros=100))
    reserve(book, one, NOON, 99)
    assert admits(book, one, NOON)
    reserve(book, one, NOON, 1)
    assert not admits(book, one, NOON)


def test_all_caps_or_none() -> None:
    book = CapBook()
    one = campaign(Cap(CapPeriod.DAY, max_leads=5), Cap(CapPeriod.HOUR, max_leads=1))
    reserve(book, one, NOON)
    for _ in range(9):
        assert refused(book, one, NOON, 1) == Reason.CAP_LOST
    for hour in range(1, 5):
        reserve(book, one, NOON + hour * HOUR_MS)
    assert refused(book, one, NOON + 5 * HOUR_MS, 1) == Reason.CAP_LOST


def test_released_room_is_free_again_once() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=1, max_spend_micros=100))
    reservation = reserve(book, one, NOON, 100)
    book.release(reservation)
    book.release(reservation)
    reserve(book, one, NOON, 100)
    assert not admits(book, one, NOON)


def test_a_committed_purchase_can_be_taken_back_but_not_the_reverse() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=1))
    reservation = reserve(book, one, NOON)
    book.commit(reservation, 1)
    assert not admits(book, one, NOON)
    book.release(reservation)
    assert admits(book, one, NOON)
    with pytest.raises(ValueError, match="released"):
        book.commit(reservation, 1)


def test_a_purchase_is_committed_once() -> None:
    book = CapBook()
    reservation = reserve(book, campaign(), NOON)
    book.commit(reservation, 1)
    with pytest.raises(ValueError, match="committed"):
        book.commit(reservation, 1)


def test_a_lower_final_price_frees_the_difference() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_spend_micros=100))
    assert charged(book, reserve(book, one, NOON, 100), 30) == 30
    assert refused(book, one, NOON, 71) == Reason.CAP_LOST
    reserve(book, one, NOON, 70)


def test_a_higher_final_price_stands_as_far_as_spend_allows() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_spend_micros=100), Cap(CapPeriod.HOUR, max_spend_micros=70))
    assert charged(book, reserve(book, one, NOON, 50), 60) == 60
    assert charged(book, reserve(book, one, NOON, 5), 50) == 10
    assert not admits(book, one, NOON)


def test_a_final_price_is_never_below_what_was_reserved_for_want_of_room() -> None:
    book = CapBook()
    reservation = reserve(book, campaign(Cap(CapPeriod.DAY, max_spend_micros=100)), NOON, 50)
    reserve(book, campaign(Cap(CapPeriod.DAY, max_spend_micros=500)), NOON, 400)
    assert charged(book, reservation, 60) == 50


def test_an_auction_of_the_hour_before_still_counts_there() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.HOUR, max_leads=2))
    reserve(book, one, NOON - 1)
    reserve(book, one, NOON)
    reserve(book, one, NOON - 1)
    assert refused(book, one, NOON - 1, 1) == Reason.CAP_LOST
    reserve(book, one, NOON)


def test_windows_are_dropped_and_nothing_is_bought_in_them_any_more() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.HOUR, max_leads=1))
    for hour in range(1_000):
        reserve(book, one, NOON + hour * HOUR_MS)
    assert all(len(windows._counts) <= KEPT_WINDOWS for windows in book._campaigns._windows[one.id])
    for hour in range(0, 1_000, 100):
        assert not admits(book, one, NOON + hour * HOUR_MS)
        assert refused(book, one, NOON + hour * HOUR_MS, 1) == Reason.CAP_LOST
    # Without caps there is nothing to keep.
    assert charged(book, reserve(book, campaign(), NOON - 365 * 24 * HOUR_MS, 5), 7) == 7


def test_a_cap_that_is_set_later_knows_what_was_bought() -> None:
    book = CapBook()
    reserve(book, campaign(), NOON, 30)
    assert refused(book, campaign(Cap(CapPeriod.WEEK, max_leads=1)), NOON, 1) == Reason.CAP_LOST
    assert refused(book, campaign(Cap(CapPeriod.MONTH, max_spend_micros=50)), NOON, 21) == Reason.CAP_LOST


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.HOUR, max_leads=1), Cap(CapPeriod.DAY, max_leads=2))
    reserve(book, one, ms("2026-11-01T01:30:00-04:00"))
    reserve(book, one, ms("2026-11-01T01:30:00-05:00"))
    assert refused(book, one, ms("2026-11-01T23:30:00-05:00"), 1) == Reason.CAP_LOST  # the same day, of 25 hours
    reserve(book, one, ms("2026-11-02T00:00:00-05:00"))


def test_what_the_store_knows_is_loaded() -> None:
    book = CapBook()
    one = campaign(Cap(CapPeriod.HOUR, max_leads=2), Cap(CapPeriod.DAY, max_spend_micros=100))
    book.load(one, ZONE, NOON + HOUR_MS, 2, 30)
    book.load(one, ZONE, NOON, 3, 60)  # in no particular order, and more than is allowed now
    assert not admits(book, one, NOON)
    assert not admits(book, one, NOON + HOUR_MS)
    assert refused(book, one, NOON + 2 * HOUR_MS, 11) == Reason.CAP_LOST
    reserve(book, one, NOON + 2 * HOUR_MS, 10)
    over_all = buyer(Cap(CapPeriod.DAY, max_leads=6))
    assert refused(book, campaign(name="camp-2"), NOON, 1, over_all) == Reason.CAP_LOST
    book.forget(BUYER.id, [one.id])
    reserve(book, one, NOON, 100, over_all)


def test_campaigns_do_not_share_caps() -> None:
    book, cap = CapBook(), Cap(CapPeriod.DAY, max_leads=1)
    reserve(book, campaign(cap, name="camp-1"), NOON)
    reserve(book, campaign(cap, name="camp-2"), NOON)


def test_a_buyers_caps_hold_over_all_of_its_campaigns() -> None:
    book, whose = CapBook(), buyer(Cap(CapPeriod.DAY, max_leads=2))
    first, second = campaign(name="camp-1"), campaign(name="camp-2")
    reserve(book, first, NOON, whose=whose)
    reserve(book, second, NOON, whose=whose)
    for one in (first, second):
        assert not admits(book, one, NOON, whose)
        assert refused(book, one, NOON, whose=whose) == Reason.CAP_LOST
    assert admits(book, first, NOON + 12 * HOUR_MS, whose)


def test_what_does_not_fit_everywhere_is_counted_nowhere() -> None:
    book = CapBook()
    one, other = campaign(Cap(CapPeriod.DAY, max_leads=1), name="camp-1"), campaign(name="camp-2")
    reserve(book, other, NOON)
    assert refused(book, one, NOON, whose=buyer(Cap(CapPeriod.DAY, max_leads=1))) == Reason.CAP_LOST
    assert refused(book, one, NOON, whose=buyer(credit=0)) == Reason.BALANCE_LOST
    reserve(book, one, NOON, whose=buyer(Cap(CapPeriod.DAY, max_leads=2)))
    assert refused(book, other, NOON, whose=buyer(Cap(CapPeriod.DAY, max_leads=2))) == Reason.CAP_LOST


def test_a_campaign_and_a_buyer_of_one_name_do_not_mix() -> None:
    book = CapBook()
    reserve(book, campaign(name=BUYER.id), NOON)
    reserve(book, campaign(Cap(CapPeriod.DAY, max_leads=1)), NOON)
    assert admits(book, campaign(), NOON, buyer(Cap(CapPeriod.DAY, max_leads=3)))
    assert admits(book, campaign(Cap(CapPeriod.DAY, max_leads=2), name=BUYER.id), NOON)


def test_a_test_campaign_counts_for_itself_alone() -> None:
    book, whose = CapBook(), buyer(Cap(CapPeriod.DAY, max_leads=1), credit=0)
    tested = campaign(Cap(CapPeriod.DAY, max_leads=2), name="camp-t", test=True)
    first = reserve(book, tested, NOON, 60, whose)
    assert charged(book, first, 70) == 70
    book.load(tested, ZONE, NOON, 1, 5)
    assert not admits(book, tested, NOON, whose)
    book.release(first)
    assert admits(book, tested, NOON, whose)
    assert book.funds.balance(BUYER.id) == 0
    book.funds.set_balance(BUYER.id, 5)
    reserve(book, campaign(), NOON, 5, whose)
    assert admits(book, tested, NOON, whose)


def test_what_was_bought_today() -> None:
    book, one = CapBook(), campaign()
    book.load(one, ZONE, NOON - 13 * HOUR_MS, 9, 9)
    book.load(one, ZONE, NOON, 2, 30)
    reserve(book, one, NOON, 5)
    today = book.bought_today(one.id, ZONE, NOON + 11 * HOUR_MS)
    assert (today.leads, today.spend_micros) == (3, 35)
    assert book.bought_today("camp-2", ZONE, NOON).leads == 0
