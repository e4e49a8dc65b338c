"""Leads that a real core sold are decided again from its store: the same on the same terms, sensibly on others."""

import asyncio
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from exchange.app.cli import app
from exchange.app.replay import Changes, replay
from exchange.domain.auction import LeadRecord
from exchange.domain.ids import auction_of
from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason
from exchange.store.sqlite import history
from leadexchange.v1.auction_policy_pb2 import (
    CLEARING_SECOND_PRICE,
    DISTRIBUTION_TIERED_PRICE,
    DISTRIBUTION_WEIGHTED,
    AuctionPolicy,
)
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Cap, StaticBidding, Targeting
from leadexchange.v1.catalog_service_pb2 import CreateCampaignRequest
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.policy_service_pb2 import SetPolicyRequest
from leadexchange.v1.post_pb2 import POST_VERDICT_PENDING, Post, PostReply
from leadexchange.v1.submission_service_pb2 import PingLeadRequest, PostLeadRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept, reject
from tests.support.campaigns import UNIT, one_of, posted, static, stream
from tests.support.exchange import RunningCore

POLICIES = {
    "highest price": AuctionPolicy(),
    "second price": AuctionPolicy(clearing=CLEARING_SECOND_PRICE, fee_bps=1_000),
    "shared": AuctionPolicy(distribution=DISTRIBUTION_TIERED_PRICE, max_buyers=3, min_buyers=2, floor_micros=2 * UNIT),
    "weighted": AuctionPolicy(distribution=DISTRIBUTION_WEIGHTED, max_buyers=2),
}
LEADS = 80
NOWHERE = one_of("zip", "00000")


class Moods:
    """A buyer that bids, rejects and revises its prices by lot."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def bid(self, ping: Ping) -> Iterator[Bid]:
        for campaign_id in ping.campaign_ids:
            price = self._chance.randrange(0, 30) * UNIT + self._chance.randrange(UNIT)
            shared = price * self._chance.choice([0, 5, 9]) // 10
            yield Bid(
                auction_id=ping.auction_id, campaign_id=campaign_id, price_micros=price, shared_price_micros=shared
            )

    def answer(self, post: Post) -> PostReply:
        reply = accept(post)
        match self._chance.randrange(8):
            case 0 | 1:
                return reject(post)
            case 2:
                reply.price_micros = post.price_micros * 2
            case 3:
                reply.price_micros = post.price_micros * 95 // 100
            case 4:
                reply.price_micros = post.price_micros // 2
            case 5:
                reply.verdict = POST_VERDICT_PENDING
            case _:
                pass
        return reply


async def _market(running: RunningCore, policy: AuctionPolicy) -> list[ScriptedBuyer]:
    wanted = AuctionPolicy(vertical="mortgage")
    wanted.MergeFrom(policy)
    await running.operator.policies.SetPolicy(SetPolicyRequest(policy=wanted))
    buyers = []
    for seed in range(3):
        name = f"buyer-{seed}"
        caller = await running.buyer(name)
        more: dict[str, Any] = {"min_revised_bps": 9_000} if seed else {"caps": [_cap(150)]}
        await running.campaign(stream(f"stream-{seed}", name, priority=seed, weight=seed + 1, **more))
        await running.campaign(posted(f"posted-{seed}", name, (4 + seed) * UNIT, priority=2, floor_micros=5 * UNIT))
        moods = Moods(seed)
        buyers.append(ScriptedBuyer(caller, on_ping=moods.bid, on_post=moods.answer))
    await running.buyer("static")
    bidding = StaticBidding(base_price_micros=6 * UNIT, shared_bps=8_000)
    await running.campaign(static("static", "static", static_bidding=bidding, caps=[_cap(60)]))
    return buyers


def _cap(units: int) -> Cap:
    return Cap(period=CAP_PERIOD_MONTH, max_spend_micros=units * UNIT)


async def _sell(running: RunningCore, policy: AuctionPolicy) -> None:
    """Leads in one step and in two, while a campaign is paused between ping and post."""
    source = await running.source(floor_micros=UNIT)
    buyers = await _market(running, policy)
    async with buyers[0], buyers[1], buyers[2]:
        for number in range(LEADS):
            request = leads.request(number)
            if number % 4:
                await source.submission.SubmitLead(request)
                continue
            offer = await source.submission.PingLead(PingLeadRequest(profile=request.profile))
            post = PostLeadRequest(ping_id=offer.ping_id, contact=request.contact, consent=request.consent)
            await source.submission.PostLead(post)


@pytest.mark.parametrize("name", POLICIES)
async def test_what_was_recorded_is_decided_the_same_again(running: RunningCore, name: str) -> None:
    await _sell(running, POLICIES[name])
    report = replay(running.url, Changes())
    records = list(history.decided(running.path))
    assert report.examples == []
    assert (report.identical, report.leads, report.as_recorded, report.changed_since) == (LEADS, LEADS, 0, 0)
    assert report.before == report.after
    assert report.before.revenue_micros == sum(sale.price_micros for one in records for sale in one.outcome.sales)
    assert report.before.payout_micros == sum(sale.payout_micros for one in records for sale in one.outcome.sales)
    posts = {post.result for one in records for post in one.trace.posts}
    assert posts >= {Reason.ACCEPTED, Reason.REJECTED, Reason.REJECTED_PRICE}
    if name == "shared":
        assert any(len(one.outcome.sales) > 1 for one in records)
    _a_fee_changes_nothing_but_what_is_kept(running)


def _a_fee_changes_nothing_but_what_is_kept(running: RunningCore) -> None:
    report = replay(running.url, Changes(fee_bps=5_000))
    assert report.identical == LEADS
    assert report.after.revenue_micros == report.before.revenue_micros
    assert report.after.payout_micros < report.before.payout_micros


def _naively(record: LeadRecord, floor: int) -> tuple[str, int] | None:
    """Who gets a lead exclusively at the highest price when there is that floor, and at what price."""
    answers = {post.campaign_id: post for post in record.trace.posts}
    lost = {one.campaign_id for one in record.trace.considerations if one.result == Reason.CAP_LOST}
    bids = [(one.price_micros, one.campaign_id, one.buyer_id) for one in record.trace.considerations]
    asked = set()
    for price, campaign_id, buyer_id in sorted(bids, reverse=True):
        own_floor = 5 * UNIT if campaign_id.startswith("posted") else 0
        if price < max(floor, own_floor, 1) or buyer_id in asked:
            continue
        asked.add(buyer_id)
        answer = answers.get(campaign_id)
        revised = answer.revised_micros if answer else -1
        if campaign_id in lost:
            continue
        if revised > price:
            sale = next((one.price_micros for one in record.outcome.sales if one.campaign_id == campaign_id), revised)
            return campaign_id, min(revised, sale)
        if revised >= 0:
            least = price if campaign_id not in {"stream-1", "stream-2"} else -(-price * 9 // 10)
            if revised >= max(least, floor, own_floor):
                return campaign_id, revised
        elif answer is None or answer.result == Reason.ACCEPTED:
            return campaign_id, price
        elif answer.result == Reason.PENDING_REVIEW:
            return None
    return None


async def test_a_raised_floor_changes_what_a_naive_reckoning_says(running: RunningCore) -> None:
    await _sell(running, POLICIES["highest price"])
    records = {one.id: one for one in history.decided(running.path)}
    floors = (1 * UNIT, 9 * UNIT, 15 * UNIT, 200 * UNIT)
    reports = [replay(running.url, Changes(floor_micros=floor)) for floor in floors]
    for floor, report in zip(floors, reports, strict=True):
        expected = {lead_id: _naively(one, floor) for lead_id, one in records.items()}
        sold = [one for one in expected.values() if one is not None]
        assert report.after.sold == len(sold)
        assert report.after.revenue_micros == sum(price for _, price in sold)
        before = {lead_id: one.outcome.status == LeadStatus.SOLD for lead_id, one in records.items()}
        assert report.sold_to_unsold == sum(before[id_] and one is None for id_, one in expected.items())
        assert report.unsold_to_sold == sum(not before[id_] and one is not None for id_, one in expected.items())
        by_buyer = {buyer_id: tuple(both) for buyer_id, both in report.after.by_buyer.items() if both[0]}
        buyers = {campaign_id: running.core.book.campaigns[campaign_id].buyer_id for campaign_id, _ in sold}
        assert by_buyer == {
            buyer_id: (
                sum(buyers[id_] == buyer_id for id_, _ in sold),
                sum(price for id_, price in sold if buyers[id_] == buyer_id),
            )
            for buyer_id in set(buyers.values())
        }
    assert reports[-1].after.by_reason["ALL_BELOW_FLOOR"] > LEADS // 2


def test_the_command_prints_the_report_and_its_assumption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sell() -> str:
        async with RunningCore(tmp_path) as running:
            await _sell(running, POLICIES["highest price"])
            return running.url

    url = asyncio.run(sell())
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    same = runner.invoke(app, ["replay", "--store", url, "--json"])
    assert (same.exit_code, json.loads(same.stdout)["identical"]) == (0, LEADS)

    (tmp_path / "weights.toml").write_text('distribution = "weighted"\nmax_buyers = 2\n')
    options = ["--store", url, "--floor", "9.50", "--policy", "mortgage=weights.toml"]
    other = runner.invoke(app, ["replay", *options])
    assert other.exit_code == 0, other.stdout
    for said in ("sold any more", "go to other buyers", "taken to accept", "buyer-1", "ALL_BELOW_FLOOR", "buyers pay"):
        assert said in " ".join(other.stdout.split())
    report = json.loads(runner.invoke(app, ["replay", *options, "--json"]).stdout)
    assert report["assumed"] > 0
    assert "taken to accept" in report["assumption"]
    later = runner.invoke(app, ["replay", "--store", url, "--from", "2100-01-01", "--json"])
    assert json.loads(later.stdout)["leads"] == 0


async def test_an_auction_is_explained_from_the_store_alone(running: RunningCore) -> None:
    await _sell(running, POLICIES["highest price"])
    await running.operator.catalog.CreateCampaign(
        CreateCampaignRequest(
            campaign=static("elsewhere", "static", targeting=Targeting(vertical="mortgage", conditions=[NOWHERE]))
        )
    )
    records = list(history.decided(running.path))
    record = next(one for one in records if one.outcome.sales and len(one.trace.posts) > 1)
    command = ["explain", auction_of(record.id), "--store", running.url]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.stdout
    text = " ".join(told.stdout.split())
    sale = record.outcome.sales[0]
    for said in (auction_of(record.id), "exclusive", sale.campaign_id, "zip in [00000]", "left out", "budget ms"):
        assert said in text
    for one in record.trace.considerations:
        assert one.campaign_id in text
    document = json.loads(CliRunner().invoke(app, ["explain", record.id, "--store", running.url, "--json"]).stdout)
    assert [one["campaign_id"] for one in document["left_out"]] == ["elsewhere"]
    assert len(document["posts"]) == len(record.trace.posts)
    assert document["outcome"]["sales"][0]["price_micros"] == sale.price_micros
    assert "sealed" not in document
    unknown = CliRunner().invoke(app, ["explain", "auc_nothing", "--store", running.url])
    assert (unknown.exit_code, unknown.stderr) == (2, "exchange: no lead or auction of that id was decided\n")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--floor", "nine"], "expected an amount such as 12.50"),
        (["--floor", "0.0000001"], "expected an amount such as 12.50"),
        (["--policy", "yachts=x.toml"], "expected VERTICAL=FILE"),
        (["--policy", "mortgage=nowhere.toml"], "nowhere.toml"),
        (["--from", "yesterday"], "expected a time such as"),
        ([], "does not exist"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_a_line(tmp_path: Path, options: list[str], told: str) -> None:
    result = CliRunner().invoke(app, ["replay", "--store", f"sqlite:///{tmp_path}/none.db", *options])
    assert result.exit_code == 2
    assert told in result.stderr
