"""What may be said of a sale after what, and what a repeat is."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain import limits
from exchange.domain.disposition import DispositionKind
from exchange.domain.errors import Refused
from exchange.domain.lead_return import ReturnState
from exchange.domain.reasons import Reason
from exchange.feedback.rules.dispositions import FOLLOWS, REACHED, Said, judge, last_quality
from tests.feedback.sales import NOW_MS, SOLD_MS, after, facts, lead_return, reason_of, saying

K = DispositionKind
DOCS = Path(__file__).parents[2] / "docs" / "feedback.md"
ROW = re.compile(r"^\| (?P<kind>`[A-Z_]+`|nothing yet) \| (?P<follows>[^|]*) \| (?P<reached>yes|no) \|$", re.MULTILINE)

kinds = st.sampled_from(K)
saids = st.builds(
    Said,
    kinds,
    st.just(0) | st.integers(SOLD_MS, NOW_MS),
    st.integers(0, 3),
    st.sampled_from(["", "a"]),
    st.integers(0, 5),
)


def test_the_document_has_the_table_as_it_is() -> None:
    rows = {row["kind"].strip("`"): row for row in ROW.finditer(DOCS.read_text())}
    assert list(rows) == ["nothing yet", *(one.name for one in K)]
    for kind, follows in FOLLOWS.items():
        row = rows[kind.name if kind else "nothing yet"]
        assert re.findall(r"`([A-Z_]+)`", row["follows"]) == [one.name for one in K if one in follows]
        assert row["reached"] == ("yes" if kind in REACHED else "no")


@pytest.mark.parametrize("current", [None, *K], ids=lambda one: one.name if one else "nothing")
def test_what_follows_is_taken_and_nothing_else(current: K | None) -> None:
    path = [] if current is None else [current]
    for kind in K:
        said, known = Said(kind, code="new"), saying(*path)
        if kind == current or kind in FOLLOWS[current]:
            new = judge(said, known, NOW_MS)
            assert (new.kind, new.occurred_ms, new.recorded_ms) == (kind, NOW_MS, NOW_MS)
            assert (new.sale_id, new.source_id, new.campaign_id) == ("sale_x", "ratewise", "camp")
        else:
            assert reason_of(judge, said, known, NOW_MS) == Reason.NOT_POSSIBLE_NOW


def test_a_conversion_is_final_but_for_its_value() -> None:
    known = saying(K.CONTACTED, Said(K.CONVERTED, value_micros=5))
    changed = judge(Said(K.CONVERTED, value_micros=7), known, NOW_MS)
    assert changed.value_micros == 7
    back = judge(Said(K.CONVERTED, value_micros=5), after(known, changed), NOW_MS + 9)
    assert back.recorded_ms == NOW_MS + 9


@given(st.lists(saids, max_size=12))
def test_saying_the_same_again_changes_nothing(several: list[Said]) -> None:
    """Whatever was said: the last of it again, and all of it with its times again, is what was recorded."""
    known = facts()
    for place, said in enumerate(several):
        with suppress(Refused):
            known = after(known, judge(said, known, NOW_MS + place))
    later = NOW_MS + 1_000
    for one in known.dispositions:
        again = Said(one.kind, one.occurred_ms, one.value_micros, one.code, one.quality)
        assert judge(again, known, later) in known.dispositions
    if known.dispositions:
        last = known.dispositions[-1]
        again = Said(last.kind, 0, last.value_micros, last.code, last.quality)
        assert judge(again, known, later) == last


@given(st.lists(saids, max_size=20))
def test_a_sale_converts_once_and_stays_converted(several: list[Said]) -> None:
    known = facts()
    for said in several:
        with suppress(Refused):
            known = after(known, judge(said, known, NOW_MS))
    said_kinds = [one.kind for one in known.dispositions]
    if K.CONVERTED in said_kinds:
        assert set(said_kinds[said_kinds.index(K.CONVERTED) :]) == {K.CONVERTED}


@pytest.mark.parametrize("at_ms", [SOLD_MS - limits.FEEDBACK_CLOCK_SKEW_MS, NOW_MS + limits.FEEDBACK_CLOCK_SKEW_MS])
def test_times_may_be_off_by_a_clocks_error(at_ms: int) -> None:
    assert judge(Said(K.CONTACTED, at_ms), facts(), NOW_MS).occurred_ms == at_ms
    beyond = at_ms + (1 if at_ms > NOW_MS else -1)
    assert reason_of(judge, Said(K.CONTACTED, beyond), facts(), NOW_MS) == Reason.INVALID_FIELD


def test_a_sale_that_was_returned_takes_no_more() -> None:
    approved = facts(lead_return=lead_return(ReturnState.APPROVED))
    waiting = facts(lead_return=lead_return(ReturnState.REQUESTED))
    denied = facts(lead_return=lead_return(ReturnState.DENIED))
    for kind in (K.CONTACTED, K.CONVERTED):
        assert reason_of(judge, Said(kind), approved, NOW_MS) == Reason.NOT_POSSIBLE_NOW
        assert judge(Said(kind), denied, NOW_MS).kind == kind
    assert judge(Said(K.CONTACTED), waiting, NOW_MS).kind == K.CONTACTED
    assert reason_of(judge, Said(K.CONVERTED), waiting, NOW_MS) == Reason.NOT_POSSIBLE_NOW


def test_a_sale_has_so_many_dispositions() -> None:
    most = limits.MAX_SALE_DISPOSITIONS
    known = saying(*(Said(K.CONTACTED, code=str(number)) for number in range(most)))
    assert len(known.dispositions) == most
    assert reason_of(judge, Said(K.QUOTED), known, NOW_MS) == Reason.LIMIT_REACHED
    assert judge(Said(K.CONTACTED, code=str(most - 1)), known, NOW_MS) == known.dispositions[-1]


def test_the_last_quality_given_stands() -> None:
    assert last_quality(()) == 0
    known = saying(Said(K.CONTACTED, quality=2), Said(K.QUALIFIED, quality=4), K.QUOTED)
    assert last_quality(known.dispositions) == 4
