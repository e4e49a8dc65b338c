"""Three cores over one database, as one exchange: what holds on one core holds over all of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path

import grpc
import pytest_asyncio

from exchange.domain.reasons import Reason
from leadexchange.v1.auction_policy_pb2 import AuctionPolicy
from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Cap
from leadexchange.v1.catalog_service_pb2 import UpdateCampaignRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.ledger_service_pb2 import GetBalanceRequest
from leadexchange.v1.ping_pb2 import ConsentEvidence
from leadexchange.v1.policy_service_pb2 import SetPolicyRequest
from leadexchange.v1.submission_service_pb2 import LeadOutcome, PingLeadRequest, PostLeadRequest, SubmitLeadRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept, bidding
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, posted, static
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

LEADS = 90


class Cores:
    """Three cores, one source, and the source's way to each core."""

    def __init__(self, running: list[RunningCore]) -> None:
        self.running = running
        self.first = running[0]
        self.sources: list[Caller] = []

    async def source(self) -> None:
        """A source with a key, which every core learns of."""
        one = await self.first.source()
        self.sources = [one, *(core.caller(one.key) for core in self.running[1:])]
        for core in self.running[1:]:
            await eventually(lambda core=core: "ratewise" in core.core.book.sources)  # type: ignore[misc]

    async def known(self, campaign_id: str) -> None:
        """Waits until every core knows a campaign."""
        await eventually(lambda: all(campaign_id in core.core.book.campaigns for core in self.running))

    async def submit(self, requests: list[SubmitLeadRequest]) -> list[LeadOutcome]:
        """Submits leads at once, each to the next core."""
        ways = cycle(self.sources)
        calls = [next(ways).submission.SubmitLead(one) for one in requests]
        return [answer.outcome for answer in await asyncio.gather(*calls)]


@pytest_asyncio.fixture
async def cores(tmp_path: Path, database: str) -> AsyncIterator[Cores]:
    async with AsyncExitStack() as stack:
        running = [
            await stack.enter_async_context(RunningCore(tmp_path, EXCHANGE_STORE_URL=database)) for _ in range(3)
        ]
        three = Cores(running)
        await three.source()
        yield three


def buyers_of(outcomes: list[LeadOutcome]) -> Counter[str]:
    assert all(one.status == LEAD_STATUS_SOLD for one in outcomes)
    return Counter(one.sales[0].buyer_id for one in outcomes)


async def test_caps_and_balances_are_used_up_and_not_exceeded(cores: Cores) -> None:
    await cores.first.buyer("capped", caps=[Cap(period=CAP_PERIOD_MONTH, max_spend_micros=200 * UNIT)])
    await cores.first.buyer("prepaid", credit_limit_micros=150 * UNIT)
    await cores.first.buyer("counted")
    await cores.first.buyer("rest")
    await cores.first.campaign(static("first", "capped", 10 * UNIT))
    await cores.first.campaign(static("second", "prepaid", 9 * UNIT))
    cap = Cap(period=CAP_PERIOD_MONTH, max_leads=25)
    await cores.first.campaign(static("third", "counted", 8 * UNIT, caps=[cap]))
    await cores.first.campaign(static("last", "rest", 1 * UNIT))
    await cores.known("last")
    outcomes = await cores.submit([leads.findable(number, f"r{number}") for number in range(LEADS)])
    assert buyers_of(outcomes) == {"capped": 20, "prepaid": 16, "counted": 25, "rest": LEADS - 61}
    balance = await cores.running[2].operator.ledger.GetBalance(GetBalanceRequest(party_id="prepaid"))
    assert balance.balance_micros == -16 * 9 * UNIT


async def test_room_is_held_while_buyers_consider(cores: Cores) -> None:
    buyer = await cores.first.buyer("careful", caps=[Cap(period=CAP_PERIOD_MONTH, max_leads=12)])
    await cores.first.buyer("rest")
    await cores.first.campaign(posted("asked", "careful", 10 * UNIT))
    await cores.first.campaign(static("last", "rest", 1 * UNIT))
    await cores.known("last")
    async with AsyncExitStack() as stack:
        for core in cores.running:
            script = ScriptedBuyer(core.caller(buyer.key), on_ping=bidding(10 * UNIT), on_post=accept)
            await stack.enter_async_context(script)
        outcomes = await cores.submit([leads.findable(number, f"r{number}") for number in range(45)])
    assert buyers_of(outcomes) == {"careful": 12, "rest": 33}


async def test_a_request_is_answered_once_whichever_core_it_reaches(cores: Cores) -> None:
    await cores.first.buyer("rest")
    await cores.first.campaign(static("last", "rest"))
    await cores.known("last")
    outcomes = await cores.submit([leads.findable(number // 3, f"r{number // 3}") for number in range(30)])
    assert len({one.lead_id for one in outcomes}) == 10
    assert sum(not one.repeated for one in outcomes) == 10


async def test_a_ping_is_taken_up_once_whichever_core_gets_the_posts(cores: Cores) -> None:
    await cores.first.buyer("rest")
    await cores.first.campaign(static("last", "rest"))
    await cores.known("last")
    lead = leads.findable(1)
    evidence = ConsentEvidence(has_text=True, has_time=True, has_trustedform=True)
    ping = await cores.sources[0].submission.PingLead(PingLeadRequest(profile=lead.profile, consent=evidence))
    posts = [
        source.submission.PostLead(
            PostLeadRequest(
                ping_id=ping.ping_id, profile=lead.profile, contact=lead.contact, consent=lead.consent, request_id=name
            )
        )
        for source, name in zip(cores.sources, ("one", "two", "three"), strict=True)
    ]
    answers = await asyncio.gather(*posts, return_exceptions=True)
    refused = [one for one in answers if isinstance(one, grpc.aio.AioRpcError)]
    assert len(refused) == 2
    assert all("posted before" in (one.details() or "") for one in refused)


async def test_of_one_consumer_one_lead_is_auctioned(cores: Cores) -> None:
    await cores.first.buyer("rest")
    await cores.first.campaign(static("last", "rest"))
    policy = AuctionPolicy(vertical="mortgage", duplicate_window_s=3_600)
    await cores.first.operator.policies.SetPolicy(SetPolicyRequest(policy=policy))
    await eventually(lambda: all(core.core.book.policies["mortgage"].duplicate_window_s for core in cores.running))
    outcomes = await cores.submit([leads.findable(number // 3, f"r{number}") for number in range(30)])
    reasons = Counter(Reason(one.reason) for one in outcomes)
    assert reasons == {Reason.UNSPECIFIED: 10, Reason.DUPLICATE: 20}


async def test_a_change_is_seen_by_all_and_of_two_at_once_one_is_stale(cores: Cores) -> None:
    await cores.first.buyer("rest")
    kept = await cores.first.campaign(static("last", "rest"))
    await cores.known("last")
    kept.display_name = "renamed"
    changes = [core.operator.catalog.UpdateCampaign(UpdateCampaignRequest(campaign=kept)) for core in cores.running]
    answers = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in answers) == 1
    await eventually(lambda: all(core.core.book.campaigns["last"].display_name == "renamed" for core in cores.running))
