"""What leads, dispositions and returns add to reports."""

from contextlib import suppress
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.auction import Consideration, PostAttempt, Sale, Trace
from exchange.domain.disposition import DispositionKind
from exchange.domain.errors import Refused
from exchange.domain.lead_return import ReturnState
from exchange.domain.reasons import Reason
from exchange.domain.report import Cell, Figures
from exchange.feedback.rules.counting import Cells, cell_of, count, day_of, of_disposition, of_return, places, row
from exchange.feedback.rules.dispositions import REACHED, Said, judge
from tests.feedback.sales import NOW_MS, PROFILE, SALE, SOLD_MS, after, facts, lead_return, saying

K = DispositionKind
CAMPAIGNS = ("a", "b", "c")
reasons = st.sampled_from([one for one in Reason if one])
considerations = st.lists(
    st.builds(Consideration, st.sampled_from(CAMPAIGNS), st.just("buyer"), reasons, st.integers(0, 9)), max_size=9
)
posts = st.lists(
    st.builds(
        PostAttempt,
        st.just("post"),
        st.sampled_from(CAMPAIGNS),
        st.just(1),
        reasons,
        st.just(0),
        st.just(""),
        st.booleans(),
    ),
    max_size=4,
)
traces = st.builds(Trace, considerations=considerations, posts=posts)


def counted(*leads: tuple[Trace, tuple[Sale, ...]], **about: Any) -> dict[str, Figures]:
    """Figures by campaign; those of leads without."""
    cells: Cells = {}
    for trace, sales in leads:
        count(cells, msgspec.structs.replace(PROFILE, **about), SOLD_MS, trace, sales)
    found = [row(cells, place) for place in places(cells)]
    assert all(one[:4] == ("2026-05-28", "mortgage", "ratewise", "web") for one in found)
    return {str(one[4]): Figures(*map(int, one[6:])) for one in found}


def test_a_day_is_that_of_utc() -> None:
    assert day_of(1_780_012_799_999) == "2026-05-28"
    assert day_of(1_780_012_800_000) == "2026-05-29"


def test_pings_end_as_bids_late_or_without_one() -> None:
    ends = [Reason.BID, Reason.BID_TIMEOUT, Reason.BID_LATE, Reason.NO_BID, Reason.BIDDER_ERROR, Reason.OUTRANKED]
    asked = [Consideration("a", "buyer", one, 7) for one in ends]
    left_out = [Consideration("b", "buyer", one) for one in (Reason.CAP_REACHED, Reason.NO_PRICE, Reason.PACED)]
    found = counted((Trace(considerations=asked + left_out), ()))
    assert found == {"": Figures(leads=1), "a": Figures(pings=6, bids=1, bid_micros=7, timeouts=2)}


def test_a_post_that_was_repeated_is_one() -> None:
    bids = [Consideration("a", "buyer", Reason.BID, 5)]
    attempts = [
        PostAttempt("p1", "a", 5, Reason.POST_ERROR),
        PostAttempt("p1", "a", 5, Reason.ACCEPTED, repeat=True),
        PostAttempt("p2", "a", 5, Reason.POST_NOT_SENT),
        PostAttempt("p3", "a", 5, Reason.REJECTED_PRICE),
        PostAttempt("p4", "a", 5, Reason.POST_TIMEOUT),
    ]
    found = counted((Trace(considerations=bids, posts=attempts), ()))["a"]
    assert (found.posts, found.accepted, found.rejected) == (3, 1, 1)


def test_sales_count_for_their_campaign_and_once_for_their_lead() -> None:
    sales = (SALE, msgspec.structs.replace(SALE, campaign_id="other", price_micros=4, payout_micros=3))
    found = counted((Trace(), sales), (Trace(), ()))
    assert found == {
        "": Figures(leads=2, sold=1),
        "camp": Figures(sales=1, revenue_micros=10_000_000, payout_micros=8_000_000),
        "other": Figures(sales=1, revenue_micros=4, payout_micros=3),
    }


def test_a_lead_that_is_offered_again_was_submitted_once() -> None:
    found = counted(
        (Trace(considerations=[Consideration("camp", "lender", Reason.BID, 5)]), (SALE,)), resale_of="lead_a"
    )
    assert found[""] == Figures()
    assert (found["camp"].bids, found["camp"].sales) == (1, 1)


def test_test_leads_are_left_out() -> None:
    assert counted((Trace(considerations=[Consideration("a", "buyer", Reason.BID, 5)]), (SALE,)), test=True) == {}
    assert cell_of(facts(test=True)) is None
    assert cell_of(facts()) == Cell("2026-05-28", "mortgage", "ratewise", "web", "camp", "lender")


@given(st.lists(traces, max_size=6))
def test_figures_are_within_one_another(several: list[Trace]) -> None:
    found = counted(*((trace, ()) for trace in several))
    for one in found.values():
        assert one.pings >= one.bids + one.timeouts
        assert one.posts + sum(post.repeat for trace in several for post in trace.posts) >= one.accepted + one.rejected
    bids = [one for trace in several for one in trace.considerations if one.ping == Reason.BID]
    assert sum(one.bids for one in found.values()) == len(bids)
    assert sum(one.bid_micros for one in found.values()) == sum(one.price_micros for one in bids)
    assert not several or found[""].leads == len(several)


@given(st.lists(traces, max_size=6), st.integers(0, 6))
def test_it_does_not_matter_in_how_many_parts_leads_are_counted(several: list[Trace], cut: int) -> None:
    whole = counted(*((trace, ()) for trace in several))
    parts = [counted(*((trace, ()) for trace in part)) for part in (several[:cut], several[cut:])]
    for name, figures in whole.items():
        for field in Figures.__struct_fields__:
            assert getattr(figures, field) == sum(getattr(part.get(name, Figures()), field) for part in parts)


@given(st.lists(st.builds(Said, st.sampled_from(K), st.just(0), st.integers(0, 3)), max_size=12))
def test_a_sale_is_reached_and_converts_once_for_its_last_value(several: list[Said]) -> None:
    known = facts()
    total = Figures()
    for place, said in enumerate(several):
        with suppress(Refused):
            new = judge(said, known, NOW_MS + place)
            if new not in known.dispositions:
                more = of_disposition(known.dispositions, new)
                for name in ("contacted", "conversions", "conversion_micros"):
                    setattr(total, name, getattr(total, name) + getattr(more, name))
            known = after(known, new)
    said_kinds = {one.kind for one in known.dispositions}
    converted = [one.value_micros for one in known.dispositions if one.kind == K.CONVERTED]
    assert total == Figures(
        contacted=bool(said_kinds & REACHED),
        conversions=bool(converted),
        conversion_micros=converted[-1] if converted else 0,
    )


def test_only_an_approved_return_counts() -> None:
    assert of_return(lead_return()) == of_return(lead_return(ReturnState.DENIED)) == Figures()
    assert of_return(lead_return(ReturnState.APPROVED)) == Figures(returns=1, refund_micros=SALE.price_micros)


def test_a_quality_given_later_counts_nothing() -> None:
    known = saying(K.CONTACTED)
    again = judge(Said(K.CONTACTED, quality=3), known, NOW_MS)
    assert of_disposition(known.dispositions, again) == Figures()
