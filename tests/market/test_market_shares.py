from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.policy import Distribution
from exchange.market.shares import LEAD, Shares

WEIGHTED, ROUND_ROBIN = Distribution.WEIGHTED, Distribution.ROUND_ROBIN


def campaign(name: str, weight: int = 100) -> Campaign:
    return Campaign(name, name, name, Targeting("mortgage"), StaticBidding(1), Completion.ON_WIN, weight=weight)


A, B, C = campaign("a"), campaign("b"), campaign("c")


def sell(shares: Shares, distribution: Distribution, *bidders: Campaign, at_ms: int = 0) -> str:
    """Sells one lead to whom it is due."""
    keys = shares.keys(distribution, bidders)
    winner = min(bidders, key=lambda one: (keys[one.id], one.id))
    shares.won(distribution, winner, [one for one in bidders if one is not winner], at_ms)
    return winner.id


def test_leads_go_by_weight() -> None:
    shares = Shares()
    heavy = campaign("heavy", 300)
    assert [sell(shares, WEIGHTED, A, heavy) for _ in range(8)] == ["heavy", "a", "heavy", "heavy"] * 2


def test_who_is_owed_most_has_the_lowest_key() -> None:
    shares = Shares()
    assert shares.keys(WEIGHTED, [A, campaign("heavy", 300)]) == {"a": -LEAD // 4, "heavy": -3 * LEAD // 4}
    sell(shares, WEIGHTED, A, B)
    assert shares.keys(WEIGHTED, [A, B]) == {"a": 0, "b": -LEAD}
    shares.keys(WEIGHTED, [A, B])
    assert shares.keys(WEIGHTED, [B]) == {"b": -LEAD - LEAD // 2}


def test_a_newcomer_and_one_that_was_away_do_not_hog() -> None:
    shares = Shares()
    for _ in range(3):
        sell(shares, WEIGHTED, A, B, C)
    for _ in range(1_000):
        sell(shares, WEIGHTED, A, B)
    again = Counter(sell(shares, WEIGHTED, A, B, C, campaign("new")) for _ in range(40))
    assert set(again) == {"a", "b", "c", "new"}
    assert all(9 <= count <= 11 for count in again.values())


def test_who_could_not_have_the_lead_is_owed_nothing_for_it() -> None:
    shares = Shares()
    for _ in range(10):
        shares.won(WEIGHTED, A, [B], 0)  # C had rejected each of them
    assert shares.keys(WEIGHTED, [C]) == {"c": -LEAD}
    assert shares.keys(WEIGHTED, [B]) == {"b": -6 * LEAD}


def test_leads_elsewhere_do_not_wipe_out_what_is_owed_here() -> None:
    shares = Shares()
    here = Counter[str]()
    for _ in range(100):
        here[sell(shares, WEIGHTED, A, B)] += 1
        sell(shares, WEIGHTED, C)
        sell(shares, WEIGHTED, C)
    assert here == {"a": 50, "b": 50}


WEIGHTS = st.lists(st.one_of(st.integers(1, 10), st.integers(1, 1_000_000)), min_size=1, max_size=8)


@given(WEIGHTS, st.integers(1, 120))
def test_where_all_bid_nobody_is_a_lead_ahead_of_its_share_nor_far_behind(weights: list[int], leads: int) -> None:
    shares, bidders = Shares(), [campaign(str(n), weight) for n, weight in enumerate(weights)]
    behind = sum(Fraction(1, n) for n in range(2, len(bidders) + 1))
    slack = Fraction(leads, LEAD) * len(bidders)  # dues are rounded down
    won = Counter[str]()
    for sold in range(1, leads + 1):
        won[sell(shares, WEIGHTED, *bidders)] += 1
        for one in bidders:
            due = Fraction(sold * one.weight, sum(weights))
            assert due - behind - slack <= won[one.id] < due + 1


FIELDS = st.lists(st.sets(st.integers(0, 4), min_size=1).map(sorted), min_size=1, max_size=4)


@given(FIELDS, st.lists(st.integers(1, 100), min_size=5, max_size=5), st.randoms(use_true_random=False))
def test_whoever_bids_among_whom_nobody_starves(fields: list[list[int]], weights: list[int], chance: Random) -> None:
    """By weight nobody is ever more than two leads behind what it was due among those it bid against."""
    shares, bidders = Shares(), [campaign(str(n), weight) for n, weight in enumerate(weights)]
    due, won = Counter[str](), Counter[str]()
    for _ in range(60):
        field = [bidders[n] for n in chance.choice(fields)]
        won[sell(shares, WEIGHTED, *field)] += 1
        for one in field:
            due[one.id] += LEAD * one.weight // sum(other.weight for other in field)
        assert all(due[one.id] - 2 * LEAD <= won[one.id] * LEAD <= due[one.id] + 2 * LEAD for one in bidders)


def test_by_turns_who_waited_longest_goes_first() -> None:
    shares = Shares()
    assert [sell(shares, ROUND_ROBIN, A, B, C, at_ms=5) for _ in range(7)] == ["a", "b", "c", "a", "b", "c", "a"]
    assert sell(shares, ROUND_ROBIN, A, B, C, campaign("new"), at_ms=6) == "new"
    assert sell(shares, ROUND_ROBIN, A, campaign("new"), at_ms=7) == "a"


def test_turns_are_taken_up_after_a_restart() -> None:
    shares = Shares()
    shares.load("a", 200)
    shares.load("b", 100)
    assert [sell(shares, ROUND_ROBIN, A, B, at_ms=150) for _ in range(3)] == ["b", "a", "b"]


@given(FIELDS, st.randoms(use_true_random=False))
def test_by_turns_nobody_waits_for_more_leads_than_there_are_others(fields: list[list[int]], chance: Random) -> None:
    shares, bidders = Shares(), [campaign(str(n)) for n in range(5)]
    waited = Counter[str]()
    for at_ms in range(60):
        field = [bidders[n] for n in chance.choice(fields)]
        winner = sell(shares, ROUND_ROBIN, *field, at_ms=at_ms // 7)
        waited.update(one.id for one in field)
        waited[winner] = 0
        assert all(leads < len(bidders) for leads in waited.values())


@pytest.mark.parametrize("by", [Distribution.HIGHEST_PRICE, Distribution.PRIORITY, Distribution.TIERED_PRICE])
def test_other_distributions_keep_no_count(by: Distribution) -> None:
    shares = Shares()
    shares.won(by, A, [B], 5)
    assert shares.keys(by, [A, B]) == {}
    assert shares.keys(WEIGHTED, [A, B]) == {"a": -LEAD // 2, "b": -LEAD // 2}
    assert shares.keys(ROUND_ROBIN, [A]) == {"a": 0}
