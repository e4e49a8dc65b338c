"""A core that is killed while posts are on their way: on restart each is repeated, and its buyer's answer decides."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from leadexchange.v1.event_service_pb2 import SubscribeRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_PENDING, LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.lead_service_pb2 import GetLeadRequest, ListLeadsRequest
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, POST_VERDICT_PENDING, Post, PostReply
from leadexchange.v1.reason_pb2 import REASON_INTERRUPTED
from leadexchange.v1.submission_service_pb2 import LeadOutcome, SubmitLeadResponse
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept, bidding, reject, silent
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, one_of, static, stream
from tests.support.exchange import CoreProcess, broken
from tests.support.waiting import eventually


def lower(post: Post) -> PostReply:
    return PostReply(post_id=post.post_id, verdict=POST_VERDICT_ACCEPTED, price_micros=post.price_micros - 1)


def review(post: Post) -> PostReply:
    return PostReply(post_id=post.post_id, verdict=POST_VERDICT_PENDING)


STATES = {"takes": "TX", "rejects": "OH", "gone": "NJ", "mute": "AZ", "haggles": "CO", "reviews": "WA", "second": "GA"}
"""Each buyer's campaign takes the leads of one state; `first` outbids `second` there and never answers."""


async def voided(caller: Caller) -> set[str]:
    """Ids of posts that were voided by event, so far."""
    found: set[str] = set()
    call = caller.events.Subscribe(SubscribeRequest(event_types=["lead.voided"]))
    try:
        async with asyncio.timeout(0.3):
            async for frame in call:
                found |= {event.data_json.partition('"post_id":"')[2].partition('"')[0] for event in frame.events}
    except TimeoutError:
        call.cancel()
    return found


ANSWERS = {
    "takes": accept,
    "rejects": reject,
    "mute": silent,
    "haggles": lower,
    "reviews": review,
    "second": accept,
}
"""How those who are asked again answer then."""


async def silent_buyers(core: CoreProcess) -> tuple[dict[str, ScriptedBuyer], dict[str, str | None]]:
    """Each buyer with its campaign, and their keys; they bid, and answer no post."""
    buyers: dict[str, ScriptedBuyer] = {}
    keys: dict[str, str | None] = {}
    for name, state in {**STATES, "first": STATES["second"]}.items():
        caller = await core.buyer(name)
        targeting = {"vertical": "mortgage", "conditions": [one_of("state", state)]}
        timeout_ms = 60 if name == "first" else 700
        await core.campaign(stream(name, name, targeting=targeting, post_timeout_ms=timeout_ms))
        price = (9 if name == "first" else 5) * UNIT
        buyers[name] = ScriptedBuyer(caller, on_ping=bidding(price), on_post=silent)
        keys[name] = caller.key
    return buyers, keys


def submissions(source: Caller) -> dict[str, Awaitable[SubmitLeadResponse]]:
    """Each buyer's lead, submitted."""
    return {
        name: source.submission.SubmitLead(leads.request(number, f"r-{name}", state=state))
        for number, (name, state) in enumerate(STATES.items())
    }


async def all_ended(core: CoreProcess) -> None:
    """Waits until every lead is listed."""
    ended = 0
    while ended < len(STATES):
        await asyncio.sleep(0.1)
        ended = len((await core.operator.leads.ListLeads(ListLeadsRequest(page_size=100))).leads)


async def test_each_buyers_answer_to_the_repeat_decides(tmp_path: Path) -> None:
    async with CoreProcess(tmp_path) as core:
        source = await core.source()
        buyers, keys = await silent_buyers(core)
        # The restart must not fall into the 700 ms that a post may take.
        async with AsyncExitStack() as connected:
            for buyer in buyers.values():
                await connected.enter_async_context(buyer)
            submitted = [asyncio.ensure_future(call) for call in submissions(source).values()]
            await eventually(lambda: all(buyer.posts for buyer in buyers.values()))
            await core.kill()
            await asyncio.gather(*submitted, return_exceptions=True)

        await core.start()
        again = {
            name: ScriptedBuyer(core.caller(keys[name]), on_post=answer)
            for name, answer in {**ANSWERS, "first": silent}.items()
        }
        async with AsyncExitStack() as connected:
            for buyer in again.values():
                await connected.enter_async_context(buyer)
            await all_ended(core)
            repeated = submissions(core.caller(source.key))
            outcomes = {name: (await call).outcome for name, call in repeated.items()}
            void_events = await voided(core.operator)

    posts = {name: buyer.posts[0] for name, buyer in buyers.items()}
    check_repeats(again, posts)
    check_outcomes(outcomes, posts)
    # Whoever has the lead, or may have it, and did not buy it was told.
    wanted = {posts[name].post_id for name in ("gone", "mute", "haggles", "reviews", "first")}
    assert void_events == wanted
    assert broken(core.url) == {}


def check_repeats(again: dict[str, ScriptedBuyer], posts: dict[str, Post]) -> None:
    """Each was asked again, once, with the same post."""
    for name in ANSWERS:
        (repeat,) = again[name].posts
        assert repeat.repeat
        assert not posts[name].repeat
        for field in ("post_id", "lead_id", "campaign_id", "price_micros", "bid_reference", "contact"):
            assert getattr(repeat, field) == getattr(posts[name], field), field
    assert again["first"].posts == []  # its post had ended before


def check_outcomes(outcomes: dict[str, LeadOutcome], posts: dict[str, Post]) -> None:
    """The answer to the repeat decided."""
    for name, outcome in outcomes.items():
        assert outcome.repeated, name
        assert outcome.lead_id == posts[name].lead_id
        if name in ("takes", "second"):
            assert (outcome.status, outcome.sales[0].campaign_id) == (LEAD_STATUS_SOLD, name)
            assert outcome.payout.micros == 4 * UNIT
        else:
            assert (name, outcome.status, outcome.reason) == (name, LEAD_STATUS_UNSOLD, REASON_INTERRUPTED)


@pytest.mark.parametrize("times", [2])
async def test_a_core_that_is_killed_while_it_recovers_recovers_the_next_time(tmp_path: Path, times: int) -> None:
    async with CoreProcess(tmp_path) as core:
        source, lender = await core.source(), await core.buyer()
        await core.campaign(stream("camp", "lender"))
        post_ids = set()
        async with ScriptedBuyer(lender, on_post=silent) as buyer:
            call = asyncio.ensure_future(source.submission.SubmitLead(leads.request(0, "r1")))
            await eventually(lambda: buyer.posts)
            post_ids.add(buyer.posts[0].post_id)
            await core.kill()
            await asyncio.gather(call, return_exceptions=True)
        for _ in range(times):
            await core.start()
            async with ScriptedBuyer(core.caller(lender.key), on_post=silent) as buyer:
                await eventually(lambda buyer=buyer: buyer.posts)  # type: ignore[misc]
                post_ids.add(buyer.posts[0].post_id)
                await core.kill()
        await core.start()
        source = core.caller(source.key)
        async with ScriptedBuyer(core.caller(lender.key), on_post=accept) as buyer:
            await eventually(lambda: buyer.posts)
            outcome = None
            while outcome is None or outcome.status == LEAD_STATUS_PENDING:
                await asyncio.sleep(0.05)
                lead_id = buyer.posts[0].lead_id
                outcome = (await source.leads.GetLead(GetLeadRequest(lead_id=lead_id))).lead
            post_ids.add(buyer.posts[0].post_id)
        assert outcome.status == LEAD_STATUS_SOLD
        assert len(post_ids) == 1
    assert broken(core.url) == {}


async def test_room_under_a_cap_is_held_for_what_may_have_been_bought(tmp_path: Path) -> None:
    async with CoreProcess(tmp_path) as core:
        source, lender = await core.source(), await core.buyer()
        caps = [{"period": 4, "max_leads": 1}]
        await core.campaign(stream("camp", "lender", caps=caps))
        await core.buyer("backstop")
        await core.campaign(static("backstop", "backstop", UNIT))
        async with ScriptedBuyer(lender, on_post=silent) as buyer:
            call = asyncio.ensure_future(source.submission.SubmitLead(leads.request(0, "r1")))
            await eventually(lambda: buyer.posts)
            await core.kill()
            await asyncio.gather(call, return_exceptions=True)
        await core.start()
        source = core.caller(source.key)
        async with ScriptedBuyer(core.caller(lender.key), on_post=silent) as buyer:
            await eventually(lambda: buyer.posts)
            other = (await source.submission.SubmitLead(leads.request(1, "r2"))).outcome
            assert other.sales[0].campaign_id == "backstop"
            await buyer.send(replies=[accept(buyer.posts[0])])
            await eventually(lambda: not buyer.voids)
            first = None
            while first is None or first.status != LEAD_STATUS_SOLD:
                await asyncio.sleep(0.05)
                first = (await source.leads.GetLead(GetLeadRequest(lead_id=buyer.posts[0].lead_id))).lead
    assert broken(core.url) == {}
