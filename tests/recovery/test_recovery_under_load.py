"""`kill -9` at random moments of a load: nothing acknowledged is lost, and nothing is sold twice."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any

import grpc
import msgspec
import pytest

from leadexchange.v1.event_pb2 import Event
from leadexchange.v1.event_service_pb2 import SubscribeRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_PENDING, LEAD_STATUS_SOLD, Lead
from leadexchange.v1.lead_service_pb2 import ListLeadsRequest
from leadexchange.v1.post_pb2 import Post, PostReply
from leadexchange.v1.submission_service_pb2 import LeadOutcome, SubmitLeadsRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept, bidding, reject
from tests.support.caller import Caller, refusal
from tests.support.campaigns import UNIT, static, stream
from tests.support.exchange import CoreProcess, RunningExchange, broken
from tests.support.market import Market
from tests.support.waiting import eventually

POST_TIMEOUT_MS = 250
IN_FLIGHT = 64
# How a connection that breaks is told; grpc.aio says INTERNAL when a frame was just being written.
_CUT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.INTERNAL)


class Crm:
    """A buyer's own records: it decides once on each post, whatever happens to the exchange, and remembers."""

    def __init__(self) -> None:
        self.decided: dict[str, PostReply] = {}
        self.lead_of: dict[str, str] = {}

    async def file(self, post: Post) -> PostReply:
        """Takes its time, sometimes too much of it; accepts four in five."""
        dice = blake2b(post.post_id.encode(), digest_size=2).digest()
        if post.post_id not in self.decided:
            self.decided[post.post_id] = reject(post) if dice[0] % 5 == 0 else accept(post)
            self.lead_of[post.post_id] = post.lead_id
            await asyncio.sleep(POST_TIMEOUT_MS * 1.3 / 1000 if dice[1] % 12 == 0 else dice[1] / 256 * 0.05)
        return self.decided[post.post_id]

    @property
    def accepted(self) -> set[str]:
        """Posts that it believes to have bought."""
        taken = self.decided.items()
        return {post_id for post_id, reply in taken if reply.buyer_reference}


class Feed:
    """A source that keeps so many leads under way, and asks again for what was not answered."""

    def __init__(self, market: Market, key: str) -> None:
        self._market = market
        self._key = key
        self.outcomes: dict[str, LeadOutcome] = {}
        self.sent = 0
        self.stopping = False

    def _unanswered(self) -> list[str]:
        return [f"r{number}" for number in range(self.sent) if f"r{number}" not in self.outcomes]

    async def run(self) -> None:
        """Until it is told to stop and every lead was answered."""
        while not self.stopping or self._unanswered():
            try:
                await self._stream(self._market.caller(self._key))
            except grpc.aio.AioRpcError as error:
                if error.code() not in _CUT or refusal(error).reason:
                    raise
                await asyncio.sleep(0.05)

    async def _stream(self, source: Caller) -> None:
        async for frame in source.submission.SubmitLeads(self._frames()):
            for result in frame.results:
                assert result.HasField("outcome"), result.error
                before = self.outcomes.setdefault(result.request_id, result.outcome)
                assert before.lead_id == result.outcome.lead_id

    async def _frames(self) -> AsyncIterator[SubmitLeadsRequest]:
        """What was not answered before, then new leads as room comes free."""
        again = self._unanswered()
        for first in range(0, len(again), 32):
            yield self._frame(again[first : first + 32])
        while not self.stopping:
            if len(self._unanswered()) < IN_FLIGHT:
                names = [f"r{self.sent + number}" for number in range(8)]
                self.sent += 8
                yield self._frame(names)
            else:
                await asyncio.sleep(0.002)

    @staticmethod
    def _frame(names: list[str]) -> SubmitLeadsRequest:
        examples = len(leads.examples())
        return SubmitLeadsRequest(leads=[leads.request(int(name[1:]) % examples, name) for name in names])


async def all_events(caller: Caller) -> list[Event]:
    found: list[Event] = []
    call: Any = caller.events.Subscribe(SubscribeRequest())
    try:
        while True:
            async with asyncio.timeout(0.5):
                found += (await call.read()).events
    except TimeoutError:
        call.cancel()
    return found


async def all_leads(caller: Caller) -> dict[str, Lead]:
    found: dict[str, Lead] = {}
    token = ""
    while True:
        page = await caller.leads.ListLeads(ListLeadsRequest(page_size=500, page_token=token))
        found |= {lead.id: lead for lead in page.leads}
        token = page.next_page_token
        if not token:
            return found


def pending(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        (count,) = database.execute("SELECT count(*) FROM leads WHERE status = 1").fetchone()
        return int(count)


async def check(market: Market, feed: Feed, records: dict[str, Crm]) -> None:
    """What must hold once all is quiet again."""
    await eventually(lambda: pending(market.path) == 0, "the end of every auction that was under way", 20)
    found = await all_leads(market.operator)
    events = await all_events(market.operator)

    assert len({outcome.lead_id for outcome in feed.outcomes.values()}) == len(feed.outcomes) == feed.sent
    for outcome in feed.outcomes.values():
        kept = found[outcome.lead_id]
        assert (kept.status, kept.reason) == (outcome.status, outcome.reason)
        assert [sale.id for sale in kept.sales] == [sale.id for sale in outcome.sales]
        assert kept.status != LEAD_STATUS_PENDING
    assert all(len(lead.sales) == (1 if lead.status == LEAD_STATUS_SOLD else 0) for lead in found.values())
    assert sum(lead.status == LEAD_STATUS_SOLD for lead in found.values()) > 0

    voids = {msgspec.json.decode(one.data_json)["post_id"] for one in events if one.type == "lead.voided"}
    for name, crm in records.items():
        for post_id in crm.accepted:
            lead = found.get(crm.lead_of[post_id])
            assert lead is not None, f"{name} accepted {post_id}, whose lead is gone"
            bought = lead.status == LEAD_STATUS_SOLD and lead.sales[0].campaign_id == name
            assert bought != (post_id in voids), (name, post_id, bought)
    assert broken(market.url) == {}


async def buyers(market: Market) -> tuple[list[ScriptedBuyer], dict[str, Crm]]:
    """Two that bid against each other over streams that they open again and again, and one of last resort."""
    records = {name: Crm() for name in ("dear", "fair")}
    open_ = []
    for name, crm in records.items():
        caller = await market.buyer(name)
        await market.campaign(stream(name, name, post_timeout_ms=POST_TIMEOUT_MS))
        price = (9 if name == "dear" else 6) * UNIT
        open_.append(ScriptedBuyer(caller, on_ping=bidding(price), on_post=crm.file, reconnect=True))
    await market.buyer("last")
    await market.campaign(static("last", "last", UNIT))
    return open_, records


@pytest.mark.parametrize("seed", [11, 12])
async def test_kill_9_at_random_moments(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with CoreProcess(tmp_path) as core:
        source = await core.source()
        (one, two), records = await buyers(core)
        feed = Feed(core, str(source.key))
        async with one, two:
            feeding = asyncio.create_task(feed.run())
            for _ in range(4):
                await asyncio.sleep(chance.uniform(0.05, 0.6))
                await core.kill()
                await core.start()
            await asyncio.sleep(0.3)
            feed.stopping = True
            await asyncio.wait_for(feeding, 60)
            await check(core, feed, records)
        assert any(post.repeat for buyer in (one, two) for post in buyer.posts), "no post was under way when it died"
        assert feed.sent > 100


async def test_the_supervisor_brings_back_a_core_that_was_killed(tmp_path: Path) -> None:
    settings = {f"EXCHANGE_{name}_ENABLED": "false" for name in ("REST", "GATEWAY", "WEBHOOKS")}
    async with RunningExchange(tmp_path, **settings) as exchange:
        source = await exchange.source()
        (one, two), records = await buyers(exchange)
        feed = Feed(exchange, str(source.key))
        async with one, two:
            feeding = asyncio.create_task(feed.run())
            await eventually(lambda: len(feed.outcomes) > 50)
            killed = exchange.core_pid()
            exchange.kill_core()
            answered = len(feed.outcomes)
            await eventually(lambda: len(feed.outcomes) > answered + 50, "leads to be sold again", 30)
            assert exchange.core_pid() not in (None, killed)
            feed.stopping = True
            await asyncio.wait_for(feeding, 60)
            await check(exchange, feed, records)
