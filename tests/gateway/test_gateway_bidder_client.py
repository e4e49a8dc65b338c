"""The bid stream's client against a scripted exchange."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence

import grpc
import pytest

from adapters.common.bidder import Bidder, BidderClient, accept, bid, reject, values
from adapters.common.core import connect
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import (
    POST_VERDICT_ACCEPTED,
    POST_VERDICT_FAILED,
    POST_VERDICT_REJECTED,
    Post,
    PostReply,
    PostVoid,
)
from leadexchange.v1.reason_pb2 import (
    REASON_BIDDER_ERROR,
    REASON_NO_BID,
    REASON_POST_ERROR,
    REASON_POST_NOT_SENT,
    REASON_REJECTED_DUPLICATE,
)
from tests.gateway.samples import CONTACT, ping, post
from tests.gateway.scripted_core import KEY, ScriptedCore


@contextlib.asynccontextmanager
async def serving(
    core: ScriptedCore, bidder: Bidder, *, credit: int = 1_024
) -> AsyncIterator[tuple[BidderClient, asyncio.Event]]:
    channel = connect(f"127.0.0.1:{core.port}")
    client = BidderClient(bidder, channel, KEY, campaign_ids=["camp_a"], credit=credit, agent="test/1")
    stopping = asyncio.Event()
    running = asyncio.create_task(client.run(stopping))
    try:
        await core.until(streams=1)
        yield client, stopping
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await channel.close(None)


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0.01)


class Fixed(Bidder):
    """Bids 5 units for everything, at once."""

    def __init__(self) -> None:
        self.campaigns: list[str] = []
        self.dropped: list[str] = []
        self.voided: list[str] = []
        self.asked: list[str] = []

    def on_campaigns(self, campaigns: Sequence[Campaign], dropped: Sequence[str]) -> None:
        self.campaigns += [campaign.id for campaign in campaigns]
        self.dropped += dropped

    def on_ping(self, ping: Ping) -> list[Bid]:
        self.asked.append(ping.auction_id)
        return [bid(ping, campaign_id, 5_000_000, "r") for campaign_id in ping.campaign_ids]

    def on_post(self, post: Post) -> PostReply:
        return accept(post, "ours-1")

    def on_void(self, void: PostVoid) -> None:
        self.voided.append(void.post_id)


async def test_says_hello_and_answers_pings_posts_and_voids(core: ScriptedCore) -> None:
    bidder = Fixed()
    async with serving(core, bidder):
        hello = core.hellos[0].hello
        assert (list(hello.campaign_ids), hello.credit, hello.agent) == (["camp_a"], 1_024, "test/1")
        core.push(campaigns=[Campaign(id="camp_a")], dropped_campaign_ids=["camp_z"])
        core.push(pings=[ping("auc_1", "camp_a", "camp_b")], voids=[PostVoid(post_id="post_0")])
        core.push(posts=[post("post_1")])
        await core.until(bids=2, replies=1)
    assert [(b.auction_id, b.campaign_id, b.price_micros, b.bid_reference) for b in core.bids] == [
        ("auc_1", "camp_a", 5_000_000, "r"),
        ("auc_1", "camp_b", 5_000_000, "r"),
    ]
    assert [(r.post_id, r.verdict, r.buyer_reference) for r in core.replies] == [
        ("post_1", POST_VERDICT_ACCEPTED, "ours-1")
    ]
    assert (bidder.campaigns, bidder.dropped, bidder.voided) == (["camp_a"], ["camp_z"], ["post_0"])


async def test_what_is_ready_together_goes_in_one_frame(core: ScriptedCore) -> None:
    async with serving(core, Fixed()):
        core.push(pings=[ping(f"auc_{n}") for n in range(200)])
        await core.until(bids=200)
    assert [len(frame.bids) for frame in core.frames] == [200]


async def test_a_frame_is_never_larger_than_the_contract_allows(core: ScriptedCore) -> None:
    async with serving(core, Fixed(), credit=4_096):
        core.push(pings=[ping(f"auc_{n}") for n in range(2_500)])
        await core.until(bids=2_500)
    assert [len(frame.bids) for frame in core.frames] == [1_024, 1_024, 452]


async def test_campaigns_left_out_are_declined(core: ScriptedCore) -> None:
    class Picky(Bidder):
        async def on_ping(self, ping: Ping) -> list[Bid]:
            await asyncio.sleep(0)
            stranger = Bid(auction_id=ping.auction_id, campaign_id="camp_other", price_micros=1)
            return [bid(ping, "camp_b", 1_000_000), stranger]

    async with serving(core, Picky()):
        core.push(pings=[ping("auc_1", "camp_a", "camp_b")])
        await core.until(bids=2)
    assert {b.campaign_id: (b.price_micros, b.reason) for b in core.bids} == {
        "camp_b": (1_000_000, 0),
        "camp_a": (0, REASON_NO_BID),
    }


async def test_answers_given_later_are_sent_once_and_only_while_somebody_waits(core: ScriptedCore) -> None:
    class Later(Bidder):
        def on_ping(self, ping: Ping) -> None:
            pass

    async with serving(core, Later()) as (client, _):
        core.push(pings=[ping("auc_1", "camp_a", "camp_b")])
        core.push(posts=[post()])  # its reply tells us that the ping has been read
        await core.until(replies=1)
        for campaign_id in ("camp_a", "camp_a", "camp_c"):
            client.answer(Bid(auction_id="auc_1", campaign_id=campaign_id, price_micros=7))
        client.answer(Bid(auction_id="auc_9", campaign_id="camp_a", price_micros=7))
        client.answer(Bid(auction_id="auc_1", campaign_id="camp_b", price_micros=8))
        await core.until(bids=2)
        assert client.strays == 3
    assert [(b.campaign_id, b.price_micros) for b in core.bids] == [("camp_a", 7), ("camp_b", 8)]


async def test_a_bidders_fault_costs_only_its_own_answer(core: ScriptedCore, caplog: pytest.LogCaptureFixture) -> None:
    class Faulty(Bidder):
        def on_ping(self, ping: Ping) -> list[Bid]:
            raise KeyError(ping.auction_id)

        async def on_post(self, post: Post) -> PostReply:
            raise ValueError(post.contact.email)

    async with serving(core, Faulty()):
        core.push(pings=[ping("auc_1")], posts=[post("post_1")])
        core.push(pings=[ping("auc_2")])
        await core.until(bids=2, replies=1)
    assert [b.reason for b in core.bids] == [REASON_BIDDER_ERROR, REASON_BIDDER_ERROR]
    assert [(r.verdict, r.reason) for r in core.replies] == [(POST_VERDICT_FAILED, REASON_POST_ERROR)]
    assert "on_post of post_1 failed" in caplog.text
    assert CONTACT.email not in caplog.text


async def test_a_late_bid_is_not_sent_and_a_late_post_reply_is(core: ScriptedCore) -> None:
    class Slow(Bidder):
        async def on_ping(self, ping: Ping) -> list[Bid]:
            if ping.window_ms < 100:
                await asyncio.sleep(30)
            return [bid(ping, "camp_a", 1)]

        async def on_post(self, post: Post) -> PostReply:
            await asyncio.sleep(0.2)
            return reject(post, REASON_REJECTED_DUPLICATE, "seen")

    async with serving(core, Slow()):
        core.push(pings=[ping("auc_late", window_ms=20)], posts=[post("post_late", window_ms=20)])
        await core.until(replies=1)
        core.push(pings=[ping("auc_good")])
        await core.until(bids=1)
    assert [b.auction_id for b in core.bids] == ["auc_good"]
    assert [(r.post_id, r.verdict, r.reason, r.reason_code) for r in core.replies] == [
        ("post_late", POST_VERDICT_REJECTED, REASON_REJECTED_DUPLICATE, "seen")
    ]


async def test_more_than_the_credit_is_left_unread_until_there_is_room(core: ScriptedCore) -> None:
    class Silent(Fixed):
        async def on_ping(self, ping: Ping) -> list[Bid]:  # type: ignore[override]
            self.asked.append(ping.auction_id)
            await asyncio.Event().wait()
            return []

    bidder = Silent()
    async with serving(core, bidder, credit=2):
        for n in range(12):
            core.push(pings=[ping(f"auc_{n}", window_ms=300)])
        await asyncio.sleep(0.15)
        assert len(bidder.asked) == 5
        await eventually(lambda: len(bidder.asked) == 12)


async def test_reconnects_when_the_exchange_comes_back(core: ScriptedCore) -> None:
    async with serving(core, Fixed()):
        port = core.port
        await core.stop()
        await core.start(port)
        await core.until(streams=2)
        core.push(pings=[ping("auc_2")])
        await core.until(bids=1)
    assert core.bids[0].auction_id == "auc_2"


async def test_an_answer_from_before_a_reconnect_is_not_sent_after_it(core: ScriptedCore) -> None:
    class Later(Bidder):
        def on_ping(self, ping: Ping) -> None:
            pass

    async with serving(core, Later()) as (client, _):
        core.push(pings=[ping("auc_1")])
        core.end_stream()
        await core.until(streams=2)
        core.push(posts=[post()])
        await core.until(replies=1)
        client.answer(Bid(auction_id="auc_1", campaign_id="camp_a", price_micros=7))
        assert client.strays == 1
    assert core.bids == []


async def test_draining_answers_what_is_open_then_reconnects(core: ScriptedCore) -> None:
    class Slow(Bidder):
        async def on_post(self, post: Post) -> PostReply:
            await asyncio.sleep(0.1)
            return accept(post)

    async with serving(core, Slow()):
        core.push(posts=[post("post_open")])
        core.push(draining=True)
        await core.until(streams=2, replies=1)
        assert core.half_closed == 1
    assert core.replies[0].verdict == POST_VERDICT_ACCEPTED


async def test_stopping_asks_to_be_sent_nothing_new_and_answers_what_is_open(core: ScriptedCore) -> None:
    class Slow(Bidder):
        async def on_post(self, post: Post) -> PostReply:
            await asyncio.sleep(0.2)
            return accept(post)

    async with serving(core, Slow()) as (_, stopping):
        core.push(posts=[post("post_open")], pings=[ping("auc_1")])
        await core.until(bids=1)
        stopping.set()
        await eventually(lambda: any(frame.leaving for frame in core.frames))
        core.push(posts=[post("post_sent_before_it_heard")])
        core.push(draining=True)
        core.push(posts=[post("post_new")], pings=[ping("auc_2")])
        await core.until(replies=3)
        await eventually(lambda: core.half_closed == 1)
        assert len(core.hellos) == 1
    verdicts = {r.post_id: (r.verdict, r.reason) for r in core.replies}
    assert verdicts == {
        "post_open": (POST_VERDICT_ACCEPTED, 0),
        "post_sent_before_it_heard": (POST_VERDICT_ACCEPTED, 0),
        "post_new": (POST_VERDICT_FAILED, REASON_POST_NOT_SENT),
    }


async def test_leaves_an_exchange_that_goes_on_sending(core: ScriptedCore) -> None:
    async with serving(core, Bidder()) as (client, stopping):
        await client.connected.wait()
        stopping.set()
        await eventually(lambda: core.half_closed == 1)
    assert [frame.leaving for frame in core.frames] == [True]


async def test_a_refused_key_is_said_loudly_and_tried_again_slowly(
    core: ScriptedCore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    core.refuse = grpc.StatusCode.UNAUTHENTICATED
    channel = connect(f"127.0.0.1:{core.port}")
    running = asyncio.create_task(BidderClient(Bidder(), channel, KEY).run())
    await eventually(lambda: bool(caplog.records))
    await asyncio.sleep(0.3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await channel.close(None)
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name.startswith("adapters")] == [
        ("ERROR", "bid stream: UNAUTHENTICATED, refused by script")
    ]


def test_values_reads_each_kind() -> None:
    assert values(ping().attributes) == {
        "zip": "78251",
        "loan_amount": 89000.5,
        "term_months": 360,
        "self_employed": False,
    }
