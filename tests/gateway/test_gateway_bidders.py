"""A bidder on every core: streams opened to cores that come, let go as they leave, nothing asked twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from adapters.common.bidder import Bidder, BidderClient, bid
from adapters.common.bidders import Bidders
from adapters.common.cores import Cores
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.ping_pb2 import Ping
from tests.gateway.samples import ping
from tests.gateway.scripted_core import KEY, ScriptedCore
from tests.support.waiting import eventually


class Fixed(Bidder):
    """Bids 5 units for everything."""

    def on_ping(self, ping: Ping) -> list[Bid]:
        return [bid(ping, campaign_id, 5_000_000) for campaign_id in ping.campaign_ids]


@pytest_asyncio.fixture
async def pair() -> AsyncIterator[tuple[ScriptedCore, ScriptedCore]]:
    cores = ScriptedCore(), ScriptedCore()
    for core in cores:
        await core.start()
    yield cores
    for core in cores:
        await core.stop()


def address(core: ScriptedCore) -> str:
    return f"127.0.0.1:{core.port}"


@asynccontextmanager
async def serving(listed: list[str]) -> AsyncIterator[tuple[asyncio.Event, asyncio.Event]]:
    """A bidder on the cores that are listed, at any time."""
    ready, stopping = asyncio.Event(), asyncio.Event()
    bidders = Bidders(
        Cores(lambda: ",".join(listed)), lambda channel: BidderClient(Fixed(), channel, KEY), on_ready=ready.set
    )
    running = asyncio.create_task(bidders.run(stopping))
    try:
        yield ready, stopping
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_each_core_has_a_stream_and_its_own_answers(pair: tuple[ScriptedCore, ScriptedCore]) -> None:
    first, second = pair
    async with serving([address(first), address(second)]) as (ready, _):
        await asyncio.wait_for(ready.wait(), 5)
        assert (len(first.hellos), len(second.hellos)) == (1, 1)
        first.push(pings=[ping("auc_1")])
        second.push(pings=[ping("auc_2")])
        await first.until(bids=1)
        await second.until(bids=1)
    assert [one.auction_id for one in first.bids] == ["auc_1"]
    assert [one.auction_id for one in second.bids] == ["auc_2"]


async def test_a_core_that_is_away_does_not_keep_it_from_being_ready(
    pair: tuple[ScriptedCore, ScriptedCore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.common.bidders._ALL_S", 0.2)
    first, second = pair
    await second.stop()
    async with serving([address(first), address(second)]) as (ready, _):
        await asyncio.wait_for(ready.wait(), 5)
        await second.start(second.port)
        await second.until(streams=1)


async def test_cores_come_and_go(pair: tuple[ScriptedCore, ScriptedCore], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.common.cores._LOOK_S", 0.02)
    first, second = pair
    listed = [address(first)]
    async with serving(listed):
        await first.until(streams=1)
        listed[:] = [address(second)]
        await second.until(streams=1)
        first.push(pings=[ping("auc_1")])  # it is served for as long as it goes on asking
        await first.until(bids=1)
        first.end_stream()
        second.end_stream()
        await second.until(streams=2)
        assert len(first.hellos) == 1


async def test_a_core_that_is_listed_no_longer_and_never_answered_is_forgotten(
    pair: tuple[ScriptedCore, ScriptedCore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.common.cores._LOOK_S", 0.02)
    first, second = pair
    await first.stop()
    listed = [address(first), address(second)]
    async with serving(listed):
        await second.until(streams=1)
        listed[:] = [address(second)]
        await asyncio.sleep(0.1)
        await first.start(first.port)
        await asyncio.sleep(0.3)
        assert first.hellos == []


async def test_stopping_leaves_every_core(pair: tuple[ScriptedCore, ScriptedCore]) -> None:
    first, second = pair
    async with serving([address(first), address(second)]) as (ready, stopping):
        await asyncio.wait_for(ready.wait(), 5)
        stopping.set()
        for core in pair:
            await eventually(lambda core=core: any(frame.leaving for frame in core.frames))  # type: ignore[misc]
            core.push(draining=True)
        await eventually(lambda: all(core.half_closed for core in pair))
