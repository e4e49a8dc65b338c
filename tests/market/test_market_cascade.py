from typing import Any

import pytest

from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.campaign import Campaign, Completion, OnTimeout, StaticBidding, StreamPosting, Targeting
from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason
from exchange.market.cascade import MIN_POST_MS, Cascade, Ended, Post, Sold, Wait, Won
from exchange.market.ranking import Standing

ENDS_MS = 1_000
ACCEPTED = PostVerdict(Reason.ACCEPTED)
REJECTED = PostVerdict(Reason.REJECTED)
SALE_STANDS = Ended(LeadStatus.SOLD, Reason.UNSPECIFIED)


def campaign(
    name: str, completion: Completion = Completion.ON_ACCEPT, hold: bool = False, buyer: str = "", **more: Any
) -> Campaign:
    return Campaign(
        name,
        buyer or f"buyer of {name}",
        name,
        Targeting("mortgage"),
        StaticBidding(1),
        completion,
        posting=StreamPosting() if completion == Completion.ON_ACCEPT else None,
        on_timeout=OnTimeout.HOLD if hold else OnTimeout.CASCADE,
        post_timeout_ms=300,
        max_bid_micros=100,
        **more,
    )


A, B, C = campaign("a"), campaign("b"), campaign("c")
WINS, HOLDS = campaign("w", Completion.ON_WIN), campaign("h", hold=True)


def bid(one: Campaign, price: int = 50) -> Standing:
    """One that bid more than it is to pay."""
    return Standing(Bid(one.id, Reason.BID, price + 7), price)


def cascade(*standing: Campaign, floor: int = 0, usual_ms: dict[str, int] | None = None) -> Cascade:
    campaigns = {one.id: one for one in standing}
    usual = (usual_ms or {}).get
    standings = [bid(one) for one in standing]
    return Cascade(standings, campaigns, ENDS_MS, floor_micros=floor, usual_ms=lambda one: usual(one, 0))


def posted(run: Cascade, verdict: PostVerdict, now_ms: int = 0) -> Campaign:
    """Takes the next step, which has to be a post, and answers it."""
    step = run.next(now_ms)
    assert isinstance(step, Post)
    run.answered(step.campaign.id, verdict)
    return step.campaign


def test_the_best_accepts() -> None:
    run = cascade(A, B)
    assert run.next(0) == Post(bid(A), A, 300)
    assert run.next(0) == Wait()
    assert run.undecided() == ["a", "b"]
    run.answered("a", ACCEPTED)
    assert run.undecided() == ["b"]
    assert run.next(0) == Sold(bid(A), A, 50, ACCEPTED)
    assert run.results == {"a": Reason.ACCEPTED, "b": Reason.OUTRANKED}
    assert run.next(0) == run.next(5_000) == SALE_STANDS
    assert run.voided == []


@pytest.mark.parametrize(
    "result",
    [
        Reason.REJECTED,
        Reason.REJECTED_DUPLICATE,
        Reason.REJECTED_INVALID,
        Reason.REJECTED_CAPACITY,
        Reason.REJECTED_CRITERIA,
        Reason.REJECTED_PRICE,
        Reason.POST_NOT_SENT,
    ],
)
def test_after_a_rejection_the_next_is_asked(result: Reason) -> None:
    run = cascade(A, B, C)
    assert posted(run, PostVerdict(result)) is A
    assert posted(run, ACCEPTED) is B
    assert isinstance(run.next(0), Sold)
    assert run.results == {"a": result, "b": Reason.ACCEPTED, "c": Reason.OUTRANKED}
    assert run.voided == []


def test_when_all_reject_it_is_unsold() -> None:
    run = cascade(A, B)
    posted(run, REJECTED)
    posted(run, PostVerdict(Reason.REJECTED_DUPLICATE))
    assert run.next(0) == run.next(0) == Ended(LeadStatus.UNSOLD, Reason.ALL_REJECTED)
    assert run.results == {"a": Reason.REJECTED, "b": Reason.REJECTED_DUPLICATE}


def test_nobody_standing() -> None:
    assert cascade().next(0) == Ended(LeadStatus.UNSOLD, Reason.ALL_REJECTED)


def test_who_takes_what_it_wins_is_not_posted_to() -> None:
    run = cascade(A, WINS, B)
    posted(run, REJECTED)
    assert run.next(0) == Won(bid(WINS), WINS)
    assert run.results == {"a": Reason.REJECTED, "w": Reason.WON, "b": Reason.OUTRANKED}
    assert run.next(0) == SALE_STANDS


def test_whoever_cannot_be_served_is_skipped() -> None:
    run = cascade(A, WINS, B)
    assert isinstance(run.next(0), Post)
    run.skip(Reason.CAP_LOST)
    assert isinstance(run.next(0), Won)
    run.skip(Reason.CAP_LOST)
    assert posted(run, ACCEPTED) is B
    assert isinstance(run.next(0), Sold)
    assert run.results == {"a": Reason.CAP_LOST, "w": Reason.CAP_LOST, "b": Reason.ACCEPTED}


def test_when_all_caps_and_balances_were_lost_nobody_rejected() -> None:
    run = cascade(A, WINS)
    for lost in (Reason.CAP_LOST, Reason.BALANCE_LOST):
        run.next(0)
        run.skip(lost)
    assert run.next(0) == Ended(LeadStatus.UNSOLD, Reason.OFFER_WITHDRAWN)


@pytest.mark.parametrize(("revised", "charged"), [(50, 50), (51, 51), (100, 100), (101, 100), (10**9, 100)])
def test_a_revised_price_that_is_not_lower_is_taken_up_to_the_maximum(revised: int, charged: int) -> None:
    run = cascade(A)
    verdict = PostVerdict(Reason.ACCEPTED, revised)
    posted(run, verdict)
    assert run.next(0) == Sold(bid(A), A, charged, verdict)


def test_the_price_asked_stands_although_the_maximum_was_lowered_since() -> None:
    run = Cascade([bid(A, 150)], {"a": A}, ENDS_MS)
    posted(run, ACCEPTED)
    assert run.next(0) == Sold(bid(A, 150), A, 150, ACCEPTED)
    run = Cascade([bid(A, 150)], {"a": A}, ENDS_MS)
    posted(run, PostVerdict(Reason.ACCEPTED, 151))
    step = run.next(0)
    assert isinstance(step, Sold)
    assert step.price_micros == 150


@pytest.mark.parametrize(
    ("revised", "taken"), [(49, True), (38, True), (37, False), (1, False), (0, False), (-5, False)]
)
def test_a_lower_price_is_taken_down_to_the_campaigns_share(revised: int, taken: bool) -> None:
    lenient = campaign("l", min_revised_bps=7_500)  # of 50: 37.5, and no less
    run, verdict = cascade(lenient), PostVerdict(Reason.ACCEPTED, revised)
    posted(run, verdict)
    if taken:
        assert run.next(0) == Sold(bid(lenient), lenient, revised, verdict)
        assert run.voided == []
    else:
        assert run.next(0) == Ended(LeadStatus.UNSOLD, Reason.ALL_REJECTED)
        assert run.results == {"l": Reason.REJECTED_PRICE}
        assert run.voided == ["l"]


@pytest.mark.parametrize(("common", "own"), [(45, 0), (0, 45), (45, 30), (30, 45)])
def test_a_lower_price_is_never_taken_below_the_floors(common: int, own: int) -> None:
    lenient = campaign("l", min_revised_bps=1, floor_micros=own)
    for revised, end in ((45, LeadStatus.SOLD), (44, LeadStatus.UNSOLD)):
        run = cascade(lenient, floor=common)
        posted(run, PostVerdict(Reason.ACCEPTED, revised))
        while not isinstance(step := run.next(0), Ended):
            assert isinstance(step, Sold)
        assert step.status == end


def test_the_price_asked_stands_although_a_floor_was_raised_since() -> None:
    run = cascade(A, floor=60)
    posted(run, PostVerdict(Reason.ACCEPTED, 55))
    step = run.next(0)
    assert isinstance(step, Sold)
    assert step.price_micros == 55


def test_a_lower_price_is_a_rejection_and_the_buyer_is_told() -> None:
    run = cascade(A, B)
    posted(run, PostVerdict(Reason.ACCEPTED, 49))
    assert posted(run, ACCEPTED) is B
    assert isinstance(run.next(0), Sold)
    assert run.results == {"a": Reason.REJECTED_PRICE, "b": Reason.ACCEPTED}
    assert run.voided == ["a"]


def test_pending_review_ends_it() -> None:
    run = cascade(A, B)
    posted(run, PostVerdict(Reason.PENDING_REVIEW))
    assert run.next(0) == Ended(LeadStatus.IN_REVIEW, Reason.PENDING_REVIEW)
    assert run.results == {"a": Reason.PENDING_REVIEW, "b": Reason.OUTRANKED}


@pytest.mark.parametrize("unknown", [Reason.POST_TIMEOUT, Reason.POST_ERROR])
def test_an_unknown_outcome_goes_on_and_is_voided(unknown: Reason) -> None:
    run = cascade(A, B)
    posted(run, PostVerdict(unknown))
    assert posted(run, ACCEPTED) is B
    assert isinstance(run.next(0), Sold)
    assert run.results == {"a": unknown, "b": Reason.ACCEPTED}
    assert run.voided == ["a"]


@pytest.mark.parametrize("unknown", [Reason.POST_TIMEOUT, Reason.POST_ERROR])
def test_an_unknown_outcome_is_held_where_the_campaign_says_so(unknown: Reason) -> None:
    run = cascade(HOLDS, B)
    posted(run, PostVerdict(unknown))
    assert run.next(0) == Ended(LeadStatus.UNSOLD, Reason.HELD)
    assert run.results == {"h": unknown, "b": Reason.OUTRANKED}
    assert run.voided == []


def test_a_post_has_no_more_time_than_is_left() -> None:
    assert cascade(A).next(ENDS_MS - 299) == Post(bid(A), A, 299)
    assert cascade(A).next(ENDS_MS - MIN_POST_MS) == Post(bid(A), A, MIN_POST_MS)


def test_with_too_little_time_it_ends() -> None:
    run = cascade(A, B, WINS)
    posted(run, REJECTED)
    assert run.next(ENDS_MS - MIN_POST_MS + 1) == Ended(LeadStatus.UNSOLD, Reason.OUT_OF_TIME)
    assert run.results == {"a": Reason.REJECTED, "b": Reason.OUT_OF_TIME, "w": Reason.OUT_OF_TIME}


def test_an_acceptance_stands_although_time_is_up() -> None:
    run = cascade(A)
    posted(run, ACCEPTED)
    assert isinstance(run.next(ENDS_MS + 1), Sold)


def test_who_takes_what_it_wins_can_win_to_the_last() -> None:
    assert isinstance(cascade(WINS).next(ENDS_MS - 1), Won)
    assert cascade(WINS).next(ENDS_MS) == Ended(LeadStatus.UNSOLD, Reason.OUT_OF_TIME)


def test_who_usually_takes_longer_than_is_left_is_passed_over() -> None:
    run = cascade(A, B, C, usual_ms={"a": 301, "b": 300, "c": 1})
    step = run.next(ENDS_MS - 300)
    assert isinstance(step, Post)
    assert step.campaign is B
    assert run.results == {"a": Reason.TOO_SLOW, "b": Reason.OUTRANKED, "c": Reason.OUTRANKED}


def test_who_takes_what_it_wins_needs_no_time_to_answer() -> None:
    assert isinstance(cascade(WINS, usual_ms={"w": ENDS_MS + 1}).next(0), Won)


def test_when_all_are_too_slow_time_was_short() -> None:
    run = cascade(A, B, usual_ms={"a": ENDS_MS + 1, "b": 500})
    posted(run, REJECTED)
    assert run.next(0) == Ended(LeadStatus.UNSOLD, Reason.OUT_OF_TIME)
    assert run.results == {"a": Reason.TOO_SLOW, "b": Reason.REJECTED}


def test_a_buyer_is_not_offered_a_lead_twice() -> None:
    run = cascade(campaign("a", buyer="x"), campaign("b", buyer="x"), C)
    posted(run, REJECTED)
    assert posted(run, REJECTED) is C
    assert run.results == {"a": Reason.REJECTED, "b": Reason.SAME_BUYER, "c": Reason.REJECTED}


def test_steps_out_of_turn_are_refused() -> None:
    run = cascade(A, B)
    with pytest.raises(RuntimeError, match="no post"):
        run.answered("a", ACCEPTED)
    with pytest.raises(RuntimeError, match="nobody"):
        run.skip(Reason.CAP_LOST)
    run.next(0)
    with pytest.raises(RuntimeError, match="no post"):
        run.answered("b", ACCEPTED)
    with pytest.raises(ValueError, match="OUTRANKED"):
        run.answered("a", PostVerdict(Reason.OUTRANKED))
    run.answered("a", ACCEPTED)
    with pytest.raises(RuntimeError, match="no post"):
        run.answered("a", ACCEPTED)
    with pytest.raises(RuntimeError, match="nobody"):
        run.skip(Reason.CAP_LOST)
    run.next(0)
    with pytest.raises(RuntimeError, match="nobody"):
        run.skip(Reason.CAP_LOST)
