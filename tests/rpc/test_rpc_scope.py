"""Each party sees what is its own: a source its leads, a buyer what it bought, an operator all."""

from dataclasses import dataclass

import grpc
import pytest

from leadexchange.v1.auction_pb2 import Auction
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, Lead
from leadexchange.v1.lead_service_pb2 import (
    GetAuctionRequest,
    GetLeadRequest,
    ListLeadsRequest,
)
from leadexchange.v1.reason_pb2 import REASON_OUTRANKED, REASON_TARGETING
from leadexchange.v1.submission_service_pb2 import LeadOutcome, SubmitLeadRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, bidding
from tests.support.caller import Caller, refused
from tests.support.campaigns import one_of, static, stream
from tests.support.exchange import RunningCore

WINNING, LOSING = 20_123_460, 7_654_321
"""Prices, unlike any other number."""


@dataclass
class Scene:
    """One lead of ratewise, sold to lender; rival bid less; outsider never bid; other is another source."""

    operator: Caller
    ratewise: Caller
    other: Caller
    lender: Caller
    rival: Caller
    outsider: Caller
    lead: SubmitLeadRequest
    outcome: LeadOutcome

    @property
    def lead_id(self) -> str:
        return self.outcome.lead_id


@pytest.fixture
async def scene(running: RunningCore) -> Scene:
    ratewise, other = await running.source(), await running.source("other")
    lender, rival = await running.buyer(), await running.buyer("rival")
    outsider = await running.buyer("outsider")
    await running.campaign(stream("winning", "lender"))
    await running.campaign(static("losing", "rival", LOSING))
    targeting = {"vertical": "mortgage", "conditions": [one_of("state", "AK")]}
    await running.campaign(static("elsewhere", "outsider", targeting=targeting))
    lead = leads.findable(1, "r1")
    async with ScriptedBuyer(lender, on_ping=bidding(WINNING)):
        outcome = (await ratewise.submission.SubmitLead(lead)).outcome
    assert outcome.status == LEAD_STATUS_SOLD
    return Scene(running.operator, ratewise, other, lender, rival, outsider, lead, outcome)


async def get(caller: Caller, lead_id: str) -> Lead:
    return (await caller.leads.GetLead(GetLeadRequest(lead_id=lead_id))).lead


async def listed(caller: Caller) -> list[Lead]:
    return list((await caller.leads.ListLeads(ListLeadsRequest())).leads)


async def auction(caller: Caller, auction_id: str) -> Auction:
    return (await caller.leads.GetAuction(GetAuctionRequest(auction_id=auction_id))).auction


async def test_a_source_sees_its_lead_whole_and_what_it_earns_but_no_price(scene: Scene) -> None:
    lead = await get(scene.ratewise, scene.lead_id)
    assert await listed(scene.ratewise) == [lead]
    assert lead.contact.first_name == scene.lead.contact.first_name
    assert lead.contact.phone == "+13128670001"
    assert lead.consent.trustedform_cert_url == scene.lead.consent.trustedform_cert_url
    (sale,) = lead.sales
    assert sale.payout.micros == WINNING * 8 // 10
    assert not sale.HasField("price")
    assert not sale.buyer_reference
    assert str(WINNING) not in str(lead)


async def test_its_answer_names_no_price_either(scene: Scene) -> None:
    assert scene.outcome.payout.micros == WINNING * 8 // 10
    assert str(WINNING) not in str(scene.outcome)
    again = (await scene.ratewise.submission.SubmitLead(scene.lead)).outcome
    assert again.repeated
    assert str(WINNING) not in str(again)


async def test_a_buyer_sees_what_it_bought_whole_and_what_it_pays_but_no_payout(scene: Scene) -> None:
    lead = await get(scene.lender, scene.lead_id)
    assert await listed(scene.lender) == [lead]
    assert lead.contact.email == scene.lead.contact.email
    (sale,) = lead.sales
    assert (sale.price.micros, sale.buyer_id, sale.campaign_id) == (WINNING, "lender", "winning")
    assert sale.buyer_reference == f"crm-{lead.id}"
    assert not sale.HasField("payout")


async def test_an_operator_sees_all(scene: Scene) -> None:
    lead = await get(scene.operator, scene.lead_id)
    assert await listed(scene.operator) == [lead]
    (sale,) = lead.sales
    assert (sale.price.micros, sale.payout.micros) == (WINNING, WINNING * 8 // 10)


@pytest.mark.parametrize("who", ["other", "rival", "outsider"])
async def test_a_lead_of_others_does_not_exist(scene: Scene, who: str) -> None:
    caller: Caller = getattr(scene, who)
    hidden = await refused(get(caller, scene.lead_id))
    missing = await refused(get(caller, "lead_01M884XZT9D21THHFY2N5R82HH"))
    assert (hidden.code, hidden.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    assert repr(hidden) == repr(missing)  # told apart by nothing
    assert hidden.message == missing.message
    assert await listed(caller) == []


async def test_a_source_sees_its_auction_without_others_names_and_prices(scene: Scene) -> None:
    seen = await auction(scene.ratewise, scene.outcome.auction_id)
    assert seen.lead_id == scene.lead_id
    assert seen.phases.total_us > 0
    assert not seen.considerations
    assert not seen.posts
    for secret in ("lender", "rival", "winning", "losing", str(WINNING), str(LOSING)):
        assert secret not in str(seen)


async def test_a_buyer_sees_its_own_part_of_an_auction(scene: Scene) -> None:
    won = await auction(scene.lender, scene.outcome.auction_id)
    assert [(one.campaign_id, one.price_micros, one.rank) for one in won.considerations] == [("winning", WINNING, 1)]
    assert [one.campaign_id for one in won.posts] == ["winning"]
    lost = await auction(scene.rival, scene.lead_id)  # by the lead's id as well
    assert [(one.campaign_id, one.result) for one in lost.considerations] == [("losing", REASON_OUTRANKED)]
    assert not lost.posts
    for secret in ("lender", "winning", str(WINNING)):
        assert secret not in str(lost)


async def test_an_operator_sees_the_whole_auction_and_why_others_were_left_out(scene: Scene) -> None:
    seen = await auction(scene.operator, scene.lead_id)
    assert {one.campaign_id for one in seen.considerations} == {"winning", "losing"}
    request = GetAuctionRequest(auction_id=scene.lead_id, include_filtered=True)
    whole = (await scene.operator.leads.GetAuction(request)).auction
    (left_out,) = [one for one in whole.considerations if one.campaign_id == "elsewhere"]
    assert left_out.ping == REASON_TARGETING
    assert "state" in left_out.detail
    assert "AK" in left_out.detail
    for caller in (scene.ratewise, scene.lender):
        assert (await refused(caller.leads.GetAuction(request))).reason == "FORBIDDEN"


@pytest.mark.parametrize("who", ["other", "outsider"])
async def test_an_auction_of_others_does_not_exist(scene: Scene, who: str) -> None:
    caller: Caller = getattr(scene, who)
    hidden = await refused(auction(caller, scene.outcome.auction_id))
    missing = await refused(auction(caller, "auc_01M884XZT9D21THHFY2N5R82HH"))
    assert (hidden.code, hidden.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    assert hidden.message == missing.message


async def test_the_trace_holds_nothing_of_the_person(scene: Scene) -> None:
    seen = (await auction(scene.operator, scene.lead_id)).SerializeToString()
    for name, needle in leads.needles(scene.lead).items():
        assert needle not in seen, name


@pytest.mark.parametrize("wanted", ["", "x", "lead_", "auc_1", "lead_01m884xzt9d21thhfy2n5r82hh", "'; --", "a\0b"])
async def test_ids_that_are_none_are_not_found(scene: Scene, wanted: str) -> None:
    for call in (get(scene.operator, wanted), auction(scene.operator, wanted)):
        assert (await refused(call)).code == grpc.StatusCode.NOT_FOUND


# Lists.


async def test_leads_are_listed_by_pages_that_stay_as_they_are(running: RunningCore) -> None:
    source = await running.source()
    lender = await running.buyer()
    await running.campaign(static("all", "lender"))
    made = [(await source.submission.SubmitLead(leads.request(number))).outcome.lead_id for number in range(7)]
    for caller in (running.operator, source, lender):
        found: list[str] = []
        token = ""
        while True:
            page = await caller.leads.ListLeads(ListLeadsRequest(page_size=3, page_token=token))
            found += [lead.id for lead in page.leads]
            token = page.next_page_token
            if not token:
                break
            if len(found) == 3:  # what comes in meanwhile is at the end
                made.append((await source.submission.SubmitLead(leads.request(len(made)))).outcome.lead_id)
        assert found == made
    first = await source.leads.ListLeads(ListLeadsRequest(page_size=3))
    assert first.leads == (await source.leads.ListLeads(ListLeadsRequest(page_size=3))).leads


async def test_a_page_token_is_good_for_the_same_question_only(running: RunningCore) -> None:
    source, other = await running.source(), await running.source("other")
    for number in range(3):
        await source.submission.SubmitLead(leads.request(number))
    token = (await source.leads.ListLeads(ListLeadsRequest(page_size=1))).next_page_token
    for caller, request in (
        (other, ListLeadsRequest(page_token=token)),
        (running.operator, ListLeadsRequest(page_token=token)),
        (source, ListLeadsRequest(page_token=token, state="TX")),
        (source, ListLeadsRequest(page_token="garbage!")),
        (source, ListLeadsRequest(page_token=token[:-2])),
    ):
        found = await refused(caller.leads.ListLeads(request))
        assert (found.code, set(found.fields)) == (grpc.StatusCode.INVALID_ARGUMENT, {"page_token"})


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (ListLeadsRequest(page_size=501), "page_size"),
        (ListLeadsRequest(page_size=-1), "page_size"),
        (ListLeadsRequest(status=99), "status"),  # type: ignore[arg-type]
        (ListLeadsRequest(submitted_from={"seconds": -5}), "submitted_from"),
        (ListLeadsRequest(submitted_until={"seconds": 2**50}), "submitted_until"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    running: RunningCore, request_: ListLeadsRequest, field: str
) -> None:
    found = await refused(running.operator.leads.ListLeads(request_))
    assert (found.code, found.reason, set(found.fields)) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_FIELD",
        {field},
    )


async def test_leads_are_filtered(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    await running.campaign(
        static("tx", "lender", targeting={"vertical": "mortgage", "conditions": [one_of("state", "TX")]})
    )
    texas = (await source.submission.SubmitLead(leads.request(0, state="Texas"))).outcome
    ohio = (await source.submission.SubmitLead(leads.request(1, state="OH"))).outcome

    async def ids(request: ListLeadsRequest) -> list[str]:
        return [lead.id for lead in (await source.leads.ListLeads(request)).leads]

    assert await ids(ListLeadsRequest(state="tx")) == [texas.lead_id]
    assert await ids(ListLeadsRequest(status=LEAD_STATUS_SOLD)) == [texas.lead_id]
    assert await ids(ListLeadsRequest(vertical="mortgage", state="OH")) == [ohio.lead_id]
    assert await ids(ListLeadsRequest(vertical="home_services")) == []
    submitted = (await get(source, ohio.lead_id)).submitted_at
    assert await ids(ListLeadsRequest(submitted_from=submitted)) in ([ohio.lead_id], [texas.lead_id, ohio.lead_id])
    submitted.seconds += 5
    assert await ids(ListLeadsRequest(submitted_from=submitted)) == []
    assert await ids(ListLeadsRequest(submitted_until=submitted)) == [texas.lead_id, ohio.lead_id]
