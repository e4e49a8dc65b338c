"""A core that leaves: callers move over to others on its port, streams end between leads, bidders finish."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import grpc
import pytest

from exchange.domain.errors import ConfigError
from exchange.rpc.server import Server
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.bidder_service_pb2 import BidStreamRequest
from leadexchange.v1.event_service_pb2 import SubscribeRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.submission_service_pb2 import SubmitLeadsRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, silent
from tests.support.caller import connect
from tests.support.campaigns import static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

CHECK = "/grpc.health.v1.Health/Check"


OTHER = """
import asyncio, sys
from exchange.domain.errors import ConfigError
from exchange.rpc.server import Server

async def main():
    server = Server([])
    print(await server.start(sys.argv[1], shared_s=1), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_callers_move_over_to_whoever_shares_the_port() -> None:
    leaving = Server([])
    address = await leaving.start("127.0.0.1:0", shared_s=1)
    channel = connect(address)
    check: Any = channel.unary_unary(CHECK)
    await check(b"")
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER, address, stdout=asyncio.subprocess.PIPE)
    assert other.stdout is not None
    assert await other.stdout.readline() == f"{address}\n".encode()
    ending, answered = asyncio.Event(), 0

    async def call() -> None:
        nonlocal answered
        while not ending.is_set():
            await check(b"")  # raises when it is refused
            answered += 1

    calling = [asyncio.create_task(call()) for _ in range(8)]
    try:
        await leaving.draining()
        await leaving.hand_over()
        await leaving.stop(0)
        before = answered
        await eventually(lambda: answered > before + 8)
    finally:
        ending.set()
        await asyncio.gather(*calling)
        await channel.close()
        other.kill()
        await other.wait()


async def test_a_port_that_is_not_shared_is_refused_to_others() -> None:
    first, second = Server([]), Server([])
    address = await first.start("127.0.0.1:0")
    with pytest.raises(ConfigError, match="cannot listen on"):
        await second.start(address, shared_s=1)
    await first.stop(0)


async def test_a_stream_of_leads_ends_with_the_last_result(tmp_path: Path) -> None:
    async with RunningCore(tmp_path) as running:
        source, lender = await running.source(), await running.buyer()
        await running.campaign(stream("slow", "lender", bid_window_ms=300))
        async with ScriptedBuyer(lender, on_ping=silent) as buyer:

            async def frames() -> AsyncIterator[SubmitLeadsRequest]:
                yield SubmitLeadsRequest(leads=[leads.request(0, "one")])
                await asyncio.Event().wait()

            results: list[Any] = []

            async def read() -> None:
                async for frame in source.submission.SubmitLeads(frames()):
                    results.extend(frame.results)

            reading = asyncio.create_task(read())
            await eventually(lambda: buyer.pings)
            await running.core.stop()
            await reading
        assert [(one.request_id, one.outcome.status) for one in results] == [("one", LEAD_STATUS_UNSOLD)]
        running.address = ""


async def test_who_waits_for_events_is_sent_elsewhere(tmp_path: Path) -> None:
    async with RunningCore(tmp_path) as running:
        source = await running.source()
        events = source.events.Subscribe(SubscribeRequest(after_sequence=-1))
        await events.read()  # the empty frame: it waits
        await running.core.stop()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await events.read()
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        running.address = ""


async def test_a_bidder_that_leaves_is_asked_nothing_new(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("live", "lender"))
    await running.campaign(static("cheap", "lender", 1_000_000))
    async with ScriptedBuyer(lender, credit=1) as leaving:
        await leaving._call.write(BidStreamRequest(leaving=True))
        await eventually(lambda: leaving.draining)
        async with ScriptedBuyer(lender) as next_:
            outcome = (await source.submission.SubmitLead(leads.request(0))).outcome
        assert outcome.status == LEAD_STATUS_SOLD
        assert (len(leaving.pings), len(next_.pings)) == (0, 1)
        await leaving.leave()


async def test_a_bidder_that_leaves_finishes_what_it_was_asked(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("live", "lender"))
    asked, answer = asyncio.Event(), asyncio.Event()

    async def later(ping: Ping) -> Iterable[Bid]:
        asked.set()
        await answer.wait()
        return [Bid(auction_id=ping.auction_id, campaign_id="live", price_micros=10_000_000)]

    async with ScriptedBuyer(lender, on_ping=later) as leaving:
        selling = asyncio.ensure_future(source.submission.SubmitLead(leads.request(0)))
        await asked.wait()
        await leaving._call.write(BidStreamRequest(leaving=True))
        await eventually(lambda: leaving.draining)
        answer.set()
        assert (await selling).outcome.status == LEAD_STATUS_UNSOLD  # it bid, but there was nobody to post to
        await leaving.leave()
