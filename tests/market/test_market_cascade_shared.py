"""The cascade of a shared sale, and what holds for any cascade however answers interleave."""

from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.campaign import Campaign, Completion, OnTimeout, StaticBidding, StreamPosting, Targeting
from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason
from exchange.market.cascade import MIN_POST_MS, Cascade, Ended, Post, Sold, Wait, Won
from exchange.market.ranking import Standing

ENDS_MS: Final = 1_000
ASKED: Final = 50
ACCEPTED = PostVerdict(Reason.ACCEPTED)
REJECTED = PostVerdict(Reason.REJECTED)
SOLD = Ended(LeadStatus.SOLD, Reason.UNSPECIFIED)


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


A, B, C, D = (campaign(name) for name in "abcd")
WINS, HOLDS = campaign("w", Completion.ON_WIN), campaign("h", hold=True)


def cascade(wanted: int, *standing: Campaign) -> Cascade:
    stand = [Standing(Bid(one.id, Reason.BID, ASKED, shared_price_micros=ASKED), ASKED) for one in standing]
    return Cascade(stand, {one.id: one for one in standing}, ENDS_MS, wanted)


def steps(run: Cascade) -> list[str]:
    """What is to be done now, until there is nothing before an answer: `post a`, `won w`, `sold a`, `end`."""
    done: list[str] = []
    while not isinstance(step := run.next(0), Wait | Ended):
        done.append(f"{type(step).__name__.lower()} {step.campaign.id}")
    return [*done, "end"] if isinstance(step, Ended) else done


def test_as_many_posts_are_under_way_as_sales_are_wanted() -> None:
    run = cascade(2, A, B, C, D)
    assert steps(run) == ["post a", "post b"]
    assert run.undecided() == ["a", "b", "c", "d"]
    run.answered("b", ACCEPTED)
    assert steps(run) == ["sold b"]
    run.answered("a", REJECTED)
    assert steps(run) == ["post c"]
    assert run.undecided() == ["c", "d"]
    run.answered("c", ACCEPTED)
    assert steps(run) == ["sold c", "end"]
    assert run.next(0) == SOLD
    assert run.results == {
        "a": Reason.REJECTED,
        "b": Reason.ACCEPTED,
        "c": Reason.ACCEPTED,
        "d": Reason.OUTRANKED,
    }


def test_those_who_take_what_they_win_are_sold_to_in_turn() -> None:
    run = cascade(3, WINS, A, campaign("v", Completion.ON_WIN), B)
    assert steps(run) == ["won w", "post a", "won v"]
    run.answered("a", REJECTED)
    assert steps(run) == ["post b"]


def test_it_is_sold_although_fewer_buyers_took_it_than_were_wanted() -> None:
    run = cascade(3, A, B)
    assert steps(run) == ["post a", "post b"]
    run.answered("a", REJECTED)
    run.answered("b", ACCEPTED)
    assert steps(run) == ["sold b", "end"]
    assert run.next(0) == SOLD


def test_who_is_skipped_makes_room_for_the_next() -> None:
    run = cascade(2, A, WINS, C)
    assert isinstance(run.next(0), Post)
    run.skip(Reason.CAP_LOST)
    assert isinstance(run.next(0), Won)
    run.skip(Reason.BALANCE_LOST)
    assert steps(run) == ["post c"]
    run.answered("c", REJECTED)
    assert run.next(0) == Ended(LeadStatus.UNSOLD, Reason.ALL_REJECTED)


def test_who_is_withdrawn_makes_room_for_the_next() -> None:
    run = cascade(2, A, WINS, C, D)
    assert steps(run) == ["post a", "won w"]
    run.withdrawn("a", Reason.CAP_LOST)
    assert steps(run) == ["post c"]
    run.answered("c", ACCEPTED)
    assert steps(run) == ["sold c", "end"]
    run.withdrawn("w", Reason.BALANCE_LOST)  # the store had no room for what was won
    assert steps(run) == ["post d"]
    run.answered("d", REJECTED)
    assert run.next(0) == SOLD
    assert run.results == {
        "a": Reason.CAP_LOST,
        "w": Reason.BALANCE_LOST,
        "c": Reason.ACCEPTED,
        "d": Reason.REJECTED,
    }


def test_a_buyer_is_turned_to_once_although_there_was_no_room_for_its_bid() -> None:
    """A buyer stands with its best bid alone, whatever comes of it."""
    first, wins = campaign("a", buyer="x"), campaign("w", Completion.ON_WIN, buyer="y")
    run = cascade(3, first, campaign("b", buyer="x"), wins, campaign("v", Completion.ON_WIN, buyer="y"), C)
    assert isinstance(run.next(0), Post)
    run.skip(Reason.CAP_LOST)
    assert isinstance(run.next(0), Won)
    run.withdrawn("w", Reason.CAP_LOST)
    assert steps(run) == ["post c"]
    assert run.results["b"] == run.results["v"] == Reason.SAME_BUYER


def test_a_review_is_one_of_the_sales_wanted() -> None:
    run = cascade(2, A, B, C)
    assert steps(run) == ["post a", "post b"]
    run.answered("a", PostVerdict(Reason.PENDING_REVIEW))
    assert steps(run) == []
    run.answered("b", ACCEPTED)
    assert steps(run) == ["sold b", "end"]
    assert run.next(0) == SOLD
    assert run.results["c"] == Reason.OUTRANKED


def test_with_a_review_and_no_sale_it_is_in_review() -> None:
    run = cascade(2, A, B)
    steps(run)
    run.answered("a", PostVerdict(Reason.PENDING_REVIEW))
    run.answered("b", REJECTED)
    assert run.next(0) == Ended(LeadStatus.IN_REVIEW, Reason.PENDING_REVIEW)


def test_a_lead_that_is_held_is_one_of_the_sales_wanted() -> None:
    run = cascade(2, HOLDS, A, B)
    assert steps(run) == ["post h", "post a"]
    run.answered("h", PostVerdict(Reason.POST_TIMEOUT))
    assert steps(run) == []
    run.answered("a", REJECTED)
    assert steps(run) == ["post b"]
    run.answered("b", REJECTED)
    assert run.next(0) == Ended(LeadStatus.UNSOLD, Reason.HELD)
    assert run.voided == []


def test_an_unknown_outcome_makes_room_for_the_next() -> None:
    run = cascade(2, A, B, C)
    steps(run)
    run.answered("b", PostVerdict(Reason.POST_ERROR))
    assert steps(run) == ["post c"]
    assert run.voided == ["b"]


def test_what_is_under_way_is_awaited_when_time_is_up_for_more() -> None:
    run = cascade(2, A, B, C)
    assert isinstance(run.next(0), Post)
    assert run.next(ENDS_MS) == Wait()
    run.answered("a", ACCEPTED)
    assert isinstance(run.next(ENDS_MS + 5), Sold)
    assert run.next(ENDS_MS + 5) == SOLD
    assert run.results == {"a": Reason.ACCEPTED, "b": Reason.OUT_OF_TIME, "c": Reason.OUT_OF_TIME}


VERDICTS = st.builds(
    PostVerdict,
    st.sampled_from([Reason.ACCEPTED, *(reason for reason in Reason if 200 <= reason < 250 and reason != Reason.WON)]),
    st.one_of(st.none(), st.integers(0, 150)),
)
CAMPAIGNS = st.lists(
    st.builds(
        campaign,
        st.just("named below"),
        st.sampled_from(Completion),
        st.booleans(),
        st.sampled_from("pqrstuvw"),
        min_revised_bps=st.sampled_from((10_000, 5_000)),
        floor_micros=st.sampled_from((0, 30)),
    ),
    max_size=8,
)


class Sale:
    """Carries out a cascade: bidders answer as drawn, in any order, and the store has no room as drawn."""

    def __init__(self, data: st.DataObject, run: Cascade, campaigns: dict[str, Campaign]) -> None:
        self.data = data
        self.run = run
        self.campaigns = campaigns
        self.offered: list[str] = []
        self.sales: list[Won | Sold] = []
        self.under_way: list[str] = []
        self.kept: list[str] = []
        """By reviews and holds."""

    def play(self, usual_ms: dict[str, int], wanted: int) -> Ended:
        now_ms = 0
        while not isinstance(step := self.run.next(now_ms), Ended) or self._refused():
            if isinstance(step, Post):
                left_ms = ENDS_MS - now_ms
                assert MIN_POST_MS <= step.timeout_ms <= left_ms
                assert usual_ms.get(step.campaign.id, 0) <= left_ms
            self._carry_out(step)
            assert len(self.under_way) + len(self.sales) + len(self.kept) <= wanted
            if len(self.under_way) > 0 and self.data.draw(st.booleans()):
                self._answer()
            now_ms += self.data.draw(st.sampled_from((0, 0, 1, 150)))
        assert self.run.next(now_ms) == step
        return step

    def _refused(self) -> bool:
        """Whether the store refuses what was won, and it is to go on with the others."""
        won = [step for step in self.sales if isinstance(step, Won)]
        if not won or self.data.draw(st.integers(0, 4)) > 0:
            return False
        lost = self.data.draw(st.sampled_from(won))
        self.sales.remove(lost)
        self.run.withdrawn(lost.campaign.id, Reason.CAP_LOST)
        return True

    def _carry_out(self, step: Post | Won | Sold | Wait | Ended) -> None:
        if isinstance(step, Ended):
            return
        if isinstance(step, Wait):
            self._answer()
            return
        if isinstance(step, Sold):
            self.sales.append(step)
            return
        self.offered.append(step.campaign.id)
        if self.data.draw(st.integers(0, 4)) == 0:
            self.run.skip(Reason.CAP_LOST)
        elif isinstance(step, Won):
            self.sales.append(step)
        else:
            self.under_way.append(step.campaign.id)

    def _answer(self) -> None:
        name, verdict = self.data.draw(st.sampled_from(self.under_way)), self.data.draw(VERDICTS)
        self.under_way.remove(name)
        if self.data.draw(st.integers(0, 4)) == 0:
            self.run.withdrawn(name, Reason.CAP_LOST)
            return
        self.run.answered(name, verdict)
        unknown = verdict.result in {Reason.POST_TIMEOUT, Reason.POST_ERROR}
        if verdict.result == Reason.PENDING_REVIEW or (unknown and self.campaigns[name].on_timeout == OnTimeout.HOLD):
            self.kept.append(name)
        refused = verdict.result == Reason.ACCEPTED and self.run.results[name] == Reason.REJECTED_PRICE
        assert (name in self.run.voided) == (refused or (unknown and name not in self.kept))


@given(
    kinds=CAMPAIGNS,
    wanted=st.integers(1, 4),
    floor=st.sampled_from((0, 40)),
    usual_ms=st.dictionaries(st.sampled_from("0123"), st.integers(1, 1_200)),
    data=st.data(),
)
def test_however_answers_interleave_no_more_is_sold_than_wanted_and_every_bid_is_accounted_for(
    kinds: list[Campaign], wanted: int, floor: int, usual_ms: dict[str, int], data: st.DataObject
) -> None:
    campaigns = {str(n): structs.replace(one, id=str(n)) for n, one in enumerate(kinds)}
    standing = [Standing(Bid(name, Reason.BID, ASKED), ASKED) for name in campaigns]
    run = Cascade(standing, campaigns, ENDS_MS, wanted, floor, lambda one: usual_ms.get(one, 0))
    sale = Sale(data, run, campaigns)
    end = sale.play(usual_ms, wanted)

    assert not sale.under_way
    assert sale.offered == [name for name in campaigns if name in sale.offered]
    assert len({campaigns[name].buyer_id for name in sale.offered}) == len(sale.offered)
    for step in sale.sales:
        if isinstance(step, Sold):
            least = max(floor, step.campaign.floor_micros, ASKED * step.campaign.min_revised_bps // 10_000)
            assert min(ASKED, least) <= step.price_micros <= step.campaign.max_bid_micros
    buyers = [step.campaign.id for step in sale.sales]
    winners = [name for name, result in run.results.items() if result in {Reason.ACCEPTED, Reason.WON}]
    assert sorted(buyers) == winners
    assert set(run.results) == set(campaigns)
    assert set(run.voided).isdisjoint({*buyers, *sale.kept})
    if buyers:
        assert end == SOLD
    elif Reason.PENDING_REVIEW in run.results.values():
        assert end == Ended(LeadStatus.IN_REVIEW, Reason.PENDING_REVIEW)
    else:
        assert end.status == LeadStatus.UNSOLD
        assert (end.reason == Reason.HELD) == bool(sale.kept)
