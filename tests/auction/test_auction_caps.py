"""Caps are never exceeded, whatever comes at once; `RunningCore` has `verify` prove it when each test ends."""

import asyncio
import random
from collections import Counter

import pytest

from leadexchange.v1.campaign_pb2 import CAP_PERIOD_DAY, CAP_PERIOD_HOUR, CAP_PERIOD_MONTH, Campaign, Cap
from leadexchange.v1.catalog_service_pb2 import UpdateCampaignRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.post_pb2 import Post, PostReply
from leadexchange.v1.submission_service_pb2 import LeadOutcome
from tests.support import leads
from tests.support.buyer import Bids, ScriptedBuyer, accept, bidding, reject
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, static, stream
from tests.support.exchange import RunningCore


async def burst(source: Caller, count: int, first: int = 0) -> list[LeadOutcome]:
    """So many leads at once."""
    calls = [
        source.submission.SubmitLead(leads.request(first + number, f"r{first + number}")) for number in range(count)
    ]
    return [answer.outcome for answer in await asyncio.gather(*calls)]


def sold_by(outcomes: list[LeadOutcome]) -> Counter[str]:
    return Counter(outcome.sales[0].campaign_id for outcome in outcomes if outcome.status == LEAD_STATUS_SOLD)


@pytest.mark.parametrize("period", [CAP_PERIOD_DAY, CAP_PERIOD_MONTH])
async def test_a_burst_buys_to_the_cap_and_no_further(running: RunningCore, period: int) -> None:
    source = await running.source()
    await running.buyer("dear")
    await running.buyer("cheap")
    await running.campaign(static("dear", "dear", 10 * UNIT, caps=[Cap(period=period, max_leads=7)]))  # type: ignore[arg-type]
    await running.campaign(static("cheap", "cheap", 1 * UNIT))
    assert sold_by(await burst(source, 40)) == {"dear": 7, "cheap": 33}


async def test_a_cap_on_spend_leaves_no_room_for_a_part_of_a_lead(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    caps = [Cap(period=CAP_PERIOD_MONTH, max_spend_micros=35 * UNIT)]
    await running.campaign(static("camp", "lender", 10 * UNIT, caps=caps))
    assert sold_by(await burst(source, 20)) == {"camp": 3}


async def test_the_narrowest_of_several_caps_holds(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    caps = [
        Cap(period=CAP_PERIOD_MONTH, max_leads=9),
        Cap(period=CAP_PERIOD_DAY, max_spend_micros=41 * UNIT),
        Cap(period=CAP_PERIOD_MONTH, max_leads=6, max_spend_micros=900 * UNIT),
    ]
    await running.campaign(static("camp", "lender", 10 * UNIT, caps=caps))
    assert sold_by(await burst(source, 20)) == {"camp": 4}


async def test_what_was_bought_is_remembered_over_a_restart(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer(time_zone="Pacific/Kiritimati")
    await running.campaign(static("camp", "lender", caps=[Cap(period=CAP_PERIOD_MONTH, max_leads=5)]))
    assert sold_by(await burst(source, 3)) == {"camp": 3}
    await running.restart()
    source = running.caller(source.key)
    assert sold_by(await burst(source, 10, 3)) == {"camp": 2}
    await running.restart()
    assert sold_by(await burst(running.caller(source.key), 5, 13)) == {}


async def test_a_cap_that_is_set_later_knows_what_was_bought_before(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("camp", "lender"))
    assert sold_by(await burst(source, 4)) == {"camp": 4}
    for limit, more in ((3, 0), (6, 2), (6, 0), (7, 1)):
        change = Campaign(id="camp", caps=[Cap(period=CAP_PERIOD_MONTH, max_leads=limit)])
        await running.operator.catalog.UpdateCampaign(UpdateCampaignRequest(campaign=change))
        assert sum(sold_by(await burst(source, 5, limit * 100 + more * 10)).values()) == more


@pytest.mark.parametrize("seed", range(3))
async def test_buyers_that_answer_as_they_please_never_buy_beyond_their_caps(running: RunningCore, seed: int) -> None:
    chance = random.Random(seed)
    source = await running.source()
    limits = {"one": 5, "two": 8, "three": 11}

    async def moody(post: Post) -> PostReply | None:
        await asyncio.sleep(chance.random() / 20)
        match chance.randint(0, 3):
            case 0:
                return reject(post)
            case 1:
                return None
            case _:
                return accept(post)

    async def slowly(ping: object) -> Bids:
        await asyncio.sleep(chance.random() / 50)
        return bidding(chance.randint(1, 20) * UNIT)(ping)  # type: ignore[arg-type, return-value]

    buyers = []
    for name, limit in limits.items():
        caller = await running.buyer(name)
        caps = [Cap(period=CAP_PERIOD_MONTH, max_leads=limit), Cap(period=CAP_PERIOD_HOUR, max_spend_micros=90 * UNIT)]
        await running.campaign(stream(name, name, caps=caps, bid_window_ms=300, post_timeout_ms=80))
        buyers.append(ScriptedBuyer(caller, on_ping=slowly, on_post=moody))
    async with buyers[0], buyers[1], buyers[2]:
        outcomes = await burst(source, 60)
    found = sold_by(outcomes)
    assert sum(found.values()) > 5
    for name, limit in limits.items():
        assert found[name] <= limit
    # Each lead was accepted by its buyer; the posts that were not sales were voided or rejected.
    for outcome in outcomes:
        for sale in outcome.sales:
            posts = [one for buyer in buyers for one in buyer.posts if one.lead_id == outcome.lead_id]
            assert [one for one in posts if one.campaign_id == sale.campaign_id]
