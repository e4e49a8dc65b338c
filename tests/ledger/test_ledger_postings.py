"""Postings: what a sale moves, and that it always balances."""

from hypothesis import given
from hypothesis import strategies as st

from exchange.domain import limits
from exchange.domain.auction import Sale
from exchange.domain.posting import Posting
from exchange.ledger.postings import payout, reversal, sale_postings

prices = st.integers(0, limits.MAX_PRICE_MICROS)
shares = st.integers(0, 10_000)


def sale(price_micros: int, payout_micros: int) -> Sale:
    return Sale("sale_x", "lead_x", "camp_a", "buy_a", price_micros, payout_micros, sold_ms=7)


def test_a_sale_is_shared_between_source_and_exchange() -> None:
    assert sale_postings(sale(12_500_000, 10_000_000), "src_a") == (
        Posting("sale_x", "buyer:buy_a", 12_500_000, 7),
        Posting("sale_x", "source:src_a", -10_000_000, 7),
        Posting("sale_x", "exchange:fees", -2_500_000, 7),
    )


def test_lines_of_nothing_are_left_out() -> None:
    assert [line.account for line in sale_postings(sale(5, 0), "src_a")] == ["buyer:buy_a", "exchange:fees"]
    assert [line.account for line in sale_postings(sale(5, 5), "src_a")] == ["buyer:buy_a", "source:src_a"]
    assert sale_postings(sale(0, 0), "src_a") == ()


def test_a_payout_is_rounded_down() -> None:
    assert payout(12_500_000, 8_000) == 10_000_000
    assert payout(9_999, 9_999) == 9_998
    assert payout(1, 9_999) == 0


@given(prices, shares)
def test_a_payout_is_within_the_price_and_exact_to_a_micro(price: int, share: int) -> None:
    assert 0 <= payout(price, share) <= price
    assert 0 <= price * share - payout(price, share) * 10_000 < 10_000


@given(prices, shares)
def test_a_sale_balances_in_one_transaction_without_empty_lines(price: int, share: int) -> None:
    postings = sale_postings(sale(price, payout(price, share)), "src_a")
    assert sum(line.amount_micros for line in postings) == 0
    assert all(line.amount_micros and line.transaction_id == "sale_x" for line in postings)
    assert sum(line.amount_micros for line in postings if line.account == "buyer:buy_a") == price


@given(prices, shares)
def test_a_reversal_undoes_every_account(price: int, share: int) -> None:
    postings = sale_postings(sale(price, payout(price, share)), "src_a")
    undone = reversal(postings, "ret_x", at_ms=9)
    assert all((line.transaction_id, line.at_ms) == ("ret_x", 9) for line in undone)
    balances = dict.fromkeys((line.account for line in postings), 0)
    for line in (*postings, *undone):
        balances[line.account] += line.amount_micros
    assert set(balances.values()) <= {0}
