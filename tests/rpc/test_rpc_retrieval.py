"""Leads are listed by what they are, acknowledged, and claimed."""

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from leadexchange.v1.campaign_pb2 import Targeting
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.lead_service_pb2 import (
    ACKNOWLEDGEMENT_GIVEN,
    ACKNOWLEDGEMENT_MISSING,
    AcknowledgeLeadsRequest,
    ClaimLeadsRequest,
    GetLeadRequest,
    ListLeadsRequest,
)
from tests.support import leads
from tests.support.caller import Caller, refused
from tests.support.campaigns import UNIT, one_of, static
from tests.support.exchange import RunningCore

ZIPS = {"TX": "78251", "LA": "70112", "CA": "90001"}


class Sold:
    """Six leads: four that the lender bought, for two campaigns, one that a rival did, and one that nobody did."""

    def __init__(self, running: RunningCore) -> None:
        self.running = running
        self.ids: list[str] = []

    async def __aenter__(self) -> "Sold":
        running = self.running
        self.source = await running.source()
        self.lender, self.rival = await running.buyer(), await running.buyer("rival")
        for name, buyer_id, state in (("texas", "lender", "TX"), ("bayou", "lender", "LA"), ("coast", "rival", "CA")):
            targeting = Targeting(vertical="mortgage", conditions=[one_of("state", state)])
            await running.campaign(static(name, buyer_id, 10 * UNIT, targeting=targeting))
        for number, state in enumerate(("TX", "LA", "TX", "CA", "TX", "NY")):
            request = leads.request(number, "", state=state, zip=ZIPS.get(state, "10001"))
            self.ids.append((await self.source.submission.SubmitLead(request)).outcome.lead_id)
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def of(self, caller: Caller, **asked: Any) -> list[int]:
        """The numbers of the leads that a caller lists, page by page."""
        found: list[str] = []
        token = ""
        while True:
            page = await caller.leads.ListLeads(ListLeadsRequest(page_token=token, **asked))
            found += [lead.id for lead in page.leads]
            token = page.next_page_token
            asked = {name: value for name, value in asked.items() if name not in ("offset", "after_lead_id")}
            if not token:
                return [self.ids.index(lead_id) for lead_id in found]


async def test_each_filter(running: RunningCore) -> None:
    async with Sold(running) as sold:
        operator, lender = running.operator, sold.lender
        assert await sold.of(operator, page_size=2) == [0, 1, 2, 3, 4, 5]
        assert await sold.of(operator, zip_prefix="78") == [0, 2, 4]
        assert await sold.of(operator, zip_prefix="78251", page_size=1) == [0, 2, 4]
        assert await sold.of(operator, campaign_id="texas", page_size=2) == [0, 2, 4]
        assert await sold.of(operator, campaign_id="coast") == [3]
        assert await sold.of(operator, campaign_id="nothing") == []
        assert await sold.of(operator, source_id="ratewise", status=LEAD_STATUS_SOLD) == [0, 1, 2, 3, 4]
        assert await sold.of(operator, source_id="another") == []
        assert await sold.of(lender) == [0, 1, 2, 4]
        assert await sold.of(lender, campaign_id="bayou") == [1]
        assert await sold.of(lender, campaign_id="coast") == []
        assert await sold.of(lender, zip_prefix="7", state="la") == [1]
        assert await sold.of(lender, offset=2, page_size=1) == [2, 4]
        assert await sold.of(operator, offset=100) == []
        assert await sold.of(sold.source, after_lead_id=sold.ids[2]) == [3, 4, 5]
        assert await sold.of(lender, after_lead_id=sold.ids[1], page_size=1) == [2, 4]
        assert await sold.of(operator, campaign_id="texas", after_lead_id=sold.ids[0]) == [2, 4]
        assert await sold.of(operator, submitted_until=Timestamp(seconds=1)) == []


@pytest.mark.parametrize(
    ("who", "asked", "field"),
    [
        ("operator", {"zip_prefix": "7x"}, "zip_prefix"),
        ("operator", {"zip_prefix": "782511"}, "zip_prefix"),
        ("operator", {"zip_prefix": "\u0667"}, "zip_prefix"),
        ("operator", {"offset": 10_001}, "offset"),
        ("operator", {"offset": -1}, "offset"),
        ("operator", {"acknowledgement": ACKNOWLEDGEMENT_GIVEN}, "acknowledgement"),
        ("lender", {"acknowledgement": 7}, "acknowledgement"),
        ("lender", {"source_id": "ratewise"}, "source_id"),
        ("source", {"source_id": "ratewise"}, "source_id"),
        ("source", {"campaign_id": "texas"}, "campaign_id"),
        ("lender", {"offset": 1, "after_lead_id": "lead_x"}, "offset"),
        ("lender", {"page_token": "x", "offset": 1}, "offset"),
        ("lender", {"after_lead_id": "lead_nothing"}, "after_lead_id"),
        ("lender", {"page_token": "AAAA"}, "page_token"),
    ],
)
async def test_what_cannot_be_asked(running: RunningCore, who: str, asked: dict[str, Any], field: str) -> None:
    callers = {"operator": running.operator, "lender": await running.buyer(), "source": await running.source()}
    found = await refused(callers[who].leads.ListLeads(ListLeadsRequest(**asked)))
    assert (found.reason, list(found.fields)) == ("INVALID_FIELD", [field])


async def test_one_lead_after_another_of_somebody_elses_is_not_told(running: RunningCore) -> None:
    async with Sold(running) as sold:
        for lead_id in (sold.ids[3], sold.ids[5], "lead_nothing"):
            found = await refused(sold.lender.leads.ListLeads(ListLeadsRequest(after_lead_id=lead_id)))
            assert list(found.fields) == ["after_lead_id"]


async def test_acknowledged_leads_are_found_no_more(running: RunningCore) -> None:
    async with Sold(running) as sold:
        lender, ids = sold.lender, sold.ids
        request = AcknowledgeLeadsRequest(lead_ids=[ids[0], ids[3], ids[1], "lead_nothing", ids[0]])
        answer = await lender.leads.AcknowledgeLeads(request)
        assert (answer.acknowledged, list(answer.unknown_lead_ids)) == (2, [ids[3], "lead_nothing"])
        assert (await lender.leads.AcknowledgeLeads(request)).acknowledged == 0
        assert await sold.of(lender, acknowledgement=ACKNOWLEDGEMENT_MISSING) == [2, 4]
        assert await sold.of(lender, acknowledgement=ACKNOWLEDGEMENT_GIVEN, page_size=1) == [0, 1]
        seen = {}
        for name, caller in (("lender", lender), ("operator", running.operator), ("source", sold.source)):
            lead = (await caller.leads.GetLead(GetLeadRequest(lead_id=ids[0]))).lead
            seen[name] = lead.sales[0].HasField("acknowledged_at")
            assert not lead.sales[0].returned
            assert not lead.sales[0].awaits_pickup
        assert seen == {"lender": True, "operator": True, "source": False}
        await running.restart()
        lender = running.caller(lender.key)
        assert await sold.of(lender, acknowledgement=ACKNOWLEDGEMENT_MISSING) == [2, 4]


async def test_claimed_leads_are_one_readers(running: RunningCore) -> None:
    async with Sold(running) as sold:
        lender, ids = sold.lender, sold.ids
        first = await lender.leads.ClaimLeads(ClaimLeadsRequest(max_leads=2, claim_s=3600))
        assert [lead.id for lead in first.leads] == ids[:2]
        assert first.leads[0].contact.phone
        assert first.next_poll_ms == 1_000
        second = await lender.leads.ClaimLeads(ClaimLeadsRequest(campaign_id="texas"))
        assert [lead.id for lead in second.leads] == [ids[2], ids[4]]
        assert 50_000 < first.claimed_until.ToMilliseconds() - second.claimed_until.ToMilliseconds() <= 3_540_000
        assert not (await lender.leads.ClaimLeads(ClaimLeadsRequest())).leads
        # A claim hides nothing from a list.
        assert await sold.of(lender, acknowledgement=ACKNOWLEDGEMENT_MISSING) == [0, 1, 2, 4]
        assert [lead.id for lead in (await sold.rival.leads.ClaimLeads(ClaimLeadsRequest())).leads] == [ids[3]]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (ClaimLeadsRequest(max_leads=501), "max_leads"),
        (ClaimLeadsRequest(max_leads=-1), "max_leads"),
        (ClaimLeadsRequest(claim_s=3_601), "claim_s"),
        (AcknowledgeLeadsRequest(), "lead_ids"),
        (AcknowledgeLeadsRequest(lead_ids=["x"] * 501), "lead_ids"),
    ],
)
async def test_what_cannot_be_claimed_or_acknowledged(running: RunningCore, request_: Any, field: str) -> None:
    lender = await running.buyer()
    call = lender.leads.ClaimLeads if isinstance(request_, ClaimLeadsRequest) else lender.leads.AcknowledgeLeads
    with running.unchanged():
        found = await refused(call(request_))
    assert list(found.fields) == [field]


async def test_a_reader_is_told_when_to_ask_again(running: RunningCore) -> None:
    async with Sold(running) as sold:
        asked = ListLeadsRequest(page_size=2)
        assert (await sold.lender.leads.ListLeads(asked)).next_poll_ms == 1_000  # there are more
        assert 1_000 <= (await sold.lender.leads.ListLeads(ListLeadsRequest())).next_poll_ms < 300_000
        nobody = await running.buyer("nobody")
        assert (await nobody.leads.ListLeads(ListLeadsRequest())).next_poll_ms == 300_000
