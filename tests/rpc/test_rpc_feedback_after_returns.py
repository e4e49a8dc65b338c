"""What follows from returns: the lead's status, caps, balances, offers to others, events."""

from functools import partial

import pytest

from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason
from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Campaign, Cap, ReturnPolicy
from leadexchange.v1.disposition_pb2 import DISPOSITION_KIND_CONTACTED
from leadexchange.v1.feedback_service_pb2 import ListReturnsRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_RETURNED, LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.lead_return_pb2 import (
    RETURN_REASON_DUPLICATE,
    RETURN_REASON_NO_CONSENT,
    RETURN_REASON_OTHER,
    RETURN_STATE_APPROVED,
    LeadReturn,
)
from tests.rpc.catalog import update
from tests.rpc.feedback import (
    ALL,
    Opened,
    ask,
    decide,
    events_of,
    give_back,
    market,
    say,
    share,
    sold,
    status_of,
)
from tests.support import leads
from tests.support.caller import refused
from tests.support.campaigns import static
from tests.support.exchange import RunningCore

RESOLD = ReturnPolicy(max_share_bps=ALL, resell=True, auto_approve=[RETURN_REASON_DUPLICATE])


@pytest.fixture
def opened(running: RunningCore) -> Opened:
    return partial(market, running)


async def test_a_lead_sold_to_several_is_returned_when_all_of_them_return_it(running: RunningCore) -> None:
    source = await running.source()
    buyers = [await running.buyer("lender"), await running.buyer("rival")]
    await share(running, "lender", "rival", return_policy=ReturnPolicy(max_share_bps=ALL))
    (lead_id,) = await sold(source)
    for buyer, after in zip(buyers, [LEAD_STATUS_SOLD, LEAD_STATUS_RETURNED], strict=True):
        asked = await give_back(buyer, lead_id)
        await decide(running.operator, asked.id, approve=True)
        assert await status_of(source, lead_id) == after


async def test_a_repeat_of_a_request_is_answered_as_it_was(opened: Opened) -> None:
    scene = await opened()
    request = leads.request(1, "form-1")
    first = (await scene.source.submission.SubmitLead(request)).outcome
    asked = await give_back(scene.lender, first.lead_id)
    await decide(scene.operator, asked.id, approve=True)
    again = (await scene.source.submission.SubmitLead(request)).outcome
    assert again.repeated
    assert (again.lead_id, again.status, again.payout) == (first.lead_id, LEAD_STATUS_SOLD, first.payout)


async def test_a_replacement_is_bought_under_the_same_cap(opened: Opened) -> None:
    cap = Cap(period=CAP_PERIOD_MONTH, max_leads=2)
    scene = await opened(ReturnPolicy(max_share_bps=ALL, replace=True), caps=[cap])

    async def submit(number: int) -> int:
        return (await scene.source.submission.SubmitLead(leads.request(number))).outcome.status

    lead_ids = await sold(scene.source, 2)
    assert await submit(2) == LEAD_STATUS_UNSOLD
    for lead_id in lead_ids:
        asked = await give_back(scene.lender, lead_id)
        await decide(scene.operator, asked.id, approve=True)
    assert await submit(3) == LEAD_STATUS_SOLD
    key = scene.source.key
    await scene.running.restart()
    scene.source = scene.running.caller(key)
    assert await submit(4) == LEAD_STATUS_SOLD
    assert await submit(5) == LEAD_STATUS_UNSOLD


async def test_without_replacement_caps_count_on_and_the_money_is_back(opened: Opened) -> None:
    cap = Cap(period=CAP_PERIOD_MONTH, max_leads=2)
    scene = await opened(None, caps=[cap])
    lead_ids = await sold(scene.source, 2)
    for one in await ask(scene.lender, *lead_ids):
        assert isinstance(one, LeadReturn)
        await decide(scene.operator, one.id, approve=True)
    assert scene.running.core.book.caps.funds.balance("lender") == await scene.balance("lender") == 0
    outcome = (await scene.source.submission.SubmitLead(leads.request(7))).outcome
    assert outcome.status == LEAD_STATUS_UNSOLD


async def test_a_test_lead_is_returned_without_money(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(static("camp", "lender", test=True))
    request = leads.request(1)
    request.profile.test = True
    lead_id = (await source.submission.SubmitLead(request)).outcome.lead_id
    asked = await give_back(lender, lead_id)
    assert asked.refund.micros == 0
    await decide(running.operator, asked.id, approve=True)
    assert await status_of(source, lead_id) == LEAD_STATUS_RETURNED
    assert await running.core.store.balances() == {}


async def test_a_lead_may_be_offered_again_after_the_commit(opened: Opened) -> None:
    scene = await opened(RESOLD)
    offered: list[tuple[str, frozenset[str], int]] = []

    async def resell(lead_id: str, had_by: frozenset[str]) -> bool:
        offered.append((lead_id, had_by, await status_of(scene.operator, lead_id)))
        return len(offered) < 3

    scene.running.core._feedback._resell = resell
    lead_ids = await sold(scene.source, 4)
    assert (await give_back(scene.lender, lead_ids[0])).resold
    no_consent = await give_back(scene.lender, lead_ids[1], reason=RETURN_REASON_NO_CONSENT)
    asked = await give_back(scene.lender, lead_ids[2], reason=RETURN_REASON_OTHER, note="not ours")
    results = await decide(scene.operator, no_consent.id, asked.id, approve=True, resell=True)
    # Who does not want to be called is not offered to others, whatever the operator asks for.
    assert [one.resold for one in results if isinstance(one, LeadReturn)] == [False, True]
    assert not (await give_back(scene.lender, lead_ids[3])).resold
    had = frozenset({"lender"})
    assert offered == [(lead_ids[number], had, LEAD_STATUS_RETURNED) for number in (0, 2, 3)]


async def test_what_could_not_be_offered_again_yet_is_later(opened: Opened) -> None:
    scene = await opened(RESOLD)
    desk = scene.running.core._feedback
    offered: list[str] = []
    failing = True

    async def resell(lead_id: str, had_by: frozenset[str]) -> bool:
        if failing:
            raise Refused(Reason.DRAINING, "not now")
        offered.append(lead_id)
        return True

    desk._resell = resell
    (lead_id,) = await sold(scene.source)
    refund = await give_back(scene.lender, lead_id)
    assert (refund.state, refund.resold) == (RETURN_STATE_APPROVED, False)
    failing = False
    for _ in range(2):
        await desk.resume()
    assert offered == [lead_id]
    (one,) = (await scene.lender.feedback.ListReturns(ListReturnsRequest())).returns
    assert one.resold


async def test_a_sale_whose_lead_never_arrived_is_undone(opened: Opened) -> None:
    scene = await opened(ReturnPolicy(window_hours=-1))
    one, two = await sold(scene.source, 2)
    desk = scene.running.core._feedback
    undone = await desk.undo(one, "camp", "its delivery failed")
    assert (await desk.undo(one, "camp", "its delivery failed")).id == undone.id
    assert (int(undone.state), undone.decided_by) == (RETURN_STATE_APPROVED, "rule")
    assert await scene.balance("lender") == -10_000_000
    await say(scene.lender, two, DISPOSITION_KIND_CONTACTED)
    with pytest.raises(Refused, match="buyer has the lead"):
        await desk.undo(two, "camp", "its delivery failed")
    with pytest.raises(Refused, match="no such sale"):
        await desk.undo(two, "other", "its delivery failed")


async def test_buyer_and_source_hear_of_it(opened: Opened) -> None:
    scene = await opened(ReturnPolicy(max_share_bps=ALL, auto_deny=[RETURN_REASON_NO_CONSENT]))
    one, two = await sold(scene.source, 2)
    asked = await give_back(scene.lender, one, note="a secret")
    await decide(scene.operator, asked.id, approve=True)
    await give_back(scene.lender, two, reason=RETURN_REASON_NO_CONSENT)

    async def told(lead_id: str) -> list[tuple[str, str]]:
        found = await events_of(scene.running, lead_id)
        return [(event.type, event.owner_id) for event in found if event.type.startswith("return.")]

    def both(kind: str) -> list[tuple[str, str]]:
        return [(kind, "lender"), (kind, "ratewise")]

    assert await told(one) == both("return.requested") + both("return.approved")
    assert await told(two) == both("return.requested") + both("return.denied")
    of_buyer, of_source = (await events_of(scene.running, one))[-2:]
    assert (of_buyer.data["refund"], of_buyer.data["by_rule"]) == ("10.00", False)
    sub_source = leads.examples()[0]["sub_source"]
    assert (of_source.data["payout_taken_back"], of_source.data["sub_source"]) == ("8.00", sub_source)
    for event in (of_buyer, of_source):
        assert "a secret" not in event.data.values()
    assert not {"lender", "camp", "10.00"} & set(of_source.data.values())


async def test_a_policy_is_kept_with_its_campaign(opened: Opened) -> None:
    scene = await opened(ReturnPolicy(window_hours=24, auto_approve=[RETURN_REASON_DUPLICATE]))
    changed = await update(scene.operator, Campaign(id="camp", display_name="New"), "display_name")
    assert changed.return_policy == ReturnPolicy(
        window_hours=24, max_share_bps=2_000, auto_approve=[RETURN_REASON_DUPLICATE]
    )
    for policy, field in [
        (ReturnPolicy(window_hours=2_161), "window_hours"),
        (ReturnPolicy(window_hours=-2), "window_hours"),
        (ReturnPolicy(max_share_bps=10_001), "max_share_bps"),
        (ReturnPolicy(auto_approve=[RETURN_REASON_OTHER]), "auto_approve"),
        (ReturnPolicy(auto_approve=[1, 2], auto_deny=[2]), "auto_approve"),  # type: ignore[list-item]
        (ReturnPolicy(auto_deny=[99]), "auto_deny"),  # type: ignore[list-item]
    ]:
        change = Campaign(id="camp", return_policy=policy)
        wrong = await refused(update(scene.operator, change, "return_policy"))
        assert set(wrong.fields) == {f"campaign.return_policy.{field}"}
