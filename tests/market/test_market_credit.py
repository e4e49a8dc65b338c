"""Balances and credit: what buyers have left to spend."""

from typing import Final
from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.party import Buyer
from exchange.domain.reasons import Reason
from exchange.market.caps import CapBook, Reservation

NOON: Final = 1_784_131_200_000
BUYER = Buyer("buyer-1", "One")


def campaign(name: str = "camp-1") -> Campaign:
    return Campaign(name, BUYER.id, "One", Targeting("mortgage"), StaticBidding(1), Completion.ON_WIN)


def buyer(credit: int) -> Buyer:
    return Buyer(BUYER.id, "One", credit_limit_micros=credit)


def attempt(book: CapBook, price: int, whose: Buyer = BUYER, one: Campaign | None = None) -> Reservation | Reason:
    return book.reserve(one or campaign(), whose, ZoneInfo("UTC"), NOON, price)


def reserve(book: CapBook, price: int, whose: Buyer = BUYER, one: Campaign | None = None) -> Reservation:
    reservation = attempt(book, price, whose, one)
    assert isinstance(reservation, Reservation)
    return reservation


def test_a_prepaid_balance_is_spent_and_not_passed() -> None:
    book, prepaid = CapBook(), buyer(credit=0)
    book.funds.set_balance(BUYER.id, 100)
    first = reserve(book, 60, prepaid)
    assert book.funds.left(prepaid) == 40
    assert attempt(book, 41, prepaid, campaign("camp-2")) == Reason.BALANCE_LOST
    second = reserve(book, 40, prepaid, campaign("camp-2"))
    assert book.funds.left(prepaid) == 0
    book.release(second)
    book.commit(first, 60)
    assert book.funds.left(prepaid) == book.funds.balance(BUYER.id) == 40


def test_credit_is_what_a_buyer_may_owe() -> None:
    book = CapBook()
    book.commit(reserve(book, 50, buyer(credit=50)), 50)
    assert book.funds.balance(BUYER.id) == -50
    assert attempt(book, 1, buyer(credit=50)) == Reason.BALANCE_LOST
    book.funds.adjust(BUYER.id, 30)
    reserve(book, 30, buyer(credit=50))
    # Without a limit it may owe anything, and that is known when one is set.
    book.commit(reserve(book, 1_000), 1_000)
    assert book.funds.left(BUYER) is None
    assert book.funds.left(buyer(credit=1_050)) == 0


def test_what_is_held_stays_held_when_the_balance_is_set() -> None:
    book, prepaid = CapBook(), buyer(credit=0)
    book.funds.set_balance(BUYER.id, 100)
    reservation = reserve(book, 60, prepaid)
    book.funds.set_balance(BUYER.id, 70)
    assert book.funds.left(prepaid) == 10
    book.commit(reservation, 20)
    assert book.funds.left(prepaid) == 50


def test_a_higher_final_price_stands_as_far_as_credit_allows() -> None:
    book, prepaid = CapBook(), buyer(credit=0)
    book.funds.set_balance(BUYER.id, 100)
    first = reserve(book, 60, prepaid)
    reserve(book, 30, prepaid)
    assert book.commit(first, 80)[0] == 70
    assert book.funds.left(prepaid) == 0


def test_credit_lost_meanwhile_does_not_lower_what_was_reserved() -> None:
    book, prepaid = CapBook(), buyer(credit=0)
    book.funds.set_balance(BUYER.id, 100)
    reservation = reserve(book, 60, prepaid)
    book.funds.adjust(BUYER.id, -90)
    assert book.commit(reservation, 80)[0] == 60
    assert book.funds.left(prepaid) == -50


def test_a_sale_that_could_not_be_kept_is_paid_back() -> None:
    book, prepaid = CapBook(), buyer(credit=0)
    book.funds.set_balance(BUYER.id, 100)
    reservation = reserve(book, 60, prepaid)
    book.commit(reservation, 60)
    book.release(reservation)
    book.release(reservation)
    assert book.funds.left(prepaid) == book.funds.balance(BUYER.id) == 100
