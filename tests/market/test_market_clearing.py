from itertools import zip_longest
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.policy import Clearing, Distribution, Policy
from exchange.domain.reasons import Reason
from exchange.market.ranking import CENT_MICROS, Terms, rank

SEED = "auc_01JCH4X0000000000000000000"
DOLLAR = 1_000_000


def campaign(name: str, buyer: str = "", **more: Any) -> Campaign:
    return Campaign(
        name, buyer or f"buyer of {name}", name, Targeting("mortgage"), StaticBidding(1), Completion.ON_WIN, **more
    )


def cleared(
    prices: dict[Campaign, int], distribution: Distribution = Distribution.HIGHEST_PRICE, floor: int = 0
) -> list[tuple[str, int]]:
    policy = Policy("mortgage", distribution, Clearing.SECOND_PRICE)
    bids = [Bid(one.id, Reason.BID, price) for one, price in prices.items()]
    ranking = rank(bids, {one.id: one for one in prices}, Terms(policy, floor), SEED)
    return [(one.bid.campaign_id, one.price_micros) for one in ranking.standing]


def test_each_pays_a_cent_more_than_the_next() -> None:
    prices = {campaign("a"): 50 * DOLLAR, campaign("b"): 40 * DOLLAR, campaign("c"): 30 * DOLLAR}
    assert cleared(prices, floor=20 * DOLLAR) == [
        ("a", 40 * DOLLAR + CENT_MICROS),
        ("b", 30 * DOLLAR + CENT_MICROS),
        ("c", 20 * DOLLAR),
    ]


def test_nobody_pays_more_than_it_bid() -> None:
    assert cleared({campaign("a"): 50 * DOLLAR, campaign("b"): 50 * DOLLAR - 1})[0] == ("a", 50 * DOLLAR)
    tied = cleared({campaign("a"): 50 * DOLLAR, campaign("b"): 50 * DOLLAR})
    assert tied[0][1] == 50 * DOLLAR


def test_nobody_pays_less_than_its_floors() -> None:
    prices = {campaign("a", floor_micros=45 * DOLLAR): 50 * DOLLAR, campaign("b"): 30 * DOLLAR}
    assert cleared(prices, floor=20 * DOLLAR) == [("a", 45 * DOLLAR), ("b", 20 * DOLLAR)]


def test_with_nobody_to_beat_and_no_floor_it_is_a_cent() -> None:
    assert cleared({campaign("a"): 50 * DOLLAR}) == [("a", CENT_MICROS)]
    assert cleared({campaign("a"): CENT_MICROS - 1}) == [("a", CENT_MICROS - 1)]


def test_a_buyer_does_not_pay_for_its_own_second_campaign() -> None:
    prices = {campaign("a", "x"): 50 * DOLLAR, campaign("b", "x"): 49 * DOLLAR, campaign("c"): 30 * DOLLAR}
    assert cleared(prices)[0] == ("a", 30 * DOLLAR + CENT_MICROS)


def test_what_bids_count_for_is_what_has_to_be_beaten() -> None:
    prices = {campaign("a", bid_adjustment_bps=20_000): 30 * DOLLAR, campaign("b"): 50 * DOLLAR}
    assert cleared(prices)[0] == ("a", 25 * DOLLAR + CENT_MICROS // 2)
    prices = {campaign("a"): 30 * DOLLAR, campaign("b", bid_adjustment_bps=3_333): 50 * DOLLAR}
    assert cleared(prices)[0] == ("a", ceil(50 * DOLLAR * 3_333 / 10_000) + CENT_MICROS)


def test_a_lower_tier_has_not_to_be_beaten() -> None:
    prices = {
        campaign("a"): 50 * DOLLAR,
        campaign("b", priority=1): 40 * DOLLAR,
        campaign("c", priority=1): 30 * DOLLAR,
    }
    assert cleared(prices, Distribution.TIERED_PRICE, 20 * DOLLAR) == [
        ("a", 20 * DOLLAR),
        ("b", 30 * DOLLAR + CENT_MICROS),
        ("c", 20 * DOLLAR),
    ]


@pytest.mark.parametrize("distribution", [Distribution.PRIORITY, Distribution.WEIGHTED, Distribution.ROUND_ROBIN])
def test_where_prices_do_not_decide_each_pays_what_it_bid(distribution: Distribution) -> None:
    assert sorted(cleared({campaign("a"): 50 * DOLLAR, campaign("b"): 30 * DOLLAR}, distribution)) == [
        ("a", 50 * DOLLAR),
        ("b", 30 * DOLLAR),
    ]


BIDDERS = st.lists(
    st.tuples(
        st.integers(1, 60).map(lambda halves: halves * CENT_MICROS // 2),
        st.builds(
            campaign,
            st.just("named below"),
            st.sampled_from(("", "", "x", "y")),
            priority=st.integers(0, 1),
            floor_micros=st.sampled_from((0, 0, 7 * CENT_MICROS)),
            bid_adjustment_bps=st.sampled_from((7_001, 10_000, 30_000)),
        ),
    ),
    max_size=6,
)


@given(BIDDERS, st.sampled_from((Distribution.HIGHEST_PRICE, Distribution.TIERED_PRICE)), st.sampled_from((0, 40_000)))
def test_each_pays_the_least_that_would_win_the_same_place(
    bidders: list[tuple[int, Campaign]], distribution: Distribution, floor: int
) -> None:
    campaigns = {
        str(n): structs.replace(one, id=str(n), buyer_id=one.buyer_id if len(one.buyer_id) == 1 else str(n))
        for n, (_, one) in enumerate(bidders)
    }
    bids = {str(n): Bid(str(n), Reason.BID, price) for n, (price, _) in enumerate(bidders)}
    terms = Terms(Policy("mortgage", distribution, Clearing.SECOND_PRICE), floor)
    standing = rank(list(bids.values()), campaigns, terms, SEED).standing
    # A buyer's other campaigns are left out from here on: one of them would stand where it pays less.
    alone = {one.bid.campaign_id: one.bid for one in standing}
    for place, (one, following) in enumerate(zip_longest(standing, standing[1:])):
        campaign = campaigns[one.bid.campaign_id]
        least = max(floor, campaign.floor_micros)
        assert least <= one.price_micros <= one.bid.price_micros
        again = rank(
            [*{**alone, campaign.id: Bid(campaign.id, Reason.BID, one.price_micros)}.values()], campaigns, terms, SEED
        )
        if one.price_micros < one.bid.price_micros:
            assert again.standing[place].bid.campaign_id == campaign.id
        if one.price_micros > least:
            beaten = 0
            if following is not None:
                other = campaigns[following.bid.campaign_id]
                if distribution == Distribution.HIGHEST_PRICE or other.priority == campaign.priority:
                    beaten = following.bid.price_micros * other.bid_adjustment_bps
            assert (one.price_micros - 1) * campaign.bid_adjustment_bps < beaten + CENT_MICROS * 10_000
