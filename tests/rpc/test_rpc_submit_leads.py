"""Leads in frames: each gets its own result, and a broken one disturbs no other."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import grpc
import pytest

from exchange.domain import limits
from exchange.rpc.lanes import Lane
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.lead_service_pb2 import ListLeadsRequest
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest, SubmitLeadsRequest, SubmitLeadsResult
from tests.support import leads
from tests.support.buyer import Bids, ScriptedBuyer, bidding
from tests.support.caller import Caller, Refusal, refusal, refusal_of, refused
from tests.support.campaigns import UNIT, static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("all", "lender"))
    return source


async def submit(caller: Caller, frames: Iterable[Sequence[SubmitLeadRequest]]) -> dict[str, list[SubmitLeadsResult]]:
    """Sends frames and gathers results by request id."""

    async def requests() -> AsyncIterator[SubmitLeadsRequest]:
        for frame in frames:
            yield SubmitLeadsRequest(leads=frame)

    found: dict[str, list[SubmitLeadsResult]] = {}
    async for answer in caller.submission.SubmitLeads(requests()):
        assert 0 < len(answer.results) <= limits.MAX_FRAME_LEADS
        for result in answer.results:
            found.setdefault(result.request_id, []).append(result)
    return found


async def test_every_lead_gets_its_result(running: RunningCore, source: Caller) -> None:
    sent = [leads.request(number, f"r{number}") for number in range(300)]
    found = await submit(source, [sent[:256], sent[256:257], [], sent[257:]])
    assert set(found) == {f"r{number}" for number in range(300)}
    assert all(len(results) == 1 for results in found.values())
    assert {results[0].outcome.status for results in found.values()} == {LEAD_STATUS_SOLD}
    assert len({results[0].outcome.lead_id for results in found.values()}) == 300
    page = await source.leads.ListLeads(ListLeadsRequest(page_size=500))
    assert len(page.leads) == 300
    assert {lead.profile.external_id for lead in page.leads} == {lead.profile.external_id for lead in sent}


def broken(number: int) -> tuple[SubmitLeadRequest, grpc.StatusCode, str, set[str]]:
    """A broken lead, and how it is refused."""
    request = leads.findable(number, f"broken{number}")
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    match number % 5:
        case 0:
            request.contact.email = "@"
            return request, invalid, "INVALID_FIELD", {"contact.email"}
        case 1:
            request.profile.vertical = "unicorns"
            return request, invalid, "UNKNOWN_VERTICAL", {"profile.vertical"}
        case 2:
            request.profile.attributes["state"].text = "?"
            request.contact.phone = "1"
            return request, invalid, "INVALID_FIELD", {"profile.attributes.state", "contact.phone"}
        case 3:
            request.source_id = "other"
            return request, grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN", set()
        case _:
            request.budget_ms = 1
            return request, invalid, "INVALID_FIELD", {"budget_ms"}


async def test_good_and_broken_ones_each_get_their_own(running: RunningCore, source: Caller) -> None:
    good = [leads.request(number, f"good{number}") for number in range(20)]
    bad = [broken(number) for number in range(20)]
    mixed = [one for pair in zip(good, (request for request, *_ in bad), strict=True) for one in pair]
    found = await submit(source, [mixed[:7], mixed[7:]])
    assert len(found) == 40
    for request in good:
        assert found[request.request_id][0].outcome.status == LEAD_STATUS_SOLD
    for request, code, reason, fields in bad:
        why = refusal_of(found[request.request_id][0].error)
        assert (why.code, why.reason, set(why.fields)) == (code, reason, fields)
        said = found[request.request_id][0].SerializeToString()
        assert not [name for name, needle in leads.needles(leads.findable(0)).items() if needle in said]
    assert len((await source.leads.ListLeads(ListLeadsRequest(page_size=500))).leads) == 20


async def test_a_refusal_is_the_same_as_the_unary_calls(running: RunningCore, source: Caller) -> None:
    for number in range(5):
        request = broken(number)[0]
        found = await submit(source, [[request]])
        in_stream = refusal_of(found[request.request_id][0].error)
        alone = await refused(source.submission.SubmitLead(request))
        assert repr(in_stream) == repr(alone)
        assert in_stream.message == alone.message


async def test_a_lead_needs_an_id_there(running: RunningCore, source: Caller) -> None:
    with running.unchanged():
        found = await submit(source, [[leads.request(0)]])
    assert set(refusal_of(found[""][0].error).fields) == {"request_id"}


async def test_a_repeat_on_the_stream_is_the_same_lead(running: RunningCore, source: Caller) -> None:
    request = leads.request(0, "same")
    found = await submit(source, [[request, request], [request]])
    results = found["same"]
    assert len(results) == 3
    assert sorted(result.outcome.repeated for result in results) == [False, True, True]
    assert len({result.outcome.lead_id for result in results}) == 1
    again = (await source.submission.SubmitLead(request)).outcome
    assert (again.lead_id, again.repeated) == (results[0].outcome.lead_id, True)


async def until_refused(caller: Caller, *frames: SubmitLeadsRequest) -> tuple[Refusal, list[str]]:
    answered: list[str] = []
    try:
        async for answer in caller.submission.SubmitLeads(iter(frames)):
            answered += [result.request_id for result in answer.results]
    except grpc.aio.AioRpcError as error:
        return refusal(error), answered
    raise AssertionError("the stream was not refused")


async def test_too_many_leads_in_a_frame_end_the_stream(running: RunningCore, source: Caller) -> None:
    full = SubmitLeadsRequest(leads=[leads.request(0, f"r{number}") for number in range(257)])
    with running.unchanged():
        found, answered = await until_refused(source, full)
    assert (found.code, found.reason, set(found.fields)) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_FIELD",
        {"leads"},
    )
    assert answered == []
    # What came before is answered all the same.
    before = SubmitLeadsRequest(leads=[leads.request(0, "before")])
    found, answered = await until_refused(source, before, full)
    assert (found.reason, answered) == ("INVALID_FIELD", ["before"])


async def test_a_frame_that_is_too_large_ends_the_stream(running: RunningCore, source: Caller) -> None:
    large = leads.request(0, "large")
    large.contact.comments = "x" * limits.MAX_MESSAGE_BYTES
    with running.unchanged():
        found, _ = await until_refused(source, SubmitLeadsRequest(leads=[large]))
    assert found.code == grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_an_empty_stream_ends_well(running: RunningCore, source: Caller) -> None:
    with running.unchanged():
        assert await submit(source, []) == {}
        assert await submit(source, [[]]) == {}


def _ids(frame: Any) -> list[str]:
    return [result.request_id for result in frame.results]


async def test_results_come_while_others_are_still_open(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("slow", "lender"))
    release = asyncio.Event()

    async with ScriptedBuyer(lender) as buyer:

        async def held(ping: Ping) -> Bids:
            if not buyer.pings[1:]:
                await release.wait()
            return bidding(UNIT)(ping)  # type: ignore[return-value]

        buyer.on_ping = held
        call = source.submission.SubmitLeads()
        await call.write(SubmitLeadsRequest(leads=[leads.request(0, "held")]))
        await eventually(lambda: buyer.pings)
        await call.write(SubmitLeadsRequest(leads=[leads.request(1, "quick")]))
        assert _ids(await call.read()) == ["quick"]
        release.set()
        await call.done_writing()
        assert _ids(await call.read()) == ["held"]
        assert await call.read() == grpc.aio.EOF


async def test_leads_of_a_stream_that_is_cut_are_still_sold(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("all", "lender"))
    async with ScriptedBuyer(lender) as buyer:
        call = source.submission.SubmitLeads()
        await call.write(SubmitLeadsRequest(leads=[leads.request(number, f"r{number}") for number in range(10)]))
        await eventually(lambda: buyer.pings)
        call.cancel()
        await eventually(lambda: len(buyer.posts) == 10)
        for number in range(10):
            outcome = (await source.submission.SubmitLead(leads.request(number, f"r{number}"))).outcome
            assert outcome.repeated
            assert outcome.status == LEAD_STATUS_SOLD


async def test_a_source_that_does_not_read_is_read_no_further() -> None:
    """Results wait for their reader; how many is bounded, so that nobody fills the exchange's memory."""
    lane: Lane[SubmitLeadsResult] = Lane(limits.MAX_STREAM_LEADS, limits.MAX_FRAME_LEADS)
    begun = 0

    async def lead() -> SubmitLeadsResult:
        await asyncio.sleep(0)
        return SubmitLeadsResult(request_id="r")

    async def read() -> None:
        nonlocal begun
        for _ in range(40):
            await lane.room()
            for _ in range(limits.MAX_FRAME_LEADS):
                lane.begin(lead())
                begun += 1
        lane.end()

    reading = asyncio.create_task(read())
    for _ in range(200):
        await asyncio.sleep(0)
    assert begun < limits.MAX_STREAM_LEADS + limits.MAX_FRAME_LEADS
    results = [result async for frame in lane.frames() for result in frame]
    assert len(results) == begun == 40 * limits.MAX_FRAME_LEADS
    await reading
