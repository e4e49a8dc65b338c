"""What a core counted and how long its auctions took, over the contract."""

import pytest

from exchange.app import latency
from exchange.domain.metrics import Phase
from leadexchange.v1.ping_pb2 import ConsentEvidence
from leadexchange.v1.submission_service_pb2 import PingLeadRequest, PostLeadRequest, SubmitLeadsRequest
from leadexchange.v1.telemetry_service_pb2 import GetTelemetryRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, bidding
from tests.support.caller import Caller, refused
from tests.support.campaigns import UNIT, static, stream
from tests.support.exchange import RunningCore

SOLD_ON_WIN = {
    *(Phase.QUEUE, Phase.ADMIT, Phase.MATCH, Phase.PING, Phase.BIDS, Phase.RANK, Phase.COMMIT, Phase.TOTAL),
    Phase.PING_SENT,
}


async def reading(running: RunningCore) -> latency.Reading:
    return latency.reading(await running.operator.telemetry.GetTelemetry(GetTelemetryRequest()))


def counted(reading: latency.Reading) -> dict[Phase, int]:
    return {phase: buckets.total() for phase, buckets in reading.phases.items()}


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("all", "lender"))
    return source


async def test_each_auction_is_counted_once_in_each_phase_that_it_had(running: RunningCore, source: Caller) -> None:
    assert counted(await reading(running)) == {}
    one = leads.findable(1, "one")
    await source.submission.SubmitLead(one)
    await source.submission.SubmitLead(one)  # a repeat is no auction
    frame = SubmitLeadsRequest(leads=[leads.findable(n, f"n{n}") for n in (2, 3)])
    call = source.submission.SubmitLeads(iter([frame]))
    assert sum([len(answer.results) async for answer in call]) == 2
    found = await reading(running)
    assert counted(found) == dict.fromkeys(SOLD_ON_WIN, 3)
    total = latency.percentile_ms(found.phases[Phase.TOTAL], 100)
    assert 0 < latency.percentile_ms(found.phases[Phase.COMMIT], 50) <= total


async def test_posts_are_timed_and_both_halves_of_two_steps(running: RunningCore, source: Caller) -> None:
    dear = await running.buyer("dear")
    await running.campaign(stream("dear", "dear"))
    person = leads.findable(1)
    async with ScriptedBuyer(dear, on_ping=bidding(20 * UNIT)):
        evidence = ConsentEvidence(has_time=True, has_trustedform=True)
        offered = await source.submission.PingLead(PingLeadRequest(profile=person.profile, consent=evidence))
        before = await reading(running)
        request = PostLeadRequest(ping_id=offered.ping_id, contact=person.contact, consent=person.consent)
        await source.submission.PostLead(request)
    assert counted(before) == dict.fromkeys(SOLD_ON_WIN, 1)
    after = (await reading(running)).since(before)
    posting = {Phase.QUEUE, Phase.ADMIT, Phase.RANK, Phase.POST, Phase.COMMIT, Phase.TOTAL, Phase.POST_ACCEPTED}
    assert {phase: count for phase, count in counted(after).items() if count} == dict.fromkeys(posting, 1)


async def test_what_was_counted_is_told_by_name(running: RunningCore) -> None:
    running.core.metrics.count("bids_late", 2)
    assert (await reading(running)).counts == {"bids_late": 2}


async def test_it_is_for_operators(source: Caller) -> None:
    assert (await refused(source.telemetry.GetTelemetry(GetTelemetryRequest()))).reason == "FORBIDDEN"
