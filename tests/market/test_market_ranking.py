from collections import Counter
from fractions import Fraction
from hashlib import sha256
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.policy import Distribution, Policy
from exchange.domain.reasons import Reason
from exchange.market.ranking import Ranking, Standing, Terms, rank, unsold_reason

SEED = "auc_01JCH4X0000000000000000000"


def campaign(name: str, buyer: str = "", priority: int = 0, max_bid: int = 1_000, **more: Any) -> Campaign:
    return Campaign(
        name,
        buyer or f"buyer of {name}",
        name,
        Targeting("mortgage"),
        StaticBidding(1),
        Completion.ON_WIN,
        max_bid_micros=max_bid,
        priority=priority,
        **more,
    )


def terms(
    distribution: Distribution = Distribution.HIGHEST_PRICE, floor: int = 0, order: dict[str, int] | None = None
) -> Terms:
    return Terms(Policy("mortgage", distribution), floor, order or {})


def ranked(prices: dict[Campaign, int], by: Terms | None = None, seed: str = SEED) -> Ranking:
    bids = [Bid(one.id, Reason.BID, price) for one, price in prices.items()]
    return rank(bids, {one.id: one for one in prices}, by or terms(), seed)


def order(ranking: Ranking) -> list[str]:
    return [one.bid.campaign_id for one in ranking.standing]


def test_the_highest_price_goes_first() -> None:
    ranking = ranked({campaign("a"): 40, campaign("b"): 60, campaign("c"): 50})
    assert order(ranking) == ["b", "c", "a"]
    assert ranking == Ranking(ranking.standing, {}, shared=False, sales_wanted=1)
    assert ranking.standing[0] == Standing(Bid("b", Reason.BID, 60), 60, order_key=0)


def test_equal_prices_go_by_priority() -> None:
    assert order(ranked({campaign("a", priority=2): 50, campaign("b", priority=1): 50, campaign("c"): 40})) == [
        "b",
        "a",
        "c",
    ]


def test_priority_does_not_beat_price() -> None:
    assert order(ranked({campaign("a", priority=1): 50, campaign("b", priority=9): 51})) == ["b", "a"]


def test_what_is_equal_is_drawn_by_the_documented_lot() -> None:
    names = [f"camp-{number}" for number in range(8)]
    expected = sorted(names, key=lambda name: sha256(f"{SEED}/{name}".encode()).hexdigest())
    assert order(ranked({campaign(name): 50 for name in names})) == expected
    assert order(ranked({campaign(name): 50 for name in reversed(names)})) == expected


def test_the_lot_favours_nobody() -> None:
    tied = {campaign(name): 50 for name in "abc"}
    firsts = Counter(order(ranked(tied, seed=f"auc_{number}"))[0] for number in range(3_000))
    assert set(firsts) == set("abc")
    assert all(900 < count < 1_100 for count in firsts.values())


def test_a_bid_at_the_floor_stands_and_one_below_it_does_not() -> None:
    ranking = ranked({campaign("a"): 49, campaign("b"): 50}, terms(floor=50))
    assert order(ranking) == ["b"]
    assert ranking.lost == {"a": Reason.BELOW_FLOOR}


def test_a_campaigns_own_floor_holds_for_it_beside_the_common_one() -> None:
    prices = {campaign("a", floor_micros=50): 49, campaign("b", floor_micros=50): 50, campaign("c"): 48}
    assert order(ranked(prices, terms(floor=48))) == ["b", "c"]
    assert order(ranked(prices, terms(floor=49))) == ["b"]


def test_an_adjustment_counts_in_the_ranking_and_does_not_change_the_price() -> None:
    ranking = ranked({campaign("a", bid_adjustment_bps=12_000): 50, campaign("b"): 59, campaign("c"): 61})
    assert order(ranking) == ["c", "a", "b"]
    assert [one.price_micros for one in ranking.standing] == [61, 50, 59]


def test_what_bids_count_for_is_not_rounded() -> None:
    assert order(ranked({campaign("a", bid_adjustment_bps=10_001): 50, campaign("b"): 50})) == ["a", "b"]
    # 3 × 8,000 and 2 × 12,000 are equal, so that priority decides.
    assert order(
        ranked({campaign("a", bid_adjustment_bps=8_000): 3, campaign("b", "", 1, bid_adjustment_bps=12_000): 2})
    ) == ["a", "b"]


def test_floors_hold_for_the_price_and_not_for_what_it_counts_for() -> None:
    ranking = ranked(
        {campaign("a", bid_adjustment_bps=20_000): 49, campaign("b", bid_adjustment_bps=1): 50}, terms(floor=50)
    )
    assert order(ranking) == ["b"]


def test_by_priority_the_price_does_not_matter() -> None:
    names = [campaign(f"camp-{number}") for number in range(4)]
    prices = dict(zip(names, (10, 20, 30, 40), strict=True))
    lots = order(ranked(dict.fromkeys(names, 50)))
    assert order(ranked(prices, terms(Distribution.PRIORITY))) == lots
    late = campaign("late", priority=7)
    ranking = ranked({late: 1_000, **prices}, terms(Distribution.PRIORITY))
    assert order(ranking) == [*lots, "late"]
    assert [one.order_key for one in ranking.standing] == [0, 0, 0, 0, 7]


def test_by_tiers_the_price_decides_inside_a_tier() -> None:
    prices = {campaign("a", priority=2): 90, campaign("b", priority=1): 10, campaign("c", priority=1): 20}
    ranking = ranked(prices, terms(Distribution.TIERED_PRICE))
    assert order(ranking) == ["c", "b", "a"]
    assert [one.order_key for one in ranking.standing] == [1, 1, 2]


def test_by_weight_and_by_turns_the_order_key_goes_before_price_and_price_before_the_lot() -> None:
    prices = {campaign("a", priority=1): 10, campaign("b", priority=2): 20, campaign("c"): 5, campaign("d"): 99}
    for distribution in (Distribution.WEIGHTED, Distribution.ROUND_ROBIN):
        ranking = ranked(prices, terms(distribution, order={"a": -5, "b": -5, "c": -6, "d": 4}))
        assert order(ranking) == ["c", "b", "a", "d"]
        assert [one.order_key for one in ranking.standing] == [-6, -5, -5, 4]


def test_a_campaign_without_an_order_key_has_zero() -> None:
    prices = {campaign("a"): 10, campaign("b"): 10, campaign("c"): 10}
    assert order(ranked(prices, terms(Distribution.WEIGHTED, order={"a": 1, "c": -1}))) == ["c", "b", "a"]


def test_a_buyers_best_is_the_one_that_the_distribution_puts_first() -> None:
    prices = {campaign("a", "x", priority=2): 90, campaign("b", "x", priority=1): 10}
    ranking = ranked(prices, terms(Distribution.TIERED_PRICE))
    assert order(ranking) == ["b"]
    assert ranking.lost == {"a": Reason.SAME_BUYER}


def test_a_buyer_stands_once_with_its_best() -> None:
    ranking = ranked({campaign("a", "x"): 40, campaign("b", "x"): 60, campaign("c"): 50, campaign("d", "x"): 60 - 1})
    assert order(ranking) == ["b", "c"]
    assert ranking.lost == {"a": Reason.SAME_BUYER, "d": Reason.SAME_BUYER}


def test_a_buyers_bid_that_cannot_stand_does_not_displace_its_other() -> None:
    ranking = ranked({campaign("a", "x", max_bid=50): 60, campaign("b", "x"): 40})
    assert order(ranking) == ["b"]
    assert ranking.lost == {"a": Reason.BID_INVALID}


def test_impossible_prices_are_invalid() -> None:
    ranking = ranked({campaign("a"): 0, campaign("b"): -5, campaign("c"): 1_001, campaign("d"): 1_000})
    assert order(ranking) == ["d"]
    assert ranking.lost == {"a": Reason.BID_INVALID, "b": Reason.BID_INVALID, "c": Reason.BID_INVALID}


def test_what_is_no_bid_is_passed_over() -> None:
    bids = [Bid("a", Reason.NO_BID, 50), Bid("b", Reason.BID_TIMEOUT), Bid("c", Reason.BID, 1)]
    ranking = rank(bids, {name: campaign(name) for name in "abc"}, terms(), SEED)
    assert order(ranking) == ["c"]
    assert ranking.lost == {}


OUTCOMES = st.sampled_from((Reason.BID, Reason.BID, Reason.BID, Reason.NO_BID))
ASKED = st.tuples(
    OUTCOMES,
    st.integers(-1, 6),
    st.builds(
        campaign,
        st.just("named below"),
        st.sampled_from("xyz"),
        st.integers(0, 2),
        st.just(5),
        floor_micros=st.integers(0, 3),
        bid_adjustment_bps=st.sampled_from((5_000, 10_000, 20_000)),
    ),
    st.integers(-2, 2),
)


@given(
    asked=st.lists(ASKED, max_size=12),
    floor=st.integers(0, 4),
    distribution=st.sampled_from(Distribution),
    shuffled=st.randoms(use_true_random=False),
)
def test_a_ranking_accounts_for_every_bid(
    asked: list[tuple[Reason, int, Campaign, int]], floor: int, distribution: Distribution, shuffled: Random
) -> None:
    campaigns = {str(n): structs.replace(one, id=str(n)) for n, (_, _, one, _) in enumerate(asked)}
    bids = [Bid(str(number), outcome, price) for number, (outcome, price, _, _) in enumerate(asked)]
    keys = {str(n): key for n, (_, _, _, key) in enumerate(asked)}
    by = terms(distribution, floor, keys)
    ranking = rank(bids, campaigns, by, SEED)
    standing = order(ranking)

    def place(name: str) -> tuple[Fraction, Fraction, str]:
        one = campaigns[name]
        worth = Fraction(bids[int(name)].price_micros * one.bid_adjustment_bps, 10_000)
        tier, key, nothing = Fraction(one.priority), Fraction(keys[name]), Fraction(0)
        lot = sha256(f"{SEED}/{name}".encode()).hexdigest()
        return {
            Distribution.HIGHEST_PRICE: (-worth, tier, lot),
            Distribution.PRIORITY: (tier, nothing, lot),
            Distribution.TIERED_PRICE: (tier, -worth, lot),
            Distribution.WEIGHTED: (key, -worth, lot),
            Distribution.ROUND_ROBIN: (key, -worth, lot),
        }[distribution]

    assert sorted([*standing, *ranking.lost]) == sorted(bid.campaign_id for bid in bids if bid.outcome == Reason.BID)
    assert standing == sorted(standing, key=place)
    firsts = {campaigns[name].buyer_id: name for name in reversed(standing)}
    assert len(firsts) == len(standing)
    for one in ranking.standing:
        assert max(1, floor, campaigns[one.bid.campaign_id].floor_micros) <= one.price_micros <= 5
        assert one.price_micros == one.bid.price_micros
    for name, reason in ranking.lost.items():
        price, least = bids[int(name)].price_micros, max(floor, campaigns[name].floor_micros)
        if reason == Reason.SAME_BUYER:
            assert place(firsts[campaigns[name].buyer_id]) < place(name)
            assert max(1, least) <= price <= 5
        else:
            assert reason == (Reason.BELOW_FLOOR if 0 < price < least else Reason.BID_INVALID)

    shuffled.shuffle(bids)
    assert rank(bids, campaigns, by, SEED) == ranking


def test_why_nobody_stands() -> None:
    below = [Bid("a", Reason.BID, 10), Bid("b", Reason.NO_BID)]
    invalid = [Bid("a", Reason.BID, -10), Bid("b", Reason.BID_TIMEOUT)]
    campaigns, floor = {name: campaign(name) for name in "ab"}, terms(floor=50)
    assert unsold_reason([], rank([], campaigns, floor, SEED)) == Reason.NO_CAMPAIGN
    assert unsold_reason(below, rank(below, campaigns, floor, SEED)) == Reason.ALL_BELOW_FLOOR
    assert unsold_reason(below[1:], rank(below[1:], campaigns, floor, SEED)) == Reason.NO_BIDS
    assert unsold_reason(invalid, rank(invalid, campaigns, floor, SEED)) == Reason.NO_BIDS
