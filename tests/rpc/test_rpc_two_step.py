"""Ping, then post: the best offer for a profile, taken up once by the person behind it."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest

from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Cap
from leadexchange.v1.catalog_service_pb2 import UpdateCampaignRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest, GetLeadRequest
from leadexchange.v1.party_pb2 import PARTY_STATE_PAUSED
from leadexchange.v1.ping_pb2 import ConsentEvidence
from leadexchange.v1.reason_pb2 import (
    REASON_NO_CAMPAIGN,
    REASON_OFFER_WITHDRAWN,
)
from leadexchange.v1.submission_service_pb2 import PingLeadRequest, PingLeadResponse, PostLeadRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, bidding, reject
from tests.support.caller import Caller, refused
from tests.support.campaigns import UNIT, one_of, posted, static, stream
from tests.support.exchange import RunningCore

FAILED = grpc.StatusCode.FAILED_PRECONDITION
PERSON = leads.findable(1)
EVIDENCE = ConsentEvidence(has_time=True, has_trustedform=True)


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    """A source; a static buyer at 10, and a dearer one at 20 over a stream that the test may open."""
    source = await running.source()
    await running.buyer()
    await running.campaign(static("cheap", "lender", 10 * UNIT))
    return source


async def ping(source: Caller, **fields: Any) -> PingLeadResponse:
    return await source.submission.PingLead(
        PingLeadRequest(**{"profile": PERSON.profile, "consent": EVIDENCE, **fields})
    )


def post(ping_id: str, **fields: Any) -> PostLeadRequest:
    """The person behind the ping."""
    return PostLeadRequest(**{"ping_id": ping_id, "contact": PERSON.contact, "consent": PERSON.consent, **fields})


async def test_the_best_offer_is_made_and_taken_up(running: RunningCore, source: Caller) -> None:
    dear = await running.buyer("dear")
    await running.campaign(stream("dear", "dear"))
    async with ScriptedBuyer(dear, on_ping=bidding(20 * UNIT)) as buyer:
        offered = await ping(source)
        assert offered.offer.payout.micros == 16 * UNIT
        assert not offered.offer.HasField("price")
        (asked,) = buyer.pings
        assert asked.auction_id == offered.ping_id
        assert not buyer.posts
        for name, needle in leads.needles(PERSON).items():
            assert not any(needle in frame for frame in buyer.frames), name
        outcome = (await source.submission.PostLead(post(offered.ping_id))).outcome
        assert outcome.status == LEAD_STATUS_SOLD
        assert outcome.payout.micros == 16 * UNIT
        assert outcome.auction_id == offered.ping_id
        (sent,) = buyer.posts
    assert (sent.price_micros, sent.bid_reference) == (20 * UNIT, "ref-dear")
    assert (sent.contact.first_name, sent.contact.phone) == (PERSON.contact.first_name, "+13128670001")
    kept = (await source.leads.GetLead(GetLeadRequest(lead_id=outcome.lead_id))).lead
    assert kept.profile.external_id == PERSON.profile.external_id


async def test_an_operator_is_told_the_price(running: RunningCore, source: Caller) -> None:
    offered = await ping(running.operator, source_id="ratewise")
    assert (offered.offer.price.micros, offered.offer.payout.micros) == (10 * UNIT, 8 * UNIT)
    assert (await refused(ping(running.operator))).fields.keys() == {"source_id"}


async def test_no_offer_says_why(running: RunningCore, source: Caller) -> None:
    targeting = {"vertical": "mortgage", "conditions": [one_of("state", "AK")]}
    change = UpdateCampaignRequest(campaign={"id": "cheap", "targeting": targeting})
    await running.operator.catalog.UpdateCampaign(change)
    offered = await ping(source)
    assert not offered.HasField("offer")
    assert not offered.HasField("expires_at")
    assert offered.reason == REASON_NO_CAMPAIGN
    outcome = (await source.submission.PostLead(post(offered.ping_id))).outcome
    assert outcome.status == LEAD_STATUS_UNSOLD


async def test_an_offer_is_used_once(running: RunningCore, source: Caller) -> None:
    offered = await ping(source)
    assert (await source.submission.PostLead(post(offered.ping_id, request_id="one"))).outcome.sales
    with running.unchanged():
        for other in (post(offered.ping_id, request_id="two"), post(offered.ping_id)):
            found = await refused(source.submission.PostLead(other))
            assert (found.code, found.reason) == (FAILED, "PING_USED")
        changed = post(offered.ping_id, request_id="one")
        changed.contact.last_name = "Someone Else"
        assert (await refused(source.submission.PostLead(changed))).reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize("kind", [static, posted])
async def test_of_several_that_take_up_one_offer_at_once_one_has_it(running: RunningCore, kind: Any) -> None:
    """Under ids of their own, so that none is a repeat; and none takes room under the cap for nothing."""
    source, lender = await running.source(), await running.buyer()
    await running.campaign(kind("camp", "lender", caps=[Cap(period=CAP_PERIOD_MONTH, max_leads=9)]))
    async with ScriptedBuyer(lender) as buyer:
        offered = await ping(source)
        calls = [refused(source.submission.PostLead(post(offered.ping_id, request_id=f"r{one}"))) for one in range(8)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        lost = [answer for answer in answers if not isinstance(answer, BaseException)]
        assert [(answer.code, answer.reason) for answer in lost] == [(FAILED, "PING_USED")] * 7
        assert len(buyer.posts) == (1 if kind is posted else 0)
        # There was room for nine, and one was bought.
        more = [(await source.submission.SubmitLead(leads.request(number))).outcome.status for number in range(9)]
        assert more == [LEAD_STATUS_SOLD] * 8 + [LEAD_STATUS_UNSOLD]


async def test_an_offer_expires(tmp_path: Path) -> None:
    async with RunningCore(tmp_path, EXCHANGE_AUCTION_OFFER_TTL_MS="1000") as running:
        source = await running.source()
        await running.buyer()
        await running.campaign(static("cheap", "lender"))
        offered = await ping(source)
        left_ms = offered.expires_at.ToMilliseconds() - running.core.clock.now_ms()
        assert 0 < left_ms <= 1_000
        await asyncio.sleep(left_ms / 1000 + 0.01)
        with running.unchanged():
            found = await refused(source.submission.PostLead(post(offered.ping_id)))
        assert (found.code, found.reason) == (FAILED, "PING_EXPIRED")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "CA"),
        ("loan_amount", 1_000_000),
        ("loan_purpose", "purchase"),
        ("extra", "code"),
        ("debt_ratio", None),
    ],
)
async def test_a_lead_that_changed_is_refused_and_the_field_named(
    running: RunningCore, source: Caller, name: str, value: str | int | None
) -> None:
    offered = await ping(source)
    changed = leads.profile(1, **{name: value})
    with running.unchanged():
        found = await refused(source.submission.PostLead(post(offered.ping_id, profile=changed)))
    assert (found.code, found.reason, set(found.fields)) == (FAILED, "LEAD_CHANGED", {f"profile.attributes.{name}"})
    # The offer stands for the lead that it was made for.
    outcome = (await source.submission.PostLead(post(offered.ping_id, profile=PERSON.profile))).outcome
    assert outcome.status == LEAD_STATUS_SOLD


@pytest.mark.parametrize("field", ["sub_source", "vertical", "test"])
async def test_the_rest_of_a_profile_may_not_change_either(running: RunningCore, source: Caller, field: str) -> None:
    offered = await ping(source)
    changed = leads.profile(1)
    if field == "vertical":
        changed.CopyFrom(type(changed)(vertical="home_services", sub_source=changed.sub_source))
        for name, raw in (("zip", "10548"), ("state", "NY"), ("service", "roofing")):
            changed.attributes[name].text = raw
    else:
        setattr(changed, field, True if field == "test" else "aff-999")
    with running.unchanged():
        found = await refused(source.submission.PostLead(post(offered.ping_id, profile=changed)))
    assert (found.code, found.reason) == (FAILED, "LEAD_CHANGED")
    assert f"profile.{field}" in found.fields


async def test_the_same_profile_in_other_words_is_the_same(source: Caller) -> None:
    offered = await ping(source)
    same = leads.profile(1, state="New York", loan_amount="$128,000.00", self_employed="No")
    assert (await source.submission.PostLead(post(offered.ping_id, profile=same))).outcome.sales


async def test_consent_that_was_promised_must_come(running: RunningCore, source: Caller) -> None:
    offered = await ping(source)
    with running.unchanged():
        for consent in ({}, {"given_at": PERSON.consent.given_at}):
            found = await refused(source.submission.PostLead(post(offered.ping_id, consent=consent)))
            assert (found.code, found.reason, set(found.fields)) == (FAILED, "LEAD_CHANGED", {"consent"})
            assert "has_trustedform" in found.fields["consent"] or "has_time" in found.fields["consent"]


async def test_a_person_that_cannot_be_read_is_refused_and_the_offer_stands(
    running: RunningCore, source: Caller
) -> None:
    offered = await ping(source)
    with running.unchanged():
        found = await refused(source.submission.PostLead(post(offered.ping_id, contact={"email": "@"})))
        assert (found.reason, set(found.fields)) == ("INVALID_FIELD", {"contact.email"})
        found = await refused(source.submission.PostLead(post(offered.ping_id, contact={})))
        assert set(found.fields) == {"contact.phone"}
    assert (await source.submission.PostLead(post(offered.ping_id))).outcome.sales


async def test_a_ping_of_others_does_not_exist(running: RunningCore, source: Caller) -> None:
    other = await running.source("other")
    offered = await ping(source)
    with running.unchanged():
        hidden = await refused(other.submission.PostLead(post(offered.ping_id)))
        missing = await refused(other.submission.PostLead(post("auc_01M884XZT9D21THHFY2N5R82HH")))
        assert (hidden.code, hidden.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
        assert hidden.message == missing.message
        assert (
            await refused(other.leads.GetAuction(GetAuctionRequest(auction_id=offered.ping_id)))
        ).code == hidden.code
        for ping_id in ("", "x", "lead_01M884XZT9D21THHFY2N5R82HH"):
            found = await refused(source.submission.PostLead(post(ping_id)))
            assert (found.reason, set(found.fields)) == ("INVALID_FIELD", {"ping_id"})


async def test_a_campaign_that_was_paused_since_has_withdrawn(running: RunningCore, source: Caller) -> None:
    offered = await ping(source)
    pause = UpdateCampaignRequest(campaign={"id": "cheap", "state": PARTY_STATE_PAUSED})
    await running.operator.catalog.UpdateCampaign(pause)
    outcome = (await source.submission.PostLead(post(offered.ping_id))).outcome
    assert (outcome.status, outcome.reason) == (LEAD_STATUS_UNSOLD, REASON_OFFER_WITHDRAWN)


async def test_a_cap_that_was_used_up_since_withdraws_the_offer(running: RunningCore, source: Caller) -> None:
    caps = [Cap(period=CAP_PERIOD_MONTH, max_leads=1)]
    await running.operator.catalog.UpdateCampaign(UpdateCampaignRequest(campaign={"id": "cheap", "caps": caps}))
    offered = [await ping(source) for _ in range(2)]
    assert all(one.HasField("offer") for one in offered)  # an offer holds no room
    first, second = [(await source.submission.PostLead(post(one.ping_id))).outcome for one in offered]
    assert first.status == LEAD_STATUS_SOLD
    assert (second.status, second.reason) == (LEAD_STATUS_UNSOLD, REASON_OFFER_WITHDRAWN)


async def test_the_next_best_has_the_lead_when_the_best_rejects_it(running: RunningCore, source: Caller) -> None:
    dear = await running.buyer("dear")
    await running.campaign(stream("dear", "dear"))
    async with ScriptedBuyer(dear, on_ping=bidding(20 * UNIT), on_post=reject):
        offered = await ping(source)
        outcome = (await source.submission.PostLead(post(offered.ping_id))).outcome
    assert (outcome.status, outcome.sales[0].campaign_id, outcome.payout.micros) == (
        LEAD_STATUS_SOLD,
        "cheap",
        8 * UNIT,
    )


async def test_an_offer_outlives_a_restart(running: RunningCore, source: Caller) -> None:
    offered = await ping(source)
    await running.restart()
    outcome = (await running.caller(source.key).submission.PostLead(post(offered.ping_id))).outcome
    assert outcome.status == LEAD_STATUS_SOLD


async def test_the_trace_of_a_ping_is_there_before_and_after_the_post(running: RunningCore, source: Caller) -> None:
    offered = await ping(source)
    asked = GetAuctionRequest(auction_id=offered.ping_id)
    before = (await running.operator.leads.GetAuction(asked)).auction
    assert [one.campaign_id for one in before.considerations] == ["cheap"]
    assert not before.lead_id
    outcome = (await source.submission.PostLead(post(offered.ping_id))).outcome
    after = (await running.operator.leads.GetAuction(asked)).auction
    assert after.lead_id == outcome.lead_id
    assert [one.campaign_id for one in after.considerations] == ["cheap"]
