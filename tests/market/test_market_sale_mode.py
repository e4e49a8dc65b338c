"""Exclusive against shared: which of the two a lead is worth more in."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.policy import Clearing, Distribution, Policy
from exchange.domain.reasons import Reason
from exchange.market.ranking import CENT_MICROS, Ranking, Terms, rank, unsold_reason

SEED = "auc_01JCH4X0000000000000000000"
THREE = Policy("mortgage", max_buyers=3)


def campaign(name: str, buyer: str = "", max_bid: int = 1_000, **more: Any) -> Campaign:
    return Campaign(
        name,
        buyer or f"buyer of {name}",
        name,
        Targeting("mortgage"),
        StaticBidding(1),
        Completion.ON_WIN,
        max_bid_micros=max_bid,
        **more,
    )


def ranked(
    prices: dict[Campaign, tuple[int, int]], policy: Policy = THREE, floor: int = 0, order: dict[str, int] | None = None
) -> Ranking:
    """By campaign, the exclusive and the shared price."""
    bids = [Bid(one.id, Reason.BID, alone, shared_price_micros=shared) for one, (alone, shared) in prices.items()]
    return rank(bids, {one.id: one for one in prices}, Terms(policy, floor, order or {}), SEED)


def standing(ranking: Ranking) -> list[tuple[str, int]]:
    return [(one.bid.campaign_id, one.price_micros) for one in ranking.standing]


def test_several_shared_bids_together_beat_the_best_exclusive_one() -> None:
    ranking = ranked(
        {campaign("a"): (60, 25), campaign("b"): (40, 20), campaign("c"): (30, 18), campaign("d"): (20, 10)}
    )
    assert ranking.shared
    assert ranking.sales_wanted == 3
    assert standing(ranking) == [("a", 25), ("b", 20), ("c", 18), ("d", 10)]
    assert ranking.lost == {}


def test_no_more_bids_are_added_up_than_buyers_are_allowed() -> None:
    ranking = ranked(
        {campaign("a"): (60, 20), campaign("b"): (40, 20), campaign("c"): (30, 19), campaign("d"): (20, 19)}
    )
    assert not ranking.shared
    assert ranking.sales_wanted == 1
    assert standing(ranking) == [("a", 60), ("b", 40), ("c", 30), ("d", 20)]


def test_of_equals_the_exclusive_sale_is_taken() -> None:
    assert not ranked({campaign("a"): (60, 30), campaign("b"): (30, 30)}).shared
    assert ranked({campaign("a"): (60, 31), campaign("b"): (31, 30)}).shared


def test_without_a_policy_for_it_nothing_is_shared() -> None:
    ranking = ranked({campaign("a"): (60, 60), campaign("b"): (60, 60)}, Policy("mortgage"))
    assert not ranking.shared


def test_what_takes_only_the_other_mode_loses_by_that() -> None:
    ranking = ranked({campaign("a"): (50, 0), campaign("b"): (40, 30), campaign("c"): (30, 30)})
    assert standing(ranking)[0][1] == 30
    assert ranking.lost == {"a": Reason.OTHER_SALE_MODE}
    ranking = ranked({campaign("a"): (50, 0), campaign("b"): (0, 30)})
    assert standing(ranking) == [("a", 50)]
    assert ranking.lost == {"b": Reason.OTHER_SALE_MODE}


def test_floors_hold_for_each_price() -> None:
    bids = {
        campaign("a"): (60, 25),
        campaign("b"): (39, 19),
        campaign("c", floor_micros=41): (45, 40),
        campaign("d"): (59, 40),
    }
    ranking = ranked(bids, floor=20)
    assert ranking.shared
    assert standing(ranking) == [("d", 40), ("a", 25)]
    assert ranking.lost == {"b": Reason.OTHER_SALE_MODE, "c": Reason.OTHER_SALE_MODE}


def test_what_fits_no_mode_is_below_the_floor_or_invalid() -> None:
    faulty = {
        campaign("c"): (19, 10),
        campaign("d"): (19, 0),
        campaign("e"): (1_001, 1_001),
        campaign("f"): (-1, -1),
        campaign("g"): (0, 9),
    }
    lost = {
        "c": Reason.BELOW_FLOOR,
        "d": Reason.BELOW_FLOOR,
        "e": Reason.BID_INVALID,
        "f": Reason.BID_INVALID,
        "g": Reason.BELOW_FLOOR,
    }
    shared = ranked({campaign("a"): (60, 40), campaign("b"): (60, 40), **faulty}, floor=20)
    assert shared.shared
    assert shared.lost == lost
    exclusive = ranked({campaign("a"): (60, 0), **faulty}, floor=20)
    assert not exclusive.shared
    assert exclusive.lost == lost


def test_a_buyer_counts_once() -> None:
    ranking = ranked({campaign("a", "x"): (60, 40), campaign("b", "x"): (50, 39)})
    assert not ranking.shared
    assert ranking.lost == {"b": Reason.SAME_BUYER}
    ranking = ranked({campaign("a", "x"): (60, 40), campaign("b", "x"): (50, 39), campaign("c"): (30, 30)})
    assert standing(ranking) == [("a", 40), ("c", 30)]
    assert ranking.lost == {"b": Reason.SAME_BUYER}


def test_with_fewer_shared_bids_than_asked_for_the_sale_is_exclusive() -> None:
    policy = structs.replace(THREE, min_buyers=2)
    assert not ranked({campaign("a", "x"): (60, 70), campaign("b", "x"): (60, 70)}, policy).shared
    assert ranked({campaign("a", "x"): (60, 70), campaign("b", "x"): (60, 70), campaign("c"): (9, 1)}, policy).shared


def test_too_few_shared_bids_and_no_exclusive_one() -> None:
    policy = structs.replace(THREE, min_buyers=3)
    prices = {campaign("a"): (0, 30), campaign("b"): (0, 20), campaign("c"): (4, 0)}
    ranking = ranked(prices, policy, floor=5)
    assert ranking.standing == ()
    assert not ranking.shared
    assert ranking.lost == {"a": Reason.TOO_FEW_BUYERS, "b": Reason.TOO_FEW_BUYERS, "c": Reason.BELOW_FLOOR}
    asked = [Bid(one.id, Reason.BID) for one in prices]
    assert unsold_reason(asked, ranking) == Reason.TOO_FEW_BUYERS


def test_what_bids_count_for_is_compared() -> None:
    prices = {campaign("a", bid_adjustment_bps=20_000): (30, 0), campaign("b"): (29, 29), campaign("c"): (29, 29)}
    assert not ranked(prices).shared
    prices = {campaign("a"): (58, 0), campaign("b", bid_adjustment_bps=10_001): (29, 29), campaign("c"): (29, 29)}
    assert ranked(prices).shared


def test_the_distribution_says_which_bids_are_held_against_each_other() -> None:
    policy = structs.replace(THREE, distribution=Distribution.WEIGHTED, max_buyers=2)
    prices = {campaign("a"): (90, 10), campaign("b"): (20, 10), campaign("c"): (30, 12)}
    # By weight b would be sold to for 20; b and c together pay 22.
    ranking = ranked(prices, policy, order={"b": 1, "c": 2, "a": 3})
    assert ranking.shared
    assert standing(ranking) == [("b", 10), ("c", 12), ("a", 10)]
    # Here a would be for 90.
    ranking = ranked(prices, policy, order={"a": 1, "b": 2, "c": 3})
    assert not ranking.shared


def test_second_prices_of_a_shared_sale_are_by_the_shared_bids() -> None:
    policy = structs.replace(THREE, clearing=Clearing.SECOND_PRICE)
    cents = {campaign("a", max_bid=10**9): (60, 50), campaign("b", max_bid=10**9): (60, 40), campaign("c"): (1, 1)}
    prices = {one: (alone * CENT_MICROS, shared * CENT_MICROS) for one, (alone, shared) in cents.items()}
    assert standing(ranked(prices, policy)) == [("a", 41 * CENT_MICROS), ("b", CENT_MICROS)]


@given(
    prices=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from("wxyz")), max_size=7),
    most=st.integers(2, 3),
    least=st.integers(1, 3),
    floor=st.integers(0, 3),
)
def test_the_mode_taken_is_the_more_valuable_one(
    prices: list[tuple[int, int, str]], most: int, least: int, floor: int
) -> None:
    policy = Policy("mortgage", max_buyers=most, min_buyers=min(most, least))
    bids = {campaign(str(n), buyer): (alone, shared) for n, (alone, shared, buyer) in enumerate(prices)}
    ranking = ranked(bids, policy, floor)

    fit = max(1, floor)
    alone = max((price for price, _, _ in prices if price >= fit), default=0)
    by_buyer = {
        buyer: max(shared for _, shared, whose in prices if whose == buyer)
        for _, shared, buyer in prices
        if shared >= fit
    }
    together = sum(sorted(by_buyer.values())[-most:])
    assert ranking.shared == (together > alone and len(by_buyer) >= policy.min_buyers)
    first = sum(one.price_micros for one in ranking.standing[: ranking.sales_wanted])
    assert first == (together if ranking.shared else alone)
    assert len({prices[int(one.bid.campaign_id)][2] for one in ranking.standing}) == len(ranking.standing)
    assert len(ranking.standing) + len(ranking.lost) == len(prices)
    other = {name for name, reason in ranking.lost.items() if reason == Reason.OTHER_SALE_MODE}
    for name in other:
        mine, others = prices[int(name)][:2] if ranking.shared else reversed(prices[int(name)][:2])
        assert others < fit <= mine
