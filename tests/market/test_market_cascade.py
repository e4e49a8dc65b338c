import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.campaign import Campaign, Completion, OnTimeout, StaticBidding, StreamPosting, Targeting
from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason
from exchange.market.cascade import MIN_POST_MS, Cascade, Ended, Post, Sold, Won

ENDS_MS = 1_000
ACCEPTED = PostVerdict(Reason.ACCEPTED)
REJECTED = PostVerdict(Reason.REJECTED)
SALE_STANDS = Ended(LeadStatus.SOLD, Reason.UNSPECIFIED)


def campaign(name: str, completion: Completion = Completion.ON_ACCEPT, hold: bool = False) -> Campaign:
    return Campaign(
        name,
        f"buyer of {name}",
        name,
        Targeting("mortgage"),
        StaticBidding(1),
        completion,
        posting=StreamPosting() if completion == Completion.ON_ACCEPT else None,
        on_timeout=OnTimeout.HOLD if hold else OnTimeout.CASCADE,
        post_timeout_ms=300,
        max_bid_micros=100,
    )


A, B, C = campaign("a"), campaign("b"), campaign("c")
WINS, HOLDS = campaign("w", Completion.ON_WIN), campaign("h", hold=True)


def bid(one: Campaign, price: int = 50) -> Bid:
    return Bid(one.id, Reason.BID, price)


def cascade(*standing: Campaign) -> Cascade:
    return Cascade([bid(one) for one in standing], {one.id: one for one in standing}, ENDS_MS)


def posted(run: Cascade, verdict: PostVerdict, now_ms: int = 0) -> Campaign:
    """Takes the next step, which has to be a post, and answers it."""
    step = run.next(now_ms)
    assert isinstance(step, Post)
    run.answered(verdict)
    return step.campaign


def test_the_best_accepts() -> None:
    run = cascade(A, B)
    assert run.next(0) == Post(bid(A), A, 300)
    run.answered(ACCEPTED)
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


def test_when_all_caps_were_lost_nobody_rejected() -> None:
    run = cascade(A, WINS)
    for _ in range(2):
        run.next(0)
        run.skip(Reason.CAP_LOST)
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


def test_steps_out_of_turn_are_refused() -> None:
    run = cascade(A, B)
    with pytest.raises(RuntimeError, match="no post"):
        run.answered(ACCEPTED)
    with pytest.raises(RuntimeError, match="nobody"):
        run.skip(Reason.CAP_LOST)
    run.next(0)
    with pytest.raises(RuntimeError, match="not answered"):
        run.next(0)
    with pytest.raises(ValueError, match="OUTRANKED"):
        run.answered(PostVerdict(Reason.OUTRANKED))
    run.answered(ACCEPTED)
    with pytest.raises(RuntimeError, match="no post"):
        run.answered(ACCEPTED)
    run.next(0)
    with pytest.raises(RuntimeError, match="nobody"):
        run.skip(Reason.CAP_LOST)


VERDICTS = st.builds(
    PostVerdict,
    st.sampled_from([reason for reason in Reason if 200 <= reason < 250 and reason != Reason.WON]),
    st.one_of(st.none(), st.integers(0, 150)),
)
KINDS = st.tuples(st.sampled_from(Completion), st.booleans(), st.integers(1, 100))


@given(
    kinds=st.lists(KINDS, max_size=6),
    answers=st.lists(st.one_of(st.none(), VERDICTS), min_size=12, max_size=12),
    takes_ms=st.integers(0, 400),
)
def test_a_lead_is_sold_once_at_most_and_every_bid_is_accounted_for(
    kinds: list[tuple[Completion, bool, int]], answers: list[PostVerdict | None], takes_ms: int
) -> None:
    campaigns = {str(n): campaign(str(n), completion, hold) for n, (completion, hold, _) in enumerate(kinds)}
    standing = [Bid(str(number), Reason.BID, price) for number, (_, _, price) in enumerate(kinds)]
    run = Cascade(standing, campaigns, ENDS_MS)
    sales: list[str] = []
    offered: list[str] = []
    now_ms = 0
    while not isinstance(step := run.next(now_ms), Ended):
        if isinstance(step, Sold):
            assert campaigns[step.campaign.id].max_bid_micros >= step.price_micros >= step.bid.price_micros
            sales.append(step.campaign.id)
            continue
        offered.append(step.campaign.id)
        answer = answers[len(offered)]
        now_ms += takes_ms
        if answer is None:
            run.skip(Reason.CAP_LOST)
        elif isinstance(step, Post):
            assert MIN_POST_MS <= step.timeout_ms <= ENDS_MS - (now_ms - takes_ms)
            run.answered(answer)
        else:
            sales.append(step.campaign.id)

    assert offered == [bid.campaign_id for bid in standing][: len(offered)]
    assert len(sales) == (step.status == LeadStatus.SOLD)
    assert set(run.results) == set(campaigns)
    winners = [name for name, result in run.results.items() if result in {Reason.ACCEPTED, Reason.WON}]
    assert winners == sales
    assert set(run.voided).isdisjoint(sales)
    unknown = {name for name, result in run.results.items() if result in {Reason.POST_TIMEOUT, Reason.POST_ERROR}}
    held = unknown - set(run.voided)
    assert len(held) == (step.reason == Reason.HELD)
    assert run.next(now_ms) == step
