"""When returns are taken and how they are decided."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.disposition import DispositionKind
from exchange.domain.lead_return import RULE, LeadReturn, Resale, ReturnPolicy, ReturnReason, ReturnState
from exchange.domain.reasons import Reason
from exchange.feedback.rules.dispositions import Said
from exchange.feedback.rules.returns import RESALEABLE, decide, request, undo, within_share
from exchange.store.base import SaleFacts
from tests.feedback.sales import NOW_MS, SALE, SOLD_MS, facts, lead_return, reason_of, saying

R, S = ReturnReason, ReturnState
HOUR_MS = 3_600_000
ALL = ReturnPolicy(max_share_bps=10_000)


def known(*, sales: int = 10, returns: int = 0, **fields: Any) -> SaleFacts:
    return facts(campaign_sales=sales, campaign_returns=returns, **fields)


def asked(
    reason: ReturnReason = R.DUPLICATE, policy: ReturnPolicy = ALL, now_ms: int = NOW_MS, **about: Any
) -> LeadReturn:
    return request(known(**about), reason, "a note", policy, "ret_new", now_ms)


def test_it_waits_where_no_rule_decides() -> None:
    assert asked() == LeadReturn(
        "ret_new", SALE.id, SALE.lead_id, "camp", "lender", "ratewise", R.DUPLICATE, 10_000_000, NOW_MS, "a note"
    )


@pytest.mark.parametrize("hours", [1, 168])
def test_the_window_ends_to_the_millisecond(hours: int) -> None:
    policy = msgspec.structs.replace(ALL, window_hours=hours)
    assert asked(policy=policy, now_ms=SOLD_MS + hours * HOUR_MS).state == S.REQUESTED
    late = SOLD_MS + hours * HOUR_MS + 1
    assert reason_of(asked, policy=policy, now_ms=late) == Reason.WINDOW_CLOSED


def test_a_campaign_may_allow_none() -> None:
    policy = msgspec.structs.replace(ALL, window_hours=-1)
    assert reason_of(asked, policy=policy, now_ms=SOLD_MS) == Reason.WINDOW_CLOSED


@given(st.integers(0, 2_000), st.integers(1, 10_000))
def test_the_share_is_used_up_and_never_exceeded(sales: int, share: int) -> None:
    returns = 0
    while within_share(sales, returns, share):
        returns += 1
    assert returns * 10_000 <= sales * share < (returns + 1) * 10_000


def test_beyond_the_share_it_is_refused_but_what_a_rule_denies() -> None:
    policy = ReturnPolicy(max_share_bps=2_000, auto_deny=(R.NO_CONSENT,))
    assert asked(policy=policy, sales=10, returns=1).state == S.REQUESTED
    assert reason_of(asked, policy=policy, sales=10, returns=2) == Reason.LIMIT_REACHED
    assert reason_of(asked, policy=policy, sales=4) == Reason.LIMIT_REACHED
    assert asked(R.NO_CONSENT, policy=policy, sales=10, returns=2).state == S.DENIED
    assert asked(policy=policy, sales=0, test=True).state == S.REQUESTED


@pytest.mark.parametrize("reason", R)
def test_rules_decide_by_reason(reason: ReturnReason) -> None:
    policy = ReturnPolicy(
        max_share_bps=10_000, auto_approve=(R.DUPLICATE, R.NO_CONSENT), auto_deny=(R.TEST_LEAD,), resell=True
    )
    found = asked(reason, policy)
    expected = {R.DUPLICATE: S.APPROVED, R.NO_CONSENT: S.APPROVED, R.TEST_LEAD: S.DENIED}.get(reason, S.REQUESTED)
    assert found.state == expected
    decided = expected != S.REQUESTED
    assert (found.decided_by, found.decided_ms) == ((RULE, NOW_MS) if decided else ("", 0))
    assert found.resale == (Resale.DUE if reason == R.DUPLICATE else Resale.NONE)


def test_a_sale_has_one_return() -> None:
    for state in S:
        there = lead_return(state)
        found = request(facts(lead_return=there), R.NO_CONSENT, "", ReturnPolicy(window_hours=-1), "ret_new", NOW_MS)
        assert found is there


def test_what_converted_is_not_returned() -> None:
    converted = saying(DispositionKind.CONTACTED, Said(DispositionKind.CONVERTED, value_micros=1))
    assert reason_of(request, converted, R.DUPLICATE, "", ALL, "ret_new", NOW_MS) == Reason.NOT_POSSIBLE_NOW
    waiting = msgspec.structs.replace(converted, lead_return=lead_return())
    call: dict[str, Any] = {"approves": True, "resell": False, "by": "key_1", "note": "", "now_ms": NOW_MS}
    assert reason_of(decide, waiting, ALL, **call) == Reason.NOT_POSSIBLE_NOW
    assert decide(waiting, ALL, **{**call, "approves": False}).state == S.DENIED


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("approves", [True, False])
def test_it_is_decided_once(state: ReturnState, approves: bool) -> None:
    wanted = S.APPROVED if approves else S.DENIED
    there = lead_return(state)
    call: dict[str, Any] = {"approves": approves, "resell": False, "by": "key_1", "note": "so", "now_ms": NOW_MS + 5}
    if state == wanted:
        assert decide(facts(lead_return=there), ALL, **call) is there
    elif state == S.REQUESTED:
        found = decide(facts(lead_return=there), ALL, **call)
        assert (found.state, found.decided_by, found.decided_ms) == (wanted, "key_1", NOW_MS + 5)
        assert (found.id, found.reason, found.decision_note) == (there.id, there.reason, "so")
    else:
        assert reason_of(decide, facts(lead_return=there), ALL, **call) == Reason.NOT_POSSIBLE_NOW


@pytest.mark.parametrize("reason", R)
def test_only_who_may_be_called_is_offered_again(reason: ReturnReason) -> None:
    call: dict[str, Any] = {"approves": True, "resell": True, "by": "key_1", "note": "", "now_ms": NOW_MS}
    there = lead_return(reason=reason)
    assert (decide(facts(lead_return=there), ALL, **call).resale == Resale.DUE) == (reason in RESALEABLE)
    assert decide(facts(lead_return=there, others_kept=True), ALL, **call).resale == Resale.NONE
    assert decide(facts(lead_return=there, test=True), ALL, **call).resale == Resale.NONE


def test_a_replacement_is_by_policy() -> None:
    call: dict[str, Any] = {"approves": True, "resell": False, "by": "key_1", "note": "", "now_ms": NOW_MS}
    for replaces in (True, False):
        policy = ReturnPolicy(replace=replaces)
        assert decide(facts(lead_return=lead_return()), policy, **call).replaced is replaces


def test_a_sale_whose_lead_never_came_is_undone() -> None:
    found = undo(facts(), "not delivered", "ret_new", NOW_MS)
    assert (found.state, found.replaced, found.resale, found.decided_by) == (S.APPROVED, True, Resale.DUE, RULE)
    there = lead_return(S.APPROVED)
    assert undo(facts(lead_return=there), "", "ret_new", NOW_MS) is there
    assert undo(facts(lead_return=lead_return()), "", "ret_new", NOW_MS).id == "ret_x"
    for known_ in (saying(DispositionKind.RECEIVED), facts(lead_return=lead_return(S.DENIED))):
        assert reason_of(undo, known_, "", "ret_new", NOW_MS) == Reason.NOT_POSSIBLE_NOW


def test_a_test_lead_is_worth_nothing() -> None:
    assert asked(test=True).refund_micros == 0
