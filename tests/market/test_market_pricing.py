from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain import limits
from exchange.domain.campaign import Condition, PriceModifier, StaticBidding
from exchange.domain.lead import Evidence, Profile
from exchange.market.pricing import net, scaled, shared_price, static_price

LEAD = Profile("ratewise", "mortgage", {"state": "TX", "ltv": 0.75}, Evidence())
TEXAS, NEW_YORK = Condition("state", one_of=("TX",)), Condition("state", one_of=("NY",))


@pytest.mark.parametrize(
    ("bidding", "expected"),
    [
        (StaticBidding(45_000_000), 45_000_000),
        (StaticBidding(0), 0),
        (StaticBidding(45_000_000, (PriceModifier(TEXAS, add_micros=5_000_000),)), 50_000_000),
        (StaticBidding(45_000_000, (PriceModifier(TEXAS, add_micros=-5_000_000),)), 40_000_000),
        (StaticBidding(45_000_000, (PriceModifier(NEW_YORK, add_micros=5_000_000),)), 45_000_000),
        (StaticBidding(45_000_000, (PriceModifier(TEXAS, multiply_bps=12_000),)), 54_000_000),
        # Multiplied first, then added; and each works on what the one before it left.
        (StaticBidding(10, (PriceModifier(TEXAS, add_micros=1, multiply_bps=20_000),)), 21),
        (StaticBidding(10, (PriceModifier(TEXAS, add_micros=1), PriceModifier(TEXAS, multiply_bps=20_000))), 22),
        (StaticBidding(10, (PriceModifier(TEXAS, multiply_bps=20_000), PriceModifier(TEXAS, add_micros=1))), 21),
        (StaticBidding(45_000_000, (PriceModifier(TEXAS, multiply_bps=20_000),), 60_000_000), 60_000_000),
        (StaticBidding(45_000_000, (), 40_000_000), 40_000_000),
        # Only the result is clamped: what is below zero in between may come up again.
        (StaticBidding(5, (PriceModifier(TEXAS, add_micros=-9), PriceModifier(TEXAS, add_micros=7))), 3),
        (StaticBidding(5, (PriceModifier(TEXAS, add_micros=-9),)), 0),
        (StaticBidding(limits.MAX_PRICE_MICROS, (PriceModifier(TEXAS, multiply_bps=10_001),)), limits.MAX_PRICE_MICROS),
        (StaticBidding(limits.MAX_PRICE_MICROS + 1, (), limits.MAX_PRICE_MICROS + 1), limits.MAX_PRICE_MICROS),
    ],
)
def test_static_price(bidding: StaticBidding, expected: int) -> None:
    assert static_price(bidding, LEAD) == expected


@pytest.mark.parametrize(("amount", "expected"), [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2)])
def test_half_a_micro_goes_to_the_even_side(amount: int, expected: int) -> None:
    assert scaled(amount, 5_000) == expected


@given(st.integers(-(10**15), 10**15), st.integers(0, 1_000_000))
def test_scaled_is_the_exact_product_rounded(amount: int, bps: int) -> None:
    assert scaled(amount, bps) == round(Fraction(amount * bps, 10_000))


def test_a_price_without_modifiers_is_clamped_too() -> None:
    assert static_price(StaticBidding(-1), LEAD) == 0
    assert static_price(StaticBidding(7, (), 7), LEAD) == 7
    assert static_price(StaticBidding(7, (), -1), LEAD) == 0


def test_the_shared_price_is_a_share_of_the_exclusive_one() -> None:
    assert shared_price(StaticBidding(1, shared_bps=2_500), 50_000_000) == 12_500_000
    assert shared_price(StaticBidding(1, shared_bps=10_000), 50_000_000) == 50_000_000
    assert shared_price(StaticBidding(1, shared_bps=2_500), 0) == 0


def test_without_a_share_there_is_no_shared_bid() -> None:
    assert shared_price(StaticBidding(1), 50_000_000) == 0


@pytest.mark.parametrize(("fee_bps", "left"), [(0, 999), (1, 998), (2_500, 749), (10_000, 0)])
def test_the_fee_comes_off_the_price_and_what_is_left_is_rounded_down(fee_bps: int, left: int) -> None:
    assert net(999, fee_bps) == left


def test_what_is_known_of_shared_conditions_changes_no_price() -> None:
    known: dict[int, bool] = {}
    for base in (1_000_000, 2_000_000):
        for condition in (TEXAS, NEW_YORK):
            bidding = StaticBidding(base, (PriceModifier(condition, add_micros=500_000),))
            assert static_price(bidding, LEAD, known) == static_price(bidding, LEAD)
    assert known == {id(TEXAS): True, id(NEW_YORK): False}
