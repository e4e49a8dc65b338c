"""Caps under load: many submitters at once, buyers that reject or say nothing, and exactly the cap is sold.

Each run has 200 submitters against caps of 1,000 leads and of $5,000, and one over all campaigns of a buyer. It goes on
until every cap is full: then exactly the caps were sold, no more and no less. `RunningCore` has `verify` prove the same
from the store when a run ends.
"""

import asyncio
import random
from collections import Counter
from typing import Any, Final

import pytest

from leadexchange.v1.auction_policy_pb2 import DISTRIBUTION_WEIGHTED, AuctionPolicy
from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Cap
from leadexchange.v1.policy_service_pb2 import SetPolicyRequest
from leadexchange.v1.post_pb2 import Post, PostReply
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest, SubmitLeadsRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept, bidding, reject
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, posted, static, stream
from tests.support.exchange import RunningCore

SEEDS: Final = 20
_PRICE: Final = 5 * UNIT
_MOST_LEADS: Final = 20  # a run that needs so many times the leads that the caps allow for does not fill them
_PAUSE_S: Final = 0.05  # while the last places are held by posts that will not be answered, others find none


class Run:
    """Submitters that send one lead after the other until all caps are full."""

    def __init__(self, wanted: dict[str, int]) -> None:
        self.wanted = wanted
        self.sold: Counter[str] = Counter()
        self.unsold = 0
        self._sent = 0
        self._most = _MOST_LEADS * sum(wanted.values())

    @property
    def over(self) -> bool:
        """All is sold, or never will be."""
        return self._sent >= self._most or all(self.sold[name] >= most for name, most in self.wanted.items())

    def lead(self) -> SubmitLeadRequest:
        self._sent += 1
        return leads.request(self._sent % len(leads.examples()), f"lead-{self._sent}")

    async def submit(self, source: Caller) -> None:
        """Sends one more when all is over: there is no room left for it."""
        call: Any = source.submission.SubmitLeads()
        over = False
        while not over:
            over = self.over
            await call.write(SubmitLeadsRequest(leads=[self.lead()]))
            (result,) = (await call.read()).results
            for sale in result.outcome.sales:
                self.sold["group" if sale.buyer_id == "group" else sale.campaign_id] += 1
            if not result.outcome.sales:
                self.unsold += 1
                await asyncio.sleep(_PAUSE_S)
        await call.done_writing()


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_exactly_the_caps_are_sold(running: RunningCore, seed: int) -> None:
    chance = random.Random(seed)
    submitters, timeout_ms = 200, 1_000
    run = Run({"leads": 1_000, "dollars": 5_000 * UNIT // _PRICE, "group": 300})

    async def moody(post: Post) -> PostReply | None:
        await asyncio.sleep(chance.random() / 100)
        match chance.randrange(10):
            case 0:
                return None
            case 1 | 2:
                return reject(post)
            case _:
                return accept(post)

    source = await running.source()
    policy = AuctionPolicy(vertical="mortgage", distribution=DISTRIBUTION_WEIGHTED)  # all caps are contested at once
    await running.operator.policies.SetPolicy(SetPolicyRequest(policy=policy))
    await running.buyer("leads")
    dollars = await running.buyer("dollars")
    group = await running.buyer("group", caps=[Cap(period=CAP_PERIOD_MONTH, max_leads=run.wanted["group"])])
    by_count = [Cap(period=CAP_PERIOD_MONTH, max_leads=run.wanted["leads"])]
    by_spend = [Cap(period=CAP_PERIOD_MONTH, max_spend_micros=run.wanted["dollars"] * _PRICE)]
    await running.campaign(static("leads", "leads", _PRICE, caps=by_count))
    await running.campaign(posted("dollars", "dollars", _PRICE, caps=by_spend, post_timeout_ms=timeout_ms))
    await running.campaign(stream("group-posted", "group", bid_window_ms=200, post_timeout_ms=timeout_ms))
    await running.campaign(static("group-won", "group", _PRICE))
    async with (
        ScriptedBuyer(dollars, on_post=moody) as mood,
        ScriptedBuyer(group, on_ping=bidding(_PRICE), on_post=moody),
    ):
        await asyncio.gather(*(run.submit(source) for _ in range(submitters)))
    assert run.sold == run.wanted
    assert mood.voids, "some posts were not answered"
    assert run.unsold >= submitters
