from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.caps import Cap, CapPeriod
from exchange.market.caps import KEPT_WINDOWS, CapBook, Reservation
from exchange.market.schedule import period_key

ZONE = ZoneInfo("America/New_York")
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS


def campaign(*caps: Cap, id: str = "camp-1") -> Campaign:  # noqa: A002
    return Campaign(id, "buyer-1", "One", Targeting("mortgage"), StaticBidding(1), Completion.ON_WIN, caps=caps)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


NOON: Final = ms("2026-07-15T12:00:00-04:00")


def reserve(book: CapBook, one: Campaign, at_ms: int, price: int = 1) -> Reservation:
    reservation = book.reserve(one, ZONE, at_ms, price)
    assert reservation is not None
    return reservation


def test_without_caps_everything_fits() -> None:
    book = CapBook()
    for _ in range(10):
        assert book.admits(campaign(), ZONE, NOON, 10**12)
        reserve(book, campaign(), NOON, 10**12)


def test_a_cap_by_count() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=2))
    reserve(book, one, NOON)
    reserve(book, one, NOON)
    assert not book.admits(one, ZONE, NOON, 1)
    assert book.reserve(one, ZONE, NOON, 1) is None
    assert book.admits(one, ZONE, NOON + 12 * HOUR_MS, 1)


def test_a_cap_by_spend_is_reached_and_not_passed() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_spend_micros=100))
    reserve(book, one, NOON, 60)
    assert book.reserve(one, ZONE, NOON, 41) is None
    reserve(book, one, NOON, 40)
    assert not book.admits(one, ZONE, NOON, 1)


def test_a_price_not_known_yet_needs_some_room() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_spend_micros=100))
    reserve(book, one, NOON, 99)
    assert book.admits(one, ZONE, NOON, 0)
    reserve(book, one, NOON, 1)
    assert not book.admits(one, ZONE, NOON, 0)


def test_all_caps_or_none() -> None:
    book = CapBook()
    one = campaign(Cap(CapPeriod.DAY, max_leads=5), Cap(CapPeriod.HOUR, max_leads=1))
    reserve(book, one, NOON)
    for _ in range(9):
        assert book.reserve(one, ZONE, NOON, 1) is None
    for hour in range(1, 5):
        reserve(book, one, NOON + hour * HOUR_MS)
    assert book.reserve(one, ZONE, NOON + 5 * HOUR_MS, 1) is None


def test_released_room_is_free_again_once() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=1, max_spend_micros=100))
    reservation = reserve(book, one, NOON, 100)
    book.release(reservation)
    book.release(reservation)
    reserve(book, one, NOON, 100)
    assert not book.admits(one, ZONE, NOON, 0)


def test_a_committed_purchase_can_be_taken_back_but_not_the_reverse() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_leads=1))
    reservation = reserve(book, one, NOON)
    book.commit(reservation, 1)
    assert not book.admits(one, ZONE, NOON, 1)
    book.release(reservation)
    assert book.admits(one, ZONE, NOON, 1)
    with pytest.raises(ValueError, match="released"):
        book.commit(reservation, 1)


def test_a_lower_final_price_frees_the_difference() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_spend_micros=100))
    assert book.commit(reserve(book, one, NOON, 100), 30) == 30
    assert book.admits(one, ZONE, NOON, 70)
    assert not book.admits(one, ZONE, NOON, 71)


def test_a_higher_final_price_stands_as_far_as_spend_allows() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.DAY, max_spend_micros=100), Cap(CapPeriod.HOUR, max_spend_micros=70))
    assert book.commit(reserve(book, one, NOON, 50), 60) == 60
    assert book.commit(reserve(book, one, NOON, 5), 50) == 10
    assert not book.admits(one, ZONE, NOON, 1)


def test_a_final_price_is_never_below_what_was_reserved_for_want_of_room() -> None:
    book = CapBook()
    reservation = reserve(book, campaign(Cap(CapPeriod.DAY, max_spend_micros=100)), NOON, 50)
    reserve(book, campaign(Cap(CapPeriod.DAY, max_spend_micros=500)), NOON, 400)
    assert book.commit(reservation, 60) == 50


def test_an_auction_of_the_hour_before_still_counts_there() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.HOUR, max_leads=2))
    reserve(book, one, NOON - 1)
    reserve(book, one, NOON)
    reserve(book, one, NOON - 1)
    assert book.reserve(one, ZONE, NOON - 1, 1) is None
    reserve(book, one, NOON)


def test_windows_are_dropped_and_nothing_is_bought_in_them_any_more() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.HOUR, max_leads=1))
    for hour in range(1_000):
        reserve(book, one, NOON + hour * HOUR_MS)
    assert all(len(windows._counts) <= KEPT_WINDOWS for windows in book._windows[one.id])
    for hour in range(0, 1_000, 100):
        assert not book.admits(one, ZONE, NOON + hour * HOUR_MS, 1)
        assert book.reserve(one, ZONE, NOON + hour * HOUR_MS, 1) is None
    # Without caps there is nothing to keep.
    assert book.commit(reserve(book, campaign(), NOON - 365 * 24 * HOUR_MS, 5), 7) == 7


def test_a_cap_that_is_set_later_knows_what_was_bought() -> None:
    book = CapBook()
    reserve(book, campaign(), NOON, 30)
    assert book.reserve(campaign(Cap(CapPeriod.WEEK, max_leads=1)), ZONE, NOON, 1) is None
    assert book.reserve(campaign(Cap(CapPeriod.MONTH, max_spend_micros=50)), ZONE, NOON, 21) is None


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    book, one = CapBook(), campaign(Cap(CapPeriod.HOUR, max_leads=1), Cap(CapPeriod.DAY, max_leads=2))
    reserve(book, one, ms("2026-11-01T01:30:00-04:00"))
    reserve(book, one, ms("2026-11-01T01:30:00-05:00"))
    assert book.reserve(one, ZONE, ms("2026-11-01T23:30:00-05:00"), 1) is None  # the same day, of 25 hours
    reserve(book, one, ms("2026-11-02T00:00:00-05:00"))


def test_what_the_store_knows_is_loaded() -> None:
    book = CapBook()
    one = campaign(Cap(CapPeriod.HOUR, max_leads=2), Cap(CapPeriod.DAY, max_spend_micros=100))
    book.load(one.id, ZONE, NOON + HOUR_MS, 2, 30)
    book.load(one.id, ZONE, NOON, 3, 60)  # in no particular order, and more than is allowed now
    assert not book.admits(one, ZONE, NOON, 1)
    assert not book.admits(one, ZONE, NOON + HOUR_MS, 1)
    assert book.admits(one, ZONE, NOON + 2 * HOUR_MS, 10)
    assert not book.admits(one, ZONE, NOON + 2 * HOUR_MS, 11)
    book.forget(one.id)
    assert book.admits(one, ZONE, NOON, 100)


def test_campaigns_do_not_share_caps() -> None:
    book, cap = CapBook(), Cap(CapPeriod.DAY, max_leads=1)
    reserve(book, campaign(cap, id="camp-1"), NOON)
    reserve(book, campaign(cap, id="camp-2"), NOON)


CAPS = st.lists(
    st.builds(Cap, st.sampled_from(CapPeriod), st.integers(0, 4), st.sampled_from((0, 0, 50, 100))), max_size=3
)


class Caps(RuleBasedStateMachine):
    """Holds a book equal to a list of purchases that is added up each time."""

    held = Bundle("held")

    @initialize(caps=st.lists(CAPS, min_size=2, max_size=2), start=st.integers(NOON, NOON + 365 * 24 * HOUR_MS))
    def begin(self, caps: list[list[Cap]], start: int) -> None:
        self.campaigns = [campaign(*some, id=f"camp-{number}") for number, some in enumerate(caps)]
        self.book = CapBook()
        self.bought: list[tuple[str, int, Reservation]] = []
        self.now_ms = start
        self.clock_was_set = False

    @rule(minutes=st.sampled_from((0, 1, 20, 60, 150, 60 * 24, 60 * 24 * 8)))
    def time_passes(self, minutes: int) -> None:
        self.now_ms += minutes * MINUTE_MS

    @rule(hours=st.integers(-50, 50))
    def clock_is_set(self, hours: int) -> None:
        self.now_ms += hours * HOUR_MS
        self.clock_was_set = True

    @rule(target=held, which=st.integers(0, 1), price=st.integers(1, 60), late_ms=st.sampled_from((0, 0, 1, 1_000)))
    def reserve(self, which: int, price: int, late_ms: int) -> tuple[str, int, Reservation] | None:
        one, at_ms = self.campaigns[which], self.now_ms - late_ms
        fits = all(self._fits(one, cap, at_ms, price) for cap in one.caps)
        admitted = self.book.admits(one, ZONE, at_ms, price)
        reservation = self.book.reserve(one, ZONE, at_ms, price)
        if not self.clock_was_set:  # otherwise what is too old to be known is refused
            assert admitted is fits
            assert (reservation is not None) is fits
        if reservation is None:
            return None
        self.bought.append((one.id, at_ms, reservation))
        return self.bought[-1]

    @rule(purchase=held, price=st.integers(0, 150))
    def commit(self, purchase: tuple[str, int, Reservation] | None, price: int) -> None:
        if purchase not in self.bought or purchase is None:
            return
        campaign_id, at_ms, reservation = purchase
        before = reservation.price_micros
        charged = self.book.commit(reservation, price)
        assert charged == reservation.price_micros
        if price <= before:
            assert charged == price
        else:
            assert before <= charged <= price
        one = next(one for one in self.campaigns if one.id == campaign_id)
        if charged < price:
            spends = [cap for cap in one.caps if cap.max_spend_micros]
            assert any(self._total(one, cap, at_ms)[1] == cap.max_spend_micros for cap in spends)

    @rule(purchase=consumes(held))
    def release(self, purchase: tuple[str, int, Reservation] | None) -> None:
        if purchase is not None:
            self.book.release(purchase[2])
            self.bought = [one for one in self.bought if one is not purchase]

    @invariant()
    def no_cap_is_exceeded(self) -> None:
        for campaign_id, at_ms, _ in self.bought:
            one = next(one for one in self.campaigns if one.id == campaign_id)
            for cap in one.caps:
                leads, spend = self._total(one, cap, at_ms)
                assert leads <= (cap.max_leads or leads)
                assert spend <= (cap.max_spend_micros or spend)

    def _total(self, one: Campaign, cap: Cap, at_ms: int) -> tuple[int, int]:
        key = period_key(cap.period, ZONE, at_ms)
        prices = [
            reservation.price_micros
            for campaign_id, then_ms, reservation in self.bought
            if campaign_id == one.id and period_key(cap.period, ZONE, then_ms) == key
        ]
        return len(prices), sum(prices)

    def _fits(self, one: Campaign, cap: Cap, at_ms: int, price: int) -> bool:
        leads, spend = self._total(one, cap, at_ms)
        return not (
            (cap.max_leads and leads + 1 > cap.max_leads)
            or (cap.max_spend_micros and spend + price > cap.max_spend_micros)
        )


Caps.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestCaps = Caps.TestCase
