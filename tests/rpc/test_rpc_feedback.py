"""Dispositions over the contract: who may say what of which sale, how it is kept, and who hears of it."""

import time
from typing import Any

import grpc
import pytest

from leadexchange.v1.disposition_pb2 import (
    DISPOSITION_KIND_CONTACTED,
    DISPOSITION_KIND_CONVERTED,
    DISPOSITION_KIND_NOT_INTERESTED,
    DISPOSITION_KIND_QUOTED,
    DISPOSITION_KIND_RECEIVED,
    Disposition,
)
from leadexchange.v1.feedback_service_pb2 import ListDispositionsRequest, RecordDispositionsRequest
from leadexchange.v1.lead_service_pb2 import GetLeadRequest
from tests.rpc.feedback import at, disposition, events_of, record, say, share, sold
from tests.support.caller import Caller, Refusal, refused
from tests.support.campaigns import UNIT, static
from tests.support.exchange import RunningCore

CONTACTED, CONVERTED, QUOTED = DISPOSITION_KIND_CONTACTED, DISPOSITION_KIND_CONVERTED, DISPOSITION_KIND_QUOTED


class Scene:
    """Two leads of ratewise, bought by lender for 10 each; rival bid less."""

    def __init__(
        self, running: RunningCore, source: Caller, lender: Caller, rival: Caller, lead_ids: list[str]
    ) -> None:
        self.operator = running.operator
        self.running = running
        self.source, self.lender, self.rival = source, lender, rival
        self.lead_ids = lead_ids

    @property
    def lead_id(self) -> str:
        return self.lead_ids[0]


@pytest.fixture
async def scene(running: RunningCore) -> Scene:
    source, lender, rival = await running.source(), await running.buyer(), await running.buyer("rival")
    await running.campaign(static("best", "lender", 10 * UNIT))
    await running.campaign(static("second", "rival", 4 * UNIT))
    return Scene(running, source, lender, rival, await sold(source, 2))


async def listed(caller: Caller, **filters: Any) -> list[Disposition]:
    return list((await caller.feedback.ListDispositions(ListDispositionsRequest(**filters))).dispositions)


async def test_a_disposition_is_recorded_with_its_sale(scene: Scene) -> None:
    found = await say(scene.lender, scene.lead_id, CONTACTED, code="crm:7", quality=4)
    lead = (await scene.lender.leads.GetLead(GetLeadRequest(lead_id=scene.lead_id))).lead
    assert (found.sale_id, found.buyer_id, found.campaign_id) == (lead.sales[0].id, "lender", "best")
    assert (found.kind, found.code, found.quality) == (CONTACTED, "crm:7", 4)
    assert abs(found.occurred_at.ToMilliseconds() - time.time() * 1000) < 60_000
    assert found.recorded_at == found.occurred_at
    assert await listed(scene.lender) == await listed(scene.operator) == [found]


async def test_a_repeat_is_answered_with_what_was_recorded(scene: Scene) -> None:
    first = await say(scene.lender, scene.lead_id, CONTACTED, code="a")
    quoted = await say(scene.lender, scene.lead_id, QUOTED)
    again = await record(
        scene.lender, disposition(scene.lead_id, CONTACTED, code="a"), disposition(scene.lead_id, QUOTED)
    )
    assert again == [first, quoted]
    assert await listed(scene.lender) == [quoted, first]


async def test_one_that_is_wrong_disturbs_no_other(scene: Scene) -> None:
    one, other = scene.lead_ids
    results = await record(
        scene.lender,
        disposition(one, DISPOSITION_KIND_NOT_INTERESTED),
        disposition(one, CONTACTED),
        disposition("lead_01M884XZT9D21THHFY2N5R82HH", CONTACTED),
        disposition(other, 99),  # type: ignore[arg-type]
        disposition(other, CONTACTED, value_micros=5, quality=6, code="no spaces"),
        disposition("", CONTACTED),
        disposition(other, CONVERTED, value_micros=900 * UNIT),
    )
    refusals = [one for one in results if isinstance(one, Refusal)]
    assert [one.reason for one in refusals] == [
        "NOT_POSSIBLE_NOW",
        "NOT_FOUND",
        "INVALID_FIELD",
        "INVALID_FIELD",
        "INVALID_FIELD",
    ]
    assert set(refusals[3].fields) == {"value_micros", "quality", "code"}
    assert [one.kind for one in await listed(scene.lender)] == [CONVERTED, DISPOSITION_KIND_NOT_INTERESTED]


@pytest.mark.parametrize("off_ms", [-3_600_000, 3_600_000])
async def test_it_happened_between_the_sale_and_now(scene: Scene, off_ms: int) -> None:
    when = at(int(time.time() * 1000) + off_ms)
    (refusal,) = await record(scene.lender, disposition(scene.lead_id, CONTACTED, occurred_at=when))
    assert isinstance(refusal, Refusal)
    assert set(refusal.fields) == {"occurred_at"}


async def test_a_lead_of_others_does_not_exist(scene: Scene) -> None:
    missing = disposition("lead_01M884XZT9D21THHFY2N5R82HH", CONTACTED)
    hidden, unknown = await record(scene.rival, disposition(scene.lead_id, CONTACTED), missing)
    assert repr(hidden) == repr(unknown)
    assert isinstance(hidden, Refusal)
    assert hidden.reason == "NOT_FOUND"
    assert await listed(scene.rival) == []


async def test_a_source_sees_what_became_of_its_leads_but_not_the_buyers_own(scene: Scene) -> None:
    await say(scene.lender, scene.lead_id, CONVERTED, value_micros=77 * UNIT, code="deal-9", quality=5)
    (seen,) = await listed(scene.source)
    assert (seen.kind, seen.quality) == (CONVERTED, 5)
    assert (seen.value_micros, seen.code) == (0, "")
    forbidden = await refused(scene.source.feedback.RecordDispositions(RecordDispositionsRequest()))
    assert forbidden.code == grpc.StatusCode.PERMISSION_DENIED
    other = await scene.running.source("other")
    assert await listed(other) == []


async def test_an_operator_says_which_sale_it_means_where_there_are_several(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.buyer("rival")
    await share(running, "lender", "rival")
    (lead_id,) = await sold(source)
    sales = (await running.operator.leads.GetLead(GetLeadRequest(lead_id=lead_id))).lead.sales
    assert len(sales) == 2
    (unclear,) = await record(running.operator, disposition(lead_id, CONTACTED))
    assert isinstance(unclear, Refusal)
    assert set(unclear.fields) == {"sale_id"}
    rivals = next(one for one in sales if one.buyer_id == "rival")
    found = await say(running.operator, lead_id, CONTACTED, sale_id=rivals.id)
    assert found.buyer_id == "rival"
    assert (await say(lender, lead_id, CONTACTED)).buyer_id == "lender"
    (foreign,) = await record(lender, disposition(lead_id, CONTACTED, sale_id=rivals.id))
    assert isinstance(foreign, Refusal)
    assert foreign.reason == "NOT_FOUND"


async def test_lists_are_filtered_and_go_on_by_pages(scene: Scene) -> None:
    one, other = scene.lead_ids
    kept = [await say(scene.lender, one, DISPOSITION_KIND_RECEIVED), await say(scene.lender, one, CONTACTED)]
    kept += [await say(scene.lender, other, CONTACTED), await say(scene.lender, other, QUOTED)]
    assert await listed(scene.lender, kind=CONTACTED) == [kept[2], kept[1]]
    assert await listed(scene.lender, lead_id=one) == [kept[1], kept[0]]
    assert await listed(scene.lender, recorded_from=kept[0].recorded_at) == kept[::-1]
    assert await listed(scene.lender, recorded_until=kept[0].recorded_at) == []
    found: list[Disposition] = []
    token = ""
    while True:
        request = ListDispositionsRequest(page_size=3, page_token=token)
        page = await scene.operator.feedback.ListDispositions(request)
        found += page.dispositions
        token = page.next_page_token
        if not token:
            break
    assert found == kept[::-1]
    wrong = await refused(scene.operator.feedback.ListDispositions(ListDispositionsRequest(page_token="bm8")))
    assert set(wrong.fields) == {"page_token"}


@pytest.mark.parametrize("count", [0, 501])
async def test_a_call_holds_some_and_not_too_many(scene: Scene, count: int) -> None:
    request = RecordDispositionsRequest(dispositions=[disposition(scene.lead_id, CONTACTED)] * count)
    wrong = await refused(scene.lender.feedback.RecordDispositions(request))
    assert set(wrong.fields) == {"dispositions"}


async def test_buyer_and_source_hear_of_it_and_the_source_of_quality(scene: Scene) -> None:
    await say(scene.lender, scene.lead_id, CONTACTED, quality=2)
    await say(scene.lender, scene.lead_id, CONVERTED, value_micros=77 * UNIT, code="deal-9", quality=2)
    events = await events_of(scene.running, scene.lead_id)
    told = [(one.type, one.owner_id) for one in events if one.type not in {"lead.sold", "lead.decided"}]
    both = [("lead.disposition", "lender"), ("lead.disposition", "ratewise")]
    assert told == [*both, ("quality.feedback", "ratewise"), *both]
    of_buyer, of_source = (one.data for one in events[-2:])
    assert (of_buyer["value"], of_buyer["code"], of_buyer["disposition"]) == ("77.00", "deal-9", "converted")
    assert of_source["disposition"] == "converted"
    for one in events:
        if one.owner_id == "ratewise":
            assert not {"price", "value", "code", "buyer_id", "campaign_id"} & set(one.data)
            assert not {"lender", "best", "10.00", "77.00", "deal-9"} & set(one.data.values())
