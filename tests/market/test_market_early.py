from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign, Completion, StaticBidding, StreamPosting, Targeting
from exchange.domain.policy import Clearing, Distribution, Policy
from exchange.domain.reasons import Reason
from exchange.market.early import settled
from exchange.market.ranking import Terms, rank

SEED = "auc_01JCH4X0000000000000000000"
BY_PRICE = Policy("mortgage")


def campaign(
    name: str, buyer: str = "", max_bid: int = 100, completion: Completion = Completion.ON_WIN, **more: Any
) -> Campaign:
    return Campaign(
        name,
        buyer or f"buyer of {name}",
        name,
        Targeting("mortgage"),
        StaticBidding(1),
        completion,
        posting=StreamPosting() if completion == Completion.ON_ACCEPT else None,
        max_bid_micros=max_bid,
        **more,
    )


def ends(bids: dict[Campaign, int], awaited: list[Campaign], policy: Policy = BY_PRICE, floor: int = 0) -> bool:
    campaigns = {one.id: one for one in (*bids, *awaited)}
    return settled(
        [Bid(one.id, Reason.BID, price) for one, price in bids.items()], awaited, campaigns, Terms(policy, floor)
    )


def test_it_is_settled_when_nobody_awaited_can_bid_as_much() -> None:
    assert ends({campaign("a"): 80, campaign("b"): 20}, [campaign("c", max_bid=79)])
    assert not ends({campaign("a"): 80, campaign("b"): 20}, [campaign("c", max_bid=79), campaign("d", max_bid=81)])


def test_a_tie_is_not_settled_unless_priority_settles_it() -> None:
    assert not ends({campaign("a"): 80}, [campaign("b", max_bid=80)])
    assert ends({campaign("a"): 80}, [campaign("b", max_bid=80, priority=1)])
    assert not ends({campaign("a", priority=2): 80}, [campaign("b", max_bid=80, priority=1)])


def test_what_bids_count_for_decides() -> None:
    assert not ends({campaign("a"): 80}, [campaign("b", max_bid=50, bid_adjustment_bps=20_000)])
    assert ends({campaign("a"): 80}, [campaign("b", max_bid=100, bid_adjustment_bps=7_999)])


def test_who_is_in_a_lower_tier_cannot_win() -> None:
    tiers = structs.replace(BY_PRICE, distribution=Distribution.TIERED_PRICE)
    assert ends({campaign("a", priority=1): 10}, [campaign("b", priority=2)], tiers)
    assert not ends({campaign("a", priority=1): 10}, [campaign("b", priority=1)], tiers)


def test_bids_that_do_not_stand_settle_nothing() -> None:
    awaited = [campaign("c", max_bid=10)]
    assert not ends({}, awaited)
    assert not ends({campaign("a"): 80}, awaited, floor=81)
    assert not ends({campaign("a", floor_micros=81): 80}, awaited)
    assert not ends({campaign("a", max_bid=70): 80}, awaited)
    late = [Bid("a", Reason.BID_LATE, 80)]
    assert not settled(late, awaited, {"a": campaign("a"), "c": awaited[0]}, Terms(BY_PRICE))


def test_where_the_best_may_reject_the_others_are_needed() -> None:
    posted = campaign("a", completion=Completion.ON_ACCEPT)
    assert not ends({posted: 80, campaign("b"): 70}, [campaign("c", max_bid=10)])
    assert not ends({posted: 80, campaign("b"): 80}, [campaign("c", max_bid=10)])
    assert ends({posted: 80, campaign("b"): 81}, [campaign("c", max_bid=10)])


@pytest.mark.parametrize(
    "policy",
    [
        Policy("mortgage", max_buyers=2),
        Policy("mortgage", clearing=Clearing.SECOND_PRICE),
        Policy("mortgage", Distribution.PRIORITY),
        Policy("mortgage", Distribution.WEIGHTED),
        Policy("mortgage", Distribution.ROUND_ROBIN),
    ],
)
def test_elsewhere_all_bids_are_needed(policy: Policy) -> None:
    assert not ends({campaign("a"): 80}, [campaign("b", max_bid=1, priority=9)], policy)


BIDDERS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.booleans(),
        st.builds(
            campaign,
            st.just("named below"),
            st.sampled_from("xyz"),
            st.integers(1, 6),
            st.sampled_from((Completion.ON_WIN, Completion.ON_WIN, Completion.ON_ACCEPT)),
            priority=st.integers(0, 1),
            floor_micros=st.integers(0, 2),
            bid_adjustment_bps=st.sampled_from((5_000, 10_000, 20_000)),
        ),
    ),
    max_size=6,
)


@given(BIDDERS, st.sampled_from((Distribution.HIGHEST_PRICE, Distribution.TIERED_PRICE)), st.integers(0, 2))
def test_ending_early_never_changes_the_winner(
    bidders: list[tuple[int, bool, Campaign]], distribution: Distribution, floor: int
) -> None:
    campaigns = {str(n): structs.replace(one, id=str(n)) for n, (_, _, one) in enumerate(bidders)}
    terms = Terms(Policy("mortgage", distribution), floor)
    bids = [Bid(str(n), Reason.BID, price) for n, (price, _, _) in enumerate(bidders)]
    came = [bid for bid, (_, awaited, _) in zip(bids, bidders, strict=True) if not awaited]
    awaited = [campaigns[bid.campaign_id] for bid in bids if bid not in came]
    if settled(came, awaited, campaigns, terms):
        winner = rank(came, campaigns, terms, SEED).standing[0]
        assert rank(bids, campaigns, terms, SEED).standing[0] == winner
        assert campaigns[winner.bid.campaign_id].completion == Completion.ON_WIN
