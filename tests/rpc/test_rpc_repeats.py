"""A repeat is harmless: the same request id from the same source gets the same answer, whenever and however often."""

import asyncio

import grpc
import pytest

from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.lead_service_pb2 import ListLeadsRequest
from leadexchange.v1.submission_service_pb2 import LeadOutcome, PingLeadRequest, PostLeadRequest, SubmitLeadRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept, silent
from tests.support.caller import Caller, refused
from tests.support.campaigns import one_of, static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

REUSED = grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_REUSED"


def same(one: LeadOutcome, other: LeadOutcome) -> bool:
    """Whether two answers say the same of the lead; only the first was timed, and only the others are repeats."""
    plain = [LeadOutcome.FromString(answer.SerializeToString()) for answer in (one, other)]
    for answer in plain:
        answer.ClearField("repeated")
        answer.ClearField("total_us")
    return plain[0] == plain[1]


async def submit(caller: Caller, request: SubmitLeadRequest) -> LeadOutcome:
    return (await caller.submission.SubmitLead(request)).outcome


async def test_twenty_at_once_are_one_lead(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("all", "lender"))
    async with ScriptedBuyer(lender) as buyer:
        answers = await asyncio.gather(*(submit(source, leads.request(0, "same")) for _ in range(20)))
    assert answers[0].status == LEAD_STATUS_SOLD
    assert all(same(answers[0], answer) for answer in answers)
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 19
    assert (len(buyer.pings), len(buyer.posts)) == (1, 1)
    assert len((await source.leads.ListLeads(ListLeadsRequest())).leads) == 1


@pytest.mark.parametrize("state", ["TX", "CA"])
async def test_a_repeat_gets_the_same_answer_even_after_a_restart(running: RunningCore, state: str) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(
        stream("texas", "lender", targeting={"vertical": "mortgage", "conditions": [one_of("state", "TX")]})
    )
    async with ScriptedBuyer(lender):
        first = await submit(source, leads.request(0, "same", state=state))
    assert first.status == (LEAD_STATUS_SOLD if state == "TX" else LEAD_STATUS_UNSOLD)
    assert not first.repeated
    assert first.total_us > 0
    with running.unchanged():
        again = await submit(source, leads.request(0, "same", state=state))
    assert same(first, again)
    assert again.repeated
    assert again.total_us == 0
    await running.restart()
    source = running.caller(source.key)
    with running.unchanged():
        much_later = await asyncio.gather(*(submit(source, leads.request(0, "same", state=state)) for _ in range(5)))
    assert all(same(first, answer) and answer.repeated for answer in much_later)


async def test_another_lead_under_the_same_id_is_refused(running: RunningCore) -> None:
    source = await running.source()
    await submit(source, leads.findable(1, "same"))
    with running.unchanged():
        for other in (leads.findable(2, "same"), leads.request(0, "same")):
            found = await refused(source.submission.SubmitLead(other))
            assert (found.code, found.reason) == REUSED
        changed = leads.findable(1, "same")
        changed.contact.last_name += "x"
        assert (await refused(source.submission.SubmitLead(changed))).reason == "REQUEST_ID_REUSED"
    # The budget is no part of the lead.
    hurried = leads.findable(1, "same")
    hurried.budget_ms = 500
    assert (await submit(source, hurried)).repeated


async def test_two_leads_under_one_id_at_once_are_one_lead_and_a_refusal(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("all", "lender"))
    async with ScriptedBuyer(lender) as buyer:
        calls = [submit(source, leads.findable(number % 2, "same")) for number in range(10)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
    good = [answer for answer in answers if isinstance(answer, LeadOutcome)]
    assert len(good) == 5, [getattr(answer, "code", lambda: "sold")() for answer in answers]
    assert len({answer.lead_id for answer in good}) == 1
    assert len(buyer.posts) == 1
    for answer in answers:
        assert isinstance(answer, LeadOutcome) or (
            isinstance(answer, grpc.aio.AioRpcError) and answer.code() == grpc.StatusCode.FAILED_PRECONDITION
        )


async def test_request_ids_of_sources_are_their_own(running: RunningCore) -> None:
    source, other = await running.source(), await running.source("other")
    one = await submit(source, leads.findable(1, "same"))
    two = await submit(other, leads.findable(2, "same"))
    assert one.lead_id != two.lead_id


async def test_without_an_id_each_is_a_lead_of_its_own(running: RunningCore) -> None:
    source = await running.source()
    answers = [await submit(source, leads.request(0)) for _ in range(3)]
    assert len({answer.lead_id for answer in answers}) == 3
    assert not any(answer.repeated for answer in answers)


async def test_a_ping_and_a_lead_do_not_share_an_id(running: RunningCore) -> None:
    source = await running.source()
    ping = PingLeadRequest(request_id="ping", profile=leads.profile(1))
    await source.submission.PingLead(ping)
    await submit(source, leads.findable(1, "lead"))
    with running.unchanged():
        found = await refused(source.submission.SubmitLead(leads.findable(1, "ping")))
        assert (found.code, found.reason) == REUSED
        found = await refused(source.submission.PingLead(PingLeadRequest(request_id="lead", profile=leads.profile(1))))
        assert (found.code, found.reason) == REUSED


async def test_a_repeated_ping_gets_the_same_offer(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("all", "lender"))
    ping = PingLeadRequest(request_id="ping", profile=leads.profile(1))
    async with ScriptedBuyer(lender) as buyer:
        answers = await asyncio.gather(*(source.submission.PingLead(ping) for _ in range(10)))
        assert len(buyer.pings) == 1
    assert len({answer.SerializeToString() for answer in answers}) == 1
    assert answers[0].HasField("offer")
    await running.restart()
    with running.unchanged():
        assert await running.caller(source.key).submission.PingLead(ping) == answers[0]
        other = PingLeadRequest(request_id="ping", profile=leads.profile(2))
        found = await refused(running.caller(source.key).submission.PingLead(other))
    assert (found.code, found.reason) == REUSED


@pytest.mark.parametrize("request_id", ["", "mine"])
async def test_a_repeated_post_of_a_ping_gets_the_same_answer(running: RunningCore, request_id: str) -> None:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("all", "lender"))
    person = leads.findable(1)
    made = await source.submission.PingLead(PingLeadRequest(profile=person.profile))
    post = PostLeadRequest(ping_id=made.ping_id, request_id=request_id, contact=person.contact)
    answers = [one.outcome for one in await asyncio.gather(*(source.submission.PostLead(post) for _ in range(10)))]
    assert answers[0].status == LEAD_STATUS_SOLD
    assert all(same(answers[0], answer) for answer in answers)
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 9
    await running.restart()
    with running.unchanged():
        again = (await running.caller(source.key).submission.PostLead(post)).outcome
    assert again.repeated
    assert same(answers[0], again)


async def test_an_auction_is_finished_when_its_caller_hangs_up(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("all", "lender"))
    async with ScriptedBuyer(lender, on_post=silent) as buyer:
        call = source.submission.SubmitLead(leads.request(0, "same"))
        await eventually(lambda: buyer.posts)
        call.cancel()
        await buyer.send(replies=[accept(buyer.posts[0])])
        answer = await submit(source, leads.request(0, "same"))
    assert answer.repeated
    assert answer.status == LEAD_STATUS_SOLD
    assert len(buyer.posts) == 1
