"""A change names its fields, loses to a newer one, and is seen by the next auction."""

import asyncio

import grpc
import pytest

from leadexchange.v1.buyer_pb2 import Buyer
from leadexchange.v1.campaign_pb2 import (
    CAP_PERIOD_DAY,
    COMPLETION_ON_ACCEPT,
    COMPLETION_ON_WIN,
    Campaign,
    Cap,
    StaticBidding,
    StreamBidding,
    StreamPosting,
)
from leadexchange.v1.catalog_service_pb2 import (
    GetSourceRequest,
    UpdateBuyerRequest,
    UpdateCampaignRequest,
    UpdateSourceRequest,
)
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.party_pb2 import PARTY_STATE_ACTIVE, PARTY_STATE_ARCHIVED, PARTY_STATE_PAUSED
from leadexchange.v1.source_pb2 import Source
from tests.rpc.catalog import INVALID, get, mask, outcome, targeting, update
from tests.support.caller import refused
from tests.support.campaigns import UNIT, one_of, static
from tests.support.exchange import RunningCore


async def test_a_mask_names_what_changes(running: RunningCore) -> None:
    await running.buyer()
    made = await running.campaign(static("camp", "lender", 5 * UNIT, priority=3, bid_window_ms=70))
    change = Campaign(id="camp", display_name="New", priority=9, bid_window_ms=0)
    changed = await update(running.operator, change, "display_name", "bid_window_ms")
    assert (changed.display_name, changed.priority, changed.bid_window_ms) == ("New", 3, 100)
    assert changed.revision == made.revision + 1
    assert changed.created_at == made.created_at
    nested = Campaign(id="camp", static_bidding=StaticBidding(base_price_micros=8 * UNIT, max_price_micros=1))
    changed = await update(running.operator, nested, "static_bidding.base_price_micros")
    assert (changed.static_bidding.base_price_micros, changed.static_bidding.max_price_micros) == (8 * UNIT, 0)
    assert await get(running.operator, "camp") == changed


async def test_without_a_mask_the_fields_that_are_set_change(running: RunningCore) -> None:
    await running.buyer()
    await running.campaign(static("camp", "lender", caps=[Cap(period=CAP_PERIOD_DAY, max_leads=1)], priority=4))
    changed = await update(running.operator, Campaign(id="camp", caps=[Cap(period=CAP_PERIOD_DAY, max_leads=7)]))
    assert [cap.max_leads for cap in changed.caps] == [7]
    assert changed.priority == 4
    cleared = await update(running.operator, Campaign(id="camp"), "caps")
    assert not cleared.caps


async def test_the_way_of_bidding_can_change(running: RunningCore) -> None:
    await running.buyer()
    await running.campaign(static("camp", "lender"))
    change = Campaign(
        id="camp", stream_bidding=StreamBidding(), stream_posting=StreamPosting(), completion=COMPLETION_ON_ACCEPT
    )
    changed = await update(running.operator, change)
    assert changed.WhichOneof("bidding") == "stream_bidding"
    back = Campaign(id="camp", static_bidding=StaticBidding(base_price_micros=5), completion=COMPLETION_ON_WIN)
    changed = await update(running.operator, back, "static_bidding", "completion", "stream_posting")
    assert changed.WhichOneof("bidding") == "static_bidding"
    assert changed.WhichOneof("posting") is None


@pytest.mark.parametrize("path", ["id", "revision", "created_at", "created_at.seconds", "nonsense", "bidding", ""])
async def test_a_mask_of_what_cannot_change_is_refused(running: RunningCore, path: str) -> None:
    await running.buyer()
    await running.campaign(static("camp", "lender"))
    with running.unchanged():
        found = await refused(update(running.operator, Campaign(id="camp", display_name="x"), path))
    assert (found.code, set(found.fields)) == (INVALID, {"update_mask"})


async def test_a_campaign_stays_its_buyers(running: RunningCore) -> None:
    await running.buyer()
    await running.buyer("rival")
    await running.campaign(static("camp", "lender"))
    with running.unchanged():
        found = await refused(update(running.operator, Campaign(id="camp", buyer_id="rival"), "buyer_id"))
    assert set(found.fields) == {"campaign.buyer_id"}


async def test_an_update_that_makes_no_sense_changes_nothing(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("camp", "lender"))
    with running.unchanged():
        found = await refused(update(running.operator, Campaign(id="camp", static_bidding=StaticBidding())))
        assert set(found.fields) == {"campaign.static_bidding.base_price_micros"}
    assert (await outcome(source)).status == LEAD_STATUS_SOLD


async def test_a_stale_revision_loses(running: RunningCore) -> None:
    await running.source("one", floor_micros=1)
    catalog = running.operator.catalog

    async def change(floor: int, revision: int) -> Source:
        source = Source(id="one", floor_micros=floor, revision=revision)
        return (await catalog.UpdateSource(UpdateSourceRequest(source=source))).source

    assert (await change(2, 1)).revision == 2
    with running.unchanged():
        found = await refused(change(3, 1))
        assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "STALE_REVISION")
    assert (await change(3, 2)).floor_micros == 3
    assert (await change(4, 0)).revision == 4  # who does not ask does not lose


async def test_of_updates_at_once_none_is_lost_in_silence(running: RunningCore) -> None:
    await running.source("one")

    async def change(number: int) -> int:
        source = Source(id="one", floor_micros=number, revision=1)
        answer = await running.operator.catalog.UpdateSource(UpdateSourceRequest(source=source))
        return answer.source.floor_micros

    answers = await asyncio.gather(*(change(number) for number in range(10)), return_exceptions=True)
    (kept,) = [one for one in answers if isinstance(one, int)]
    for error in answers:
        assert isinstance(error, int) or (
            isinstance(error, grpc.aio.AioRpcError) and error.code() == grpc.StatusCode.ABORTED
        )
    assert (await running.operator.catalog.GetSource(GetSourceRequest(source_id="one"))).source.floor_micros == kept


async def test_a_change_is_seen_by_the_next_auction(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    operator = running.operator
    assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
    await running.campaign(static("camp", "lender", 10 * UNIT))
    assert (await outcome(source)).payout.micros == 8 * UNIT
    await update(operator, Campaign(id="camp", static_bidding=StaticBidding(base_price_micros=20 * UNIT)))
    assert (await outcome(source)).payout.micros == 16 * UNIT
    await update(operator, Campaign(id="camp", targeting=targeting(one_of("state", "AK"))))
    assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
    await update(operator, Campaign(id="camp", targeting=targeting(one_of("state", "TX"))))
    assert (await outcome(source)).status == LEAD_STATUS_SOLD
    for paused, active in (
        (UpdateCampaignRequest(campaign=Campaign(id="camp", state=PARTY_STATE_PAUSED)),
         UpdateCampaignRequest(campaign=Campaign(id="camp", state=PARTY_STATE_ACTIVE))),
        (UpdateCampaignRequest(campaign=Campaign(id="camp", state=PARTY_STATE_ARCHIVED)),
         UpdateCampaignRequest(campaign=Campaign(id="camp", state=PARTY_STATE_ACTIVE))),
    ):  # fmt: skip
        await operator.catalog.UpdateCampaign(paused)
        assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
        await operator.catalog.UpdateCampaign(active)
        assert (await outcome(source)).status == LEAD_STATUS_SOLD
    await operator.catalog.UpdateBuyer(UpdateBuyerRequest(buyer=Buyer(id="lender", state=PARTY_STATE_PAUSED)))
    assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
    await operator.catalog.UpdateBuyer(UpdateBuyerRequest(buyer=Buyer(id="lender", state=PARTY_STATE_ACTIVE)))
    change = Source(id="ratewise", floor_micros=20 * UNIT + 1)
    await operator.catalog.UpdateSource(UpdateSourceRequest(source=change))
    assert (await outcome(source)).status == LEAD_STATUS_UNSOLD
    await operator.catalog.UpdateSource(
        UpdateSourceRequest(source=Source(id="ratewise"), update_mask=mask("floor_micros"))
    )
    assert (await outcome(source)).status == LEAD_STATUS_SOLD
