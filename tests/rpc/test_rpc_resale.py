"""Leads whose sale was undone are offered to others, once, as leads of their own."""

from typing import Any

import pytest

from exchange.domain.reasons import Reason
from leadexchange.v1.api_key_pb2 import ROLE_DELIVERY
from leadexchange.v1.campaign_pb2 import ReturnPolicy
from leadexchange.v1.catalog_service_pb2 import CreateEndpointRequest
from leadexchange.v1.delivery_pb2 import DELIVERY_STATE_RESOLD, DeliveryReport
from leadexchange.v1.delivery_service_pb2 import LeaseDeliveriesRequest, ReportDeliveriesRequest
from leadexchange.v1.endpoint_pb2 import DEAD_LETTER_ACTION_RESELL, Endpoint
from leadexchange.v1.feedback_service_pb2 import DecideReturnsRequest, ListReturnsRequest, RequestReturnsRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_RETURNED, LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD, Lead
from leadexchange.v1.lead_return_pb2 import (
    RETURN_REASON_DUPLICATE,
    RETURN_REASON_FAKE_CONTACT,
    RETURN_STATE_APPROVED,
    LeadReturn,
)
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest, ListLeadsRequest
from leadexchange.v1.ledger_service_pb2 import GetBalanceRequest
from leadexchange.v1.outbox_service_pb2 import DeliveryFilter, ListDeliveriesRequest
from tests.support import leads
from tests.support.caller import Caller
from tests.support.campaigns import static
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

HOOK = "https://hooks.example/x"


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    source = await running.source()
    for buyer, price in (("first", 30_000_000), ("second", 20_000_000), ("third", 10_000_000)):
        await running.buyer(buyer)
        every_lead = ReturnPolicy(max_share_bps=10_000)
        await running.campaign(static(f"of-{buyer}", buyer, price, return_policy=every_lead))
    return source


@pytest.fixture
async def worker(running: RunningCore) -> Caller:
    return running.caller(await running.key(ROLE_DELIVERY))


async def all_leads(running: RunningCore) -> list[Lead]:
    return list((await running.operator.leads.ListLeads(ListLeadsRequest())).leads)


async def balance(running: RunningCore, party_id: str) -> int:
    return (await running.operator.ledger.GetBalance(GetBalanceRequest(party_id=party_id))).balance_micros


async def give_back(running: RunningCore, lead_id: str, reason: Any = RETURN_REASON_DUPLICATE) -> LeadReturn:
    """A return of the only standing sale, approved by the operator, who has it resold."""
    lead = next(one for one in await all_leads(running) if one.id == lead_id)
    asked = LeadReturn(lead_id=lead_id, sale_id=lead.sales[-1].id, reason=reason)
    (result,) = (await running.operator.feedback.RequestReturns(RequestReturnsRequest(returns=[asked]))).results
    request = DecideReturnsRequest(return_ids=[result.lead_return.id], approve=True, resell=True)
    (decided,) = (await running.operator.feedback.DecideReturns(request)).results
    return decided.lead_return


async def test_a_returned_lead_goes_to_the_next_who_never_had_it(running: RunningCore, source: Caller) -> None:
    sold = (await source.submission.SubmitLead(leads.findable(0))).outcome
    assert (await give_back(running, sold.lead_id)).resold
    first, second = await all_leads(running)
    assert (first.status, second.status) == (LEAD_STATUS_RETURNED, LEAD_STATUS_SOLD)
    assert (second.resale_of, second.sales[0].buyer_id) == (first.id, "second")
    assert second.contact == first.contact
    assert second.profile.external_id == first.profile.external_id
    trace = await running.operator.leads.GetAuction(GetAuctionRequest(auction_id=second.id))
    assert {one.buyer_id: Reason(one.ping) for one in trace.auction.considerations}["first"] is Reason.HAD_LEAD
    # Again: neither of the two that had it.
    assert (await give_back(running, second.id)).resold
    third = (await all_leads(running))[-1]
    assert (third.resale_of, third.sales[0].buyer_id) == (second.id, "third")
    assert [await balance(running, one) for one in ("first", "second", "third")] == [0, 0, -10_000_000]
    # Nobody is left.
    assert (await give_back(running, third.id)).resold
    last = (await all_leads(running))[-1]
    assert (last.status, Reason(last.reason)) == (LEAD_STATUS_UNSOLD, Reason.NO_CAMPAIGN)


async def test_a_reason_that_speaks_against_the_lead_is_no_case_for_a_resale(
    running: RunningCore, source: Caller
) -> None:
    sold = (await source.submission.SubmitLead(leads.findable(0))).outcome
    given_back = await give_back(running, sold.lead_id, RETURN_REASON_FAKE_CONTACT)
    assert (given_back.state, given_back.resold) == (RETURN_STATE_APPROVED, False)
    assert len(await all_leads(running)) == 1


async def test_a_lead_that_cannot_be_delivered_is_taken_from_its_buyer_and_offered_on(
    running: RunningCore, source: Caller, worker: Caller
) -> None:
    endpoint = Endpoint(
        owner_id="first", url=HOOK, event_types=["lead.sold"], dead_letter_action=DEAD_LETTER_ACTION_RESELL
    )
    await running.operator.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=endpoint))
    await source.submission.SubmitLead(leads.findable(0))
    (one,) = (await worker.deliveries.LeaseDeliveries(LeaseDeliveriesRequest(max_deliveries=9))).deliveries
    report = DeliveryReport(delivery_id=one.id, lease_id=one.lease_id, status_code=400, latency_ms=1)
    await worker.deliveries.ReportDeliveries(ReportDeliveriesRequest(reports=[report]))
    first, second = await all_leads(running)
    assert (first.status, second.sales[0].buyer_id) == (LEAD_STATUS_RETURNED, "second")
    (undone,) = (await running.operator.feedback.ListReturns(ListReturnsRequest())).returns
    assert (undone.state, undone.decided_by) == (RETURN_STATE_APPROVED, "rule")
    assert await balance(running, "first") == 0
    wanted = ListDeliveriesRequest(filter=DeliveryFilter(states=[DELIVERY_STATE_RESOLD]))
    assert len((await running.operator.outbox.ListDeliveries(wanted)).deliveries) == 1
    # However often the core looks at it again, it is done once.
    await running.restart()
    await eventually(running.core.caught_up.is_set)
    assert len(await all_leads(running)) == 2


async def test_a_test_lead_is_not_offered_again(running: RunningCore, source: Caller) -> None:
    campaign = static("trial", "third")
    campaign.test = True
    await running.campaign(campaign)
    request = leads.findable(0)
    request.profile.test = True
    sold = (await source.submission.SubmitLead(request)).outcome
    given_back = await give_back(running, sold.lead_id)
    assert (given_back.state, given_back.resold) == (RETURN_STATE_APPROVED, False)
    assert len(await all_leads(running)) == 1
