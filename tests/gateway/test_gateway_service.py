"""The gateway between a scripted exchange and real HTTP servers."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator

import pytest

from adapters.common.core import connect
from adapters.common.egress import Egress
from adapters.gateway.gateway import Buyers, Gateway
from examples.buyers.desk import Behaviour, Desk
from examples.buyers.http import HttpBuyer
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, POST_VERDICT_FAILED, POST_VERDICT_REJECTED
from leadexchange.v1.reason_pb2 import (
    REASON_BID_INVALID,
    REASON_BID_TIMEOUT,
    REASON_BIDDER_ERROR,
    REASON_POST_ERROR,
    REASON_POST_NOT_SENT,
    REASON_POST_TIMEOUT,
    REASON_REJECTED_CAPACITY,
)
from tests.gateway.raw_server import RawServer, always, ok
from tests.gateway.samples import CONTACT, http_campaign, ping, post
from tests.gateway.scripted_core import KEY, ScriptedCore


@contextlib.asynccontextmanager
async def gateway(core: ScriptedCore, *campaigns: Campaign, development: bool = True) -> AsyncIterator[Gateway]:
    core.first.campaigns.extend(campaigns)
    channel = connect(f"127.0.0.1:{core.port}")
    buyers = Buyers(Egress(development=development))
    serving = Gateway(channel, KEY, buyers)
    running = asyncio.create_task(serving.client.run())
    try:
        await core.until(streams=1)
        yield serving
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        buyers.close()
        await channel.close(None)


@contextlib.asynccontextmanager
async def buyer(*, token: str = "", **behaviour: object) -> AsyncIterator[tuple[HttpBuyer, str]]:
    serving = HttpBuyer(Desk(Behaviour(**behaviour)), token=token)  # type: ignore[arg-type]
    url = await serving.start()
    try:
        yield serving, url
    finally:
        await serving.stop()


def by_campaign(bids: list[Bid]) -> dict[str, tuple[int, int]]:
    return {bid.campaign_id: (bid.price_micros, bid.reason) for bid in bids}


async def test_asks_all_at_once_and_sends_each_bid_as_it_comes(core: ScriptedCore) -> None:
    async with (
        buyer(price_micros=12_500_000) as (_, good),
        buyer(price_micros=20_000_000, latency_ms=800) as (_, slow),
        buyer(silent=True) as (_, silent),
        buyer(price_micros=0) as (_, declining),
        RawServer.serving(always(ok(b'{"price":"lots"}'))) as odd,
    ):
        campaigns = [
            http_campaign("camp_good", good),
            http_campaign("camp_slow", slow),
            http_campaign("camp_silent", silent, timeout_ms=1_600),
            http_campaign("camp_declining", declining),
            http_campaign("camp_odd", f"http://127.0.0.1:{odd.port}"),
            http_campaign("camp_impatient", silent, timeout_ms=400),
            http_campaign("camp_unusable", "ftp://buyer.example"),
        ]
        async with gateway(core, *campaigns) as serving:
            core.push(pings=[ping("auc_1", *(c.id for c in campaigns), "camp_unknown", window_ms=20_000)])
            await core.until(bids=8)
            counts = dict(serving.counts)
    assert by_campaign(core.bids) == {
        "camp_good": (12_500_000, 0),
        "camp_slow": (20_000_000, 0),
        "camp_silent": (0, REASON_BID_TIMEOUT),
        "camp_declining": (0, 101),
        "camp_odd": (0, REASON_BID_INVALID),
        "camp_impatient": (0, REASON_BID_TIMEOUT),
        "camp_unusable": (0, REASON_BIDDER_ERROR),
        "camp_unknown": (0, REASON_BIDDER_ERROR),
    }
    order = [bid.campaign_id for bid in core.bids]
    assert order.index("camp_good") < order.index("camp_impatient") < order.index("camp_slow")
    assert order[-1] == "camp_silent"
    assert counts == {
        "REASON_BID": 2, "REASON_NO_BID": 1, "REASON_BID_INVALID": 1, "REASON_BID_TIMEOUT": 2, "REASON_BIDDER_ERROR": 2,
    }  # fmt: skip


async def test_a_silent_buyer_costs_no_good_bid(core: ScriptedCore) -> None:
    async with (
        buyer(price_micros=5_000_000) as (_, good),
        buyer(silent=True) as (_, silent),
        gateway(core, http_campaign("camp_good", good), http_campaign("camp_silent", silent)),
    ):
        for n in range(300):
            core.push(pings=[ping(f"auc_{n}", "camp_silent", "camp_good", window_ms=20_000)])
        await core.until(prices=300)
    assert len({bid.auction_id for bid in core.bids}) == 300
    assert {(bid.campaign_id, bid.price_micros) for bid in core.bids} == {("camp_good", 5_000_000)}


async def test_an_endpoint_that_refuses_is_an_error_at_once(core: ScriptedCore) -> None:
    async with RawServer.serving(always()) as server:
        url = f"http://127.0.0.1:{server.port}"
    async with gateway(core, http_campaign("camp_a", url)):
        core.push(pings=[ping("auc_1", window_ms=60_000)], posts=[post(window_ms=60_000)])
        await core.until(bids=1, replies=1)
    assert (core.bids[0].reason, core.bids[0].reason_code) == (REASON_BIDDER_ERROR, "unreachable")
    assert (core.replies[0].verdict, core.replies[0].reason) == (POST_VERDICT_FAILED, REASON_POST_NOT_SENT)


async def test_posts_reach_the_buyer_whole_and_are_answered(core: ScriptedCore) -> None:
    async with buyer(token="t0p", reject_every=2) as (serving, url):
        async with gateway(core, http_campaign("camp_a", url, headers={"Authorization": "Bearer t0p"})):
            core.push(posts=[post("post_1")])
            await core.until(replies=1)
            core.push(posts=[post("post_2")])
            await core.until(replies=2)
            core.push(posts=[post("post_1")])  # repeated: the buyer says again what it said
            await core.until(replies=3)
        requests = [message.partition(b"\r\n\r\n") for message in serving.record.messages]
    assert [(r.post_id, r.verdict, r.reason, r.buyer_reference) for r in core.replies] == [
        ("post_1", POST_VERDICT_ACCEPTED, 0, "ref-1"),
        ("post_2", POST_VERDICT_REJECTED, REASON_REJECTED_CAPACITY, ""),
        ("post_1", POST_VERDICT_ACCEPTED, 0, "ref-1"),
    ]
    head, _, body = requests[0]
    assert head.startswith(b"POST /post\r\n")
    assert b"idempotency-key: post_1\r\n" in head
    assert json.loads(body)["contact"]["email"] == CONTACT.email
    assert serving.desk.repeats == 1


async def test_a_post_without_an_answer_says_whether_it_was_seen(core: ScriptedCore) -> None:
    async with (
        buyer(latency_ms=5_000) as (_, slow),
        RawServer.serving(always(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")) as failing,
        RawServer.serving(always(b"HTTP/1.1", close=True)) as breaking,
        gateway(
            core,
            http_campaign("camp_slow", slow),
            http_campaign("camp_failing", f"http://127.0.0.1:{failing.port}"),
            http_campaign("camp_breaking", f"http://127.0.0.1:{breaking.port}"),
        ),
    ):
        for name in ("slow", "failing", "breaking", "unknown"):
            core.push(posts=[post(f"post_{name}", f"camp_{name}", window_ms=1_000)])
        await core.until(replies=4)
    assert {r.post_id: (r.verdict, r.reason, r.reason_code) for r in core.replies} == {
        "post_slow": (POST_VERDICT_FAILED, REASON_POST_TIMEOUT, ""),
        "post_failing": (POST_VERDICT_FAILED, REASON_POST_ERROR, "http_500"),
        "post_breaking": (POST_VERDICT_FAILED, REASON_POST_ERROR, "broken"),
        "post_unknown": (POST_VERDICT_FAILED, REASON_POST_NOT_SENT, ""),
    }


async def test_campaigns_change_while_it_serves(core: ScriptedCore) -> None:
    async with (
        buyer(price_micros=1_000_000) as (_, first),
        buyer(price_micros=2_000_000) as (_, second),
        gateway(core, http_campaign("camp_a", first), http_campaign("camp_b", first)),
    ):
        core.push(campaigns=[http_campaign("camp_a", second)], dropped_campaign_ids=["camp_b"])
        core.push(pings=[ping("auc_1", "camp_a", "camp_b")])
        await core.until(bids=2)
    assert by_campaign(core.bids) == {"camp_a": (2_000_000, 0), "camp_b": (0, REASON_BIDDER_ERROR)}


async def test_a_bid_above_the_campaigns_limit_is_malformed(core: ScriptedCore) -> None:
    async with buyer(price_micros=100_000_001) as (_, url), gateway(core, http_campaign("camp_a", url)):
        core.push(pings=[ping("auc_1")])
        await core.until(bids=1)
    assert by_campaign(core.bids) == {"camp_a": (0, REASON_BID_INVALID)}


async def test_outside_development_a_loopback_endpoint_is_not_called(
    core: ScriptedCore, caplog: pytest.LogCaptureFixture
) -> None:
    async with RawServer.serving(always(ok())) as server:
        url = f"https://127.0.0.1:{server.port}"
        async with gateway(core, http_campaign("camp_a", url), development=False):
            core.push(pings=[ping("auc_1")], posts=[post()])
            await core.until(bids=1, replies=1)
    assert server.connections == 0
    assert core.bids[0].reason == REASON_BIDDER_ERROR
    assert core.replies[0].reason == REASON_POST_NOT_SENT
    assert "campaign camp_a cannot be called: 127.0.0.1 is not a public address" in caplog.text


async def test_nothing_of_a_lead_is_logged(core: ScriptedCore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        buyer(reject_every=2) as (_, url),
        RawServer.serving(always(b"rubbish")) as odd,
        gateway(core, http_campaign("camp_a", url), http_campaign("camp_odd", f"http://127.0.0.1:{odd.port}")),
    ):
        core.push(posts=[post("post_1"), post("post_2"), post("post_3", "camp_odd"), post("post_4", "camp_none")])
        await core.until(replies=4)
    for text in (CONTACT.email, CONTACT.phone, CONTACT.last_name, CONTACT.street):
        assert text not in caplog.text
