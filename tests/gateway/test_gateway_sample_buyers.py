"""The sample buyers: their desk by values, on the bid stream, and as commands."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.common.bidder import BidderClient
from adapters.common.core import connect
from examples.buyers.desk import Behaviour, Desk, Record
from examples.buyers.stream import StreamBuyer
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, POST_VERDICT_REJECTED, PostVoid
from leadexchange.v1.reason_pb2 import REASON_REJECTED_CAPACITY
from tests.gateway.samples import CONTACT, ping, post
from tests.gateway.scripted_core import KEY, ScriptedCore


def test_a_price_has_a_base_premiums_and_a_spread_by_auction() -> None:
    desk = Desk(Behaviour(price_micros=10, premiums={"credit_tier=good": 5, "state=TX": 2}))
    assert desk.quote("auc_1", {"credit_tier": "good", "state": "NY"}) == 15
    spread = Desk(Behaviour(price_micros=10, spread_micros=1_000))
    prices = [spread.quote(f"auc_{n}", {}) for n in range(50)]
    assert prices == [spread.quote(f"auc_{n}", {}) for n in range(50)]
    assert len(set(prices)) > 10
    assert all(10 <= price < 1_010 for price in prices)


def test_every_nth_lead_is_rejected_and_repeats_get_the_same_answer() -> None:
    desk = Desk(Behaviour(reject_every=3, reject_reason="criteria"))
    first = [desk.decide(f"post_{n}", f"lead_{n}") for n in range(6)]
    assert [decision.accepted for decision in first] == [True, True, False, True, True, False]
    assert [desk.decide(f"post_{n}", f"lead_{n}") for n in range(6)] == first
    assert desk.repeats == 6
    desk.void("post_0")
    assert list(desk.bought.values()) == ["lead_1", "lead_3", "lead_4"]


async def test_a_buyer_on_the_stream_hears_of_the_person_only_when_it_has_won(core: ScriptedCore) -> None:
    buyer = StreamBuyer(Desk(Behaviour(price_micros=7_000_000, reject_every=2)), Record())
    channel = connect(f"127.0.0.1:{core.port}")
    running = asyncio.create_task(BidderClient(buyer, channel, KEY).run())
    await core.until(streams=1)
    core.push(pings=[ping("auc_1")])
    await core.until(prices=1)
    assert CONTACT.email not in buyer.record
    assert "78251" in buyer.record
    core.push(posts=[post("post_1"), post("post_2")])
    await core.until(replies=2)
    assert CONTACT.email in buyer.record
    core.push(voids=[PostVoid(post_id="post_1")], posts=[post("post_2")])
    await core.until(replies=3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await channel.close(None)
    assert [(r.post_id, r.verdict, r.reason) for r in core.replies] == [
        ("post_1", POST_VERDICT_ACCEPTED, 0),
        ("post_2", POST_VERDICT_REJECTED, REASON_REJECTED_CAPACITY),
        ("post_2", POST_VERDICT_REJECTED, REASON_REJECTED_CAPACITY),
    ]
    assert buyer.desk.bought == {}


async def command(*arguments: str, **environment: str) -> tuple[asyncio.subprocess.Process, Any]:
    """A command of this tree, and what it says when it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), **environment},
    )
    assert process.stdout
    async with asyncio.timeout(20):
        return process, json.loads(await process.stdout.readline())


async def stop(process: asyncio.subprocess.Process) -> int:
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        return await process.wait()


async def test_the_http_buyer_as_a_command(tmp_path: Path) -> None:
    record = tmp_path / "received"
    process, ready = await command(
        "examples.buyers.http", "--price", "12.50", "--premium", "state=TX:2.25", "--record", str(record)
    )
    async with aiohttp.ClientSession() as session:
        body = {"auction_id": "auc_1", "attributes": {"state": "TX"}}
        async with session.post(f"{ready['address']}/ping", json=body) as answer:
            bid = await answer.json()
    assert await stop(process) == 0
    assert bid == {"price": "14.750000", "reference": "http-1"}
    assert b'"auc_1"' in record.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [(("examples.buyers.stream", "--core"), "stream-buyer"), (("adapters.gateway",), "gateway")],
)
async def test_bidders_as_commands(core: ScriptedCore, arguments: tuple[str, ...], name: str) -> None:
    address = f"127.0.0.1:{core.port}"
    if arguments[-1] == "--core":
        arguments = (*arguments, address)
    process, ready = await command(*arguments, EXCHANGE_CORE=address, EXCHANGE_KEY=KEY)
    assert ready["ready"] == name
    assert len(core.hellos) == 1
    assert await stop(process) == 0
    assert core.half_closed == 1


async def test_the_gateway_says_which_setting_is_missing() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "adapters.gateway",
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "EXCHANGE_CORE": "127.0.0.1:1"},
    )
    async with asyncio.timeout(20):
        _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"EXCHANGE_KEY is not set" in errors
