"""Returns over the contract: taken or refused, decided, refunded once, and what follows."""

import asyncio
from functools import partial
from typing import Any

import grpc
import pytest

from leadexchange.v1.campaign_pb2 import Campaign, ReturnPolicy
from leadexchange.v1.disposition_pb2 import DISPOSITION_KIND_CONTACTED, DISPOSITION_KIND_CONVERTED
from leadexchange.v1.feedback_service_pb2 import DecideReturnsRequest, GetReturnRequest, ListReturnsRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_RETURNED, LEAD_STATUS_SOLD
from leadexchange.v1.lead_return_pb2 import (
    RETURN_REASON_DISCONNECTED_PHONE,
    RETURN_REASON_DUPLICATE,
    RETURN_REASON_NO_CONSENT,
    RETURN_REASON_OTHER,
    RETURN_STATE_APPROVED,
    RETURN_STATE_DENIED,
    RETURN_STATE_REQUESTED,
    LeadReturn,
)
from tests.rpc.catalog import update
from tests.rpc.feedback import ALL, Opened, ask, decide, disposition, give_back, market, record, say, sold, status_of
from tests.support.caller import Caller, Refusal, refused
from tests.support.campaigns import UNIT
from tests.support.exchange import RunningCore

APPROVED, DENIED, REQUESTED = RETURN_STATE_APPROVED, RETURN_STATE_DENIED, RETURN_STATE_REQUESTED


@pytest.fixture
def opened(running: RunningCore) -> Opened:
    return partial(market, running)


async def test_a_return_waits_for_the_operator(opened: Opened) -> None:
    scene = await opened()
    (lead_id,) = await sold(scene.source)
    asked = await give_back(scene.lender, lead_id, note="had them last week")
    assert (asked.state, asked.reason, asked.note) == (REQUESTED, RETURN_REASON_DUPLICATE, "had them last week")
    assert (asked.refund.micros, asked.buyer_id, asked.campaign_id) == (10 * UNIT, "lender", "camp")
    assert not asked.HasField("decided_at")
    assert not asked.source_id
    assert await status_of(scene.source, lead_id) == LEAD_STATUS_SOLD
    assert await scene.balance("lender") == -10 * UNIT
    assert (await give_back(scene.lender, lead_id, reason=RETURN_REASON_NO_CONSENT)) == asked


async def test_approved_it_is_refunded_once_however_often(opened: Opened) -> None:
    scene = await opened()
    kept, lead_id = await sold(scene.source, 2)
    asked = await give_back(scene.lender, lead_id)
    several = await asyncio.gather(*(decide(scene.operator, asked.id, asked.id, approve=True) for _ in range(5)))
    decided = several[0][0]
    assert all(one == decided for results in several for one in results)
    assert isinstance(decided, LeadReturn)
    assert (decided.state, decided.resold) == (APPROVED, False)
    assert decided.decided_by.startswith("key_")
    assert [await scene.balance(one) for one in ("lender", "ratewise", "exchange")] == [-10 * UNIT, 8 * UNIT, 2 * UNIT]
    assert await status_of(scene.source, lead_id) == LEAD_STATUS_RETURNED
    assert await status_of(scene.lender, lead_id) == LEAD_STATUS_RETURNED
    assert await status_of(scene.source, kept) == LEAD_STATUS_SOLD
    (no,) = await decide(scene.operator, asked.id, approve=False)
    assert isinstance(no, Refusal)
    assert no.reason == "NOT_POSSIBLE_NOW"


async def test_denied_the_sale_stands(opened: Opened) -> None:
    scene = await opened()
    (lead_id,) = await sold(scene.source)
    asked = await give_back(scene.lender, lead_id)
    (decided,) = await decide(scene.operator, asked.id, approve=False, note="the number works")
    assert isinstance(decided, LeadReturn)
    assert (decided.state, decided.decision_note) == (DENIED, "the number works")
    assert await scene.balance("lender") == -10 * UNIT
    assert await status_of(scene.source, lead_id) == LEAD_STATUS_SOLD
    assert (await give_back(scene.lender, lead_id)).state == DENIED


async def test_rules_decide_at_once(opened: Opened) -> None:
    policy = ReturnPolicy(
        max_share_bps=ALL, auto_approve=[RETURN_REASON_DISCONNECTED_PHONE], auto_deny=[RETURN_REASON_DUPLICATE]
    )
    scene = await opened(policy)
    one, two, three = await sold(scene.source, 3)
    dead = await give_back(scene.lender, one, reason=RETURN_REASON_DISCONNECTED_PHONE)
    double = await give_back(scene.lender, two)
    other = await give_back(scene.lender, three, reason=RETURN_REASON_NO_CONSENT)
    assert [item.state for item in (dead, double, other)] == [APPROVED, DENIED, REQUESTED]
    assert [item.decided_by for item in (dead, double, other)] == ["rule", "rule", ""]
    assert await scene.balance("lender") == -20 * UNIT


async def test_only_so_many_of_the_sales_come_back(opened: Opened) -> None:
    scene = await opened(ReturnPolicy(max_share_bps=2_500, auto_deny=[RETURN_REASON_NO_CONSENT]))
    lead_ids = await sold(scene.source, 9)
    denied = await give_back(scene.lender, lead_ids[8], reason=RETURN_REASON_NO_CONSENT)
    results = await ask(scene.lender, *lead_ids[:5])
    assert denied.state == DENIED
    assert [isinstance(one, LeadReturn) for one in results] == [True, True, False, False, False]
    assert isinstance(results[4], Refusal)
    assert results[4].reason == "LIMIT_REACHED"
    (first, *_) = results
    assert isinstance(first, LeadReturn)
    await decide(scene.operator, first.id, approve=False)
    again = await ask(scene.lender, lead_ids[2])
    assert isinstance(again[0], LeadReturn)


async def test_returns_have_their_time(opened: Opened) -> None:
    scene = await opened(ReturnPolicy(window_hours=1, max_share_bps=ALL))
    one, two = await sold(scene.source, 2)
    await give_back(scene.lender, one)
    desk = scene.running.core._feedback
    now_ms = desk._now_ms
    desk._now_ms = lambda: now_ms() + 3_600_000
    (late,) = await ask(scene.lender, two)
    desk._now_ms = now_ms
    await update(scene.operator, Campaign(id="camp", return_policy=ReturnPolicy(window_hours=-1)), "return_policy")
    (none,) = await ask(scene.lender, two)
    for refusal in (late, none):
        assert isinstance(refusal, Refusal)
        assert refusal.reason == "WINDOW_CLOSED"


async def test_what_was_converted_is_not_returned_and_the_reverse(opened: Opened) -> None:
    scene = await opened()
    one, two = await sold(scene.source, 2)
    await say(scene.lender, one, DISPOSITION_KIND_CONVERTED, value_micros=UNIT)
    (refusal,) = await ask(scene.lender, one)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "NOT_POSSIBLE_NOW"
    asked = await give_back(scene.lender, two)
    await say(scene.lender, two, DISPOSITION_KIND_CONTACTED)
    for _ in range(2):  # while it waits, and when it is approved
        (refusal,) = (
            one
            for one in await record(scene.lender, disposition(two, DISPOSITION_KIND_CONVERTED))
            if isinstance(one, Refusal)
        )
        assert refusal.reason == "NOT_POSSIBLE_NOW"
        await decide(scene.operator, asked.id, approve=True)


async def test_one_that_is_wrong_disturbs_no_other(opened: Opened) -> None:
    scene = await opened()
    (lead_id,) = await sold(scene.source)
    missing = "lead_01M884XZT9D21THHFY2N5R82HH"
    results = await ask(scene.lender, missing, lead_id)
    assert isinstance(results[0], Refusal)
    assert results[0].reason == "NOT_FOUND"
    assert isinstance(results[1], LeadReturn)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"reason": 0}, "reason"),
        ({"reason": RETURN_REASON_OTHER}, "note"),
        ({"note": "call me at (512) 555-0123"}, "note"),
        ({"note": "a@b.example"}, "note"),
        ({"note": "x" * 501}, "note"),
    ]
    for fields, at_fault in wrong:
        (refusal,) = await ask(scene.lender, lead_id, **fields)
        assert isinstance(refusal, Refusal)
        assert set(refusal.fields) == {at_fault}
    unknown = await decide(scene.operator, "ret_01M884XZT9D21THHFY2N5R82HH", approve=True)
    assert isinstance(unknown[0], Refusal)
    assert unknown[0].reason == "NOT_FOUND"
    empty = await refused(scene.operator.feedback.DecideReturns(DecideReturnsRequest(approve=True)))
    assert set(empty.fields) == {"return_ids"}


async def test_who_may_ask_decide_and_see(opened: Opened) -> None:
    scene = await opened()
    rival, other = await scene.running.buyer("rival"), await scene.running.source("other")
    (lead_id,) = await sold(scene.source)
    (hidden,) = await ask(rival, lead_id)
    assert isinstance(hidden, Refusal)
    assert hidden.reason == "NOT_FOUND"
    asked = await give_back(scene.lender, lead_id, note="late")
    get = GetReturnRequest(return_id=asked.id)
    assert (await scene.lender.feedback.GetReturn(get)).lead_return == asked
    of_source = (await scene.source.feedback.GetReturn(get)).lead_return
    assert (of_source.source_id, of_source.note, of_source.HasField("refund")) == ("ratewise", "", False)
    of_operator = (await scene.operator.feedback.GetReturn(get)).lead_return
    assert (of_operator.source_id, of_operator.refund.micros) == ("ratewise", 10 * UNIT)
    for stranger in (rival, other):
        assert (await refused(stranger.feedback.GetReturn(get))).reason == "NOT_FOUND"
        assert not (await stranger.feedback.ListReturns(ListReturnsRequest())).returns
    for party in (scene.lender, scene.source):
        request = DecideReturnsRequest(return_ids=[asked.id], approve=True)
        assert (await refused(party.feedback.DecideReturns(request))).code == grpc.StatusCode.PERMISSION_DENIED


async def test_lists_are_filtered_and_go_on_by_pages(opened: Opened) -> None:
    scene = await opened()
    lead_ids = await sold(scene.source, 5)
    asked = [await give_back(scene.lender, one) for one in lead_ids]
    await decide(scene.operator, asked[1].id, approve=False)

    async def listed(caller: Caller, **filters: Any) -> list[str]:
        found: list[str] = []
        token = ""
        while True:
            request = ListReturnsRequest(page_size=2, page_token=token, **filters)
            page = await caller.feedback.ListReturns(request)
            found += [one.id for one in page.returns]
            token = page.next_page_token
            if not token:
                return found

    ids = [one.id for one in asked][::-1]
    assert await listed(scene.lender) == await listed(scene.source) == await listed(scene.operator) == ids
    assert await listed(scene.lender, state=DENIED) == [asked[1].id]
    assert await listed(scene.operator, state=REQUESTED) == [one for one in ids if one != asked[1].id]
    assert await listed(scene.lender, lead_id=lead_ids[2]) == [asked[2].id]
    assert await listed(scene.lender, campaign_id="camp") == ids
    assert await listed(scene.lender, campaign_id="other") == []
