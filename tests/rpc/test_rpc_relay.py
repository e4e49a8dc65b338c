"""Calls of many callers over one stream: each is answered as it would be by itself, and disturbs no other."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from exchange.domain import limits
from leadexchange.v1.access_service_pb2 import SetRatePlanRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.rate_plan_pb2 import RatePlan
from leadexchange.v1.relay_service_pb2 import RelayedAnswer, RelayedCall, RelayRequest
from leadexchange.v1.relay_service_pb2_grpc import RelayServiceStub
from leadexchange.v1.submission_service_pb2 import (
    PingLeadRequest,
    PingLeadResponse,
    PostLeadRequest,
    PostLeadResponse,
    SubmitLeadRequest,
    SubmitLeadResponse,
)
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, bidding
from tests.support.caller import Caller, Refusal, refusal, refusal_of, refused
from tests.support.campaigns import UNIT, static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

INVALID = grpc.StatusCode.INVALID_ARGUMENT
_NUMBERS = itertools.count(1)


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("all", "lender"))
    return source


def call(caller: Caller, request: Message, timeout_ms: int = 0) -> RelayedCall:
    """A caller's call of the method that the request is one of."""
    metadata = {"authorization": f"Bearer {caller.key}"} if caller.key else {}
    return RelayedCall(
        number=next(_NUMBERS),
        method=type(request).__name__.removesuffix("Request"),
        request=request.SerializeToString(),
        metadata=metadata,
        timeout_ms=timeout_ms,
    )


def opened(running: RunningCore) -> Any:
    """A stream; whoever opens it needs no key."""
    return RelayServiceStub(running.caller(None).channel).Relay()


async def relay(running: RunningCore, *frames: Iterable[RelayedCall]) -> list[RelayedAnswer]:
    """The answers to all calls, in the calls' order."""

    async def requests() -> AsyncIterator[RelayRequest]:
        for frame in frames:
            yield RelayRequest(calls=frame)

    answers: dict[int, RelayedAnswer] = {}
    async for frame in RelayServiceStub(running.caller(None).channel).Relay(requests()):
        for answer in frame.answers:
            assert answer.number not in answers
            answers[answer.number] = answer
    return [answers[one.number] for frame in frames for one in frame]


async def why(running: RunningCore, one: RelayedCall) -> Refusal:
    """How a call is refused."""
    (answer,) = await relay(running, [one])
    assert answer.WhichOneof("result") == "error"
    return refusal_of(answer.error)


async def test_each_caller_is_answered_under_its_own_key(running: RunningCore, source: Caller) -> None:
    other, nobody, wrong = await running.source("other"), running.caller(None), running.caller("lx_wrong")
    for_other = leads.request(3, "r3")
    for_other.source_id = "other"
    calls = [
        call(source, leads.request(0, "r0")),
        call(other, leads.request(1, "r1")),
        call(nobody, leads.request(2, "r2")),
        call(wrong, leads.request(2, "r2")),
        call(running.operator, for_other),
        call(running.operator, leads.request(4, "r4")),
        call(other, leads.request(0, "r0")),
    ]
    answers = await relay(running, calls[:3], calls[3:])
    told = [
        SubmitLeadResponse.FromString(one.response).outcome.status == LEAD_STATUS_SOLD
        if one.WhichOneof("result") == "response"
        else refusal_of(one.error).reason
        for one in answers
    ]
    assert told == [True, True, "UNAUTHENTICATED", "UNAUTHENTICATED", True, "INVALID_FIELD", True]
    sold = [SubmitLeadResponse.FromString(answers[place].response).outcome for place in (0, 1, 4, 6)]
    assert len({outcome.lead_id for outcome in sold}) == 4
    # Prices are for the operator's eyes.
    assert [outcome.sales[0].price.micros > 0 for outcome in sold] == [False, False, True, False]


async def test_a_refusal_is_the_same_as_by_itself(running: RunningCore, source: Caller) -> None:
    await source.submission.SubmitLead(leads.request(0, "used"))
    broken = leads.request(1, "b1")
    broken.contact.phone, broken.profile.attributes["state"].text = "1", "?"
    unknown = leads.request(1, "b2")
    unknown.profile.vertical = "unicorns"
    foreign = leads.request(1, "b3")
    foreign.source_id = "other"
    requests: list[Message] = [
        broken,
        unknown,
        foreign,
        leads.request(1, "used"),
        SubmitLeadRequest(),
        PingLeadRequest(),
        PostLeadRequest(),
        PostLeadRequest(ping_id="auc_01M884XZT9D21THHFY2N5R82HH", contact=leads.request(1).contact),
    ]
    with running.unchanged():
        for request in requests:
            one = call(source, request)
            relayed = await why(running, one)
            alone = await refused(getattr(source.submission, one.method)(request))
            assert (repr(relayed), relayed.message) == (repr(alone), alone.message)


async def test_a_ping_and_its_post(running: RunningCore, source: Caller) -> None:
    lead = leads.request(0)
    (pinged,) = await relay(running, [call(source, PingLeadRequest(profile=lead.profile))])
    offer = PingLeadResponse.FromString(pinged.response)
    assert offer.offer.payout.micros > 0
    post = PostLeadRequest(ping_id=offer.ping_id, contact=lead.contact, consent=lead.consent)
    (posted,) = await relay(running, [call(source, post)])
    assert PostLeadResponse.FromString(posted.response).outcome.status == LEAD_STATUS_SOLD
    other = PostLeadRequest(ping_id=offer.ping_id, contact=leads.request(1).contact)
    assert (await why(running, call(source, other))).reason == "PING_USED"


async def test_a_deadline_is_the_calls_own(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("all", "lender"))
    async with ScriptedBuyer(lender) as buyer:
        await relay(running, [call(source, leads.request(0, "short"), timeout_ms=70), call(source, leads.request(1))])
    assert len(buyer.pings) == 2
    windows = sorted(ping.window_ms for ping in buyer.pings)
    assert windows[0] <= 70 < windows[1]


async def test_what_is_left_of_a_plan_comes_with_the_answer(running: RunningCore, source: Caller) -> None:
    await running.operator.access.SetRatePlan(SetRatePlanRequest(plan=RatePlan(party_id="ratewise", per_minute=2)))
    answers = [(await relay(running, [call(source, leads.request(number, f"r{number}"))]))[0] for number in range(3)]
    assert [answer.metadata["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert [answer.WhichOneof("result") for answer in answers] == ["response", "response", "error"]
    late = refusal_of(answers[2].error)
    assert late.reason == "RATE_LIMITED"
    assert late.retry_ms


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"method": "SubmitLeads"}, "method"),
        ({"method": ""}, "method"),
        ({"method": "x" * 5_000}, "method"),
        ({"request": b"\xff\xff"}, "request"),
    ],
)
async def test_a_call_that_is_none_is_refused_alone(
    running: RunningCore, source: Caller, change: dict[str, Any], field: str
) -> None:
    good, bad = call(source, leads.request(0, "good")), call(source, leads.request(1, "bad"))
    for name, value in change.items():
        setattr(bad, name, value)
    answered, told = await relay(running, [good, bad])
    assert SubmitLeadResponse.FromString(answered.response).outcome.status == LEAD_STATUS_SOLD
    found = refusal_of(told.error)
    assert (found.code, found.reason, set(found.fields)) == (INVALID, "INVALID_FIELD", {field})
    assert len(str(found.fields)) < 300


async def test_a_fault_is_one_calls_own_and_logs_tell_nothing_of_a_contact(
    running: RunningCore, source: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(request: PostLeadRequest, _: Any) -> PostLeadResponse:
        raise ValueError(request.contact.email)

    served: Any = running.core._relay
    monkeypatch.setitem(served._methods, "PostLead", (fails, PostLeadRequest))
    caplog.set_level("DEBUG")
    lead = leads.findable(1, "r1")
    broken, torn = leads.findable(1, "r2"), call(source, lead)
    broken.contact.phone = "8671 no number 0001"
    torn.request = torn.request[:-1]
    post = PostLeadRequest(contact=lead.contact)
    calls = [call(source, lead), call(source, broken), torn, call(source, post)]
    sold, *others = await relay(running, calls)
    assert SubmitLeadResponse.FromString(sold.response).outcome.status == LEAD_STATUS_SOLD
    assert [refusal_of(one.error).reason for one in others] == ["INVALID_FIELD", "INVALID_FIELD", "INTERNAL"]
    assert "ValueError" in caplog.text
    said = caplog.text.encode() + b"".join(one.SerializeToString() for one in others)
    assert not [name for name, needle in leads.needles(lead).items() if needle in said]
    assert b"no number" not in said


async def test_too_many_calls_in_a_frame_end_the_stream(running: RunningCore, source: Caller) -> None:
    with running.unchanged(), pytest.raises(grpc.aio.AioRpcError) as caught:
        await relay(running, [call(source, leads.request(0, f"r{number}")) for number in range(257)])
    assert set(refusal(caught.value).fields) == {"calls"}
    assert limits.MAX_FRAME_LEADS == 256


async def test_a_core_that_drains_answers_what_it_has_read(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("all", "lender"))
    async with ScriptedBuyer(lender) as buyer:
        held = asyncio.Event()

        async def later(ping: Any) -> Any:
            await held.wait()
            return bidding(UNIT)(ping)

        buyer.on_ping = later
        streaming = opened(running)
        await streaming.write(RelayRequest(calls=[call(source, leads.request(0, "read"))]))
        await eventually(lambda: buyer.pings)
        running.core._relay.drain()  # what a core that stops begins with
        held.set()
        (answered,) = (await streaming.read()).answers
        assert SubmitLeadResponse.FromString(answered.response).outcome.lead_id
        assert await streaming.read() == grpc.aio.EOF
        assert await streaming.code() == grpc.StatusCode.OK
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await opened(running).read()
        assert refusal(caught.value).reason == "DRAINING"


async def test_a_stream_that_opens_while_the_core_drains_ends(running: RunningCore) -> None:
    async def never() -> AsyncIterator[RelayRequest]:
        await asyncio.Event().wait()
        yield RelayRequest()

    served: Any = running.core._relay
    answers = served.Relay(never(), None)
    first = asyncio.ensure_future(anext(answers, None))
    await asyncio.sleep(0)  # it has begun, its reading has not
    served.drain()
    assert await asyncio.wait_for(first, 5) is None


async def test_more_than_may_be_open_is_not_read(running: RunningCore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_RELAYED_CALLS", 4)
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("all", "lender"))
    async with ScriptedBuyer(lender) as buyer:
        held = asyncio.Event()

        async def later(ping: Any) -> Any:
            await held.wait()
            return bidding(UNIT)(ping)

        buyer.on_ping = later
        calls = [call(source, leads.request(number, f"r{number}")) for number in range(8)]
        relaying = asyncio.create_task(relay(running, calls[:4], calls[4:]))
        await eventually(lambda: len(buyer.pings) == 4)
        # What comes later by another way is begun, so the second frame would be as well.
        alone = source.submission.SubmitLead(leads.request(9, "alone"))
        await eventually(lambda: len(buyer.pings) > 4)
        assert len(buyer.pings) == 5
        held.set()
        assert {answer.WhichOneof("result") for answer in await relaying} == {"response"}
        await alone
        assert len(buyer.pings) == 9


async def test_leads_of_a_stream_that_is_cut_are_still_sold(running: RunningCore, source: Caller) -> None:
    streaming = opened(running)
    await streaming.write(
        RelayRequest(calls=[call(source, leads.request(number, f"r{number}")) for number in range(9)])
    )
    answer = (await streaming.read()).answers[0]
    streaming.cancel()
    assert SubmitLeadResponse.FromString(answer.response).outcome.status == LEAD_STATUS_SOLD
    for number in range(9):
        outcome = (await source.submission.SubmitLead(leads.request(number, f"r{number}"))).outcome
        assert (outcome.status, outcome.repeated) == (LEAD_STATUS_SOLD, True)
