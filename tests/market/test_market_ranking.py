from collections import Counter
from hashlib import sha256
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.reasons import Reason
from exchange.market.ranking import Ranking, rank, unsold_reason

SEED = "auc_01JCH4X0000000000000000000"


def campaign(name: str, buyer: str = "", priority: int = 0, max_bid: int = 1_000) -> Campaign:
    return Campaign(
        name,
        buyer or f"buyer of {name}",
        name,
        Targeting("mortgage"),
        StaticBidding(1),
        Completion.ON_WIN,
        max_bid_micros=max_bid,
        priority=priority,
    )


def ranked(prices: dict[Campaign, int], floor: int = 0, seed: str = SEED) -> Ranking:
    bids = [Bid(one.id, Reason.BID, price) for one, price in prices.items()]
    return rank(bids, {one.id: one for one in prices}, floor, seed)


def order(ranking: Ranking) -> list[str]:
    return [bid.campaign_id for bid in ranking.standing]


def test_the_highest_price_goes_first() -> None:
    ranking = ranked({campaign("a"): 40, campaign("b"): 60, campaign("c"): 50})
    assert order(ranking) == ["b", "c", "a"]
    assert ranking.lost == {}


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
    ranking = ranked({campaign("a"): 49, campaign("b"): 50}, floor=50)
    assert order(ranking) == ["b"]
    assert ranking.lost == {"a": Reason.BELOW_FLOOR}


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
    ranking = rank(bids, {name: campaign(name) for name in "abc"}, 0, SEED)
    assert order(ranking) == ["c"]
    assert ranking.lost == {}


OUTCOMES = st.sampled_from((Reason.BID, Reason.BID, Reason.BID, Reason.NO_BID))


@given(
    asked=st.lists(st.tuples(OUTCOMES, st.integers(-1, 6), st.integers(0, 2), st.sampled_from("xyz")), max_size=12),
    floor=st.integers(0, 4),
    shuffled=st.randoms(use_true_random=False),
)
def test_a_ranking_accounts_for_every_bid(
    asked: list[tuple[Reason, int, int, str]], floor: int, shuffled: Random
) -> None:
    campaigns = {str(n): campaign(str(n), buyer, priority, 5) for n, (_, _, priority, buyer) in enumerate(asked)}
    bids = [Bid(str(number), outcome, price) for number, (outcome, price, _, _) in enumerate(asked)]
    ranking = rank(bids, campaigns, floor, SEED)
    standing = order(ranking)

    assert sorted([*standing, *ranking.lost]) == sorted(bid.campaign_id for bid in bids if bid.outcome == Reason.BID)
    assert all(max(1, floor) <= bid.price_micros <= 5 for bid in ranking.standing)
    keys = [(-bid.price_micros, campaigns[bid.campaign_id].priority) for bid in ranking.standing]
    assert keys == sorted(keys)
    buyers = [campaigns[name].buyer_id for name in standing]
    assert len(set(buyers)) == len(buyers)
    places = {campaigns[name].buyer_id: key for name, key in zip(standing, keys, strict=True)}
    for name, reason in ranking.lost.items():
        if reason == Reason.SAME_BUYER:
            price = bids[int(name)].price_micros
            assert places[campaigns[name].buyer_id] <= (-price, campaigns[name].priority)

    shuffled.shuffle(bids)
    assert rank(bids, campaigns, floor, SEED) == ranking


def test_why_nobody_stands() -> None:
    below = [Bid("a", Reason.BID, 10), Bid("b", Reason.NO_BID)]
    invalid = [Bid("a", Reason.BID, -10), Bid("b", Reason.BID_TIMEOUT)]
    campaigns = {name: campaign(name) for name in "ab"}
    assert unsold_reason([], rank([], campaigns, 50, SEED)) == Reason.NO_CAMPAIGN
    assert unsold_reason(below, rank(below, campaigns, 50, SEED)) == Reason.ALL_BELOW_FLOOR
    assert unsold_reason(below[1:], rank(below[1:], campaigns, 50, SEED)) == Reason.NO_BIDS
    assert unsold_reason(invalid, rank(invalid, campaigns, 50, SEED)) == Reason.NO_BIDS
