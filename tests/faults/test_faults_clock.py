"""The wall clock is set while auctions run: their times go by the monotonic clock, ids and caps stay in order."""

from pathlib import Path
from typing import Final

import pytest

from exchange.app.config import load
from exchange.app.core import Core
from exchange.auction.clock import Clock
from leadexchange.v1.access_service_pb2 import SetRatePlanRequest
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.lead_service_pb2 import GetLeadRequest
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import Post, PostReply
from leadexchange.v1.rate_plan_pb2 import RatePlan
from leadexchange.v1.reason_pb2 import REASON_POST_TIMEOUT
from leadexchange.v1.submission_service_pb2 import PingLeadRequest, PostLeadRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept, bidding, silent
from tests.support.caller import refused
from tests.support.campaigns import UNIT, static, stream
from tests.support.exchange import RunningCore

HOUR_MS: Final = 3_600_000
BOTH_WAYS: Final = pytest.mark.parametrize("jump_ms", [HOUR_MS, -HOUR_MS], ids=["forth", "back"])


class SetClock(Clock):
    """The system's clocks, of which the wall clock can be set; the monotonic one cannot, as on any system."""

    def __init__(self) -> None:
        super().__init__()
        # Half past, so that no hour ends by itself.
        self.ahead_ms = HOUR_MS // 2 - super().now_ms() % HOUR_MS

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


class SetCore(RunningCore):
    """A core whose wall clock a test sets."""

    def __init__(self, directory: Path, **settings: str) -> None:
        super().__init__(directory, **settings)
        self.clock = SetClock()

    async def start(self) -> None:
        self.core = Core(load(self.environment), self.environment, self.clock)
        address = await self.core.start()
        self._serves_at(address, await self.core.operator_key("test"))


@BOTH_WAYS
async def test_auctions_under_way_go_by_the_monotonic_clock(tmp_path: Path, jump_ms: int) -> None:
    async with SetCore(tmp_path) as core:
        source, lender = await core.source(), await core.buyer()
        await core.campaign(stream("camp", "lender", post_timeout_ms=400))

        def bid(ping: Ping) -> list[Bid]:
            core.clock.ahead_ms += jump_ms
            return list(bidding(10 * UNIT)(ping))  # type: ignore[arg-type]

        def take(post: Post) -> PostReply:
            core.clock.ahead_ms += jump_ms
            return accept(post)

        async with ScriptedBuyer(lender, on_ping=bid, on_post=take) as buyer:
            before = (await source.submission.SubmitLead(leads.request(0, "r0"))).outcome
            assert before.status == LEAD_STATUS_SOLD
            buyer.on_post = silent
            core.clock.ahead_ms += jump_ms
            after = (await source.submission.SubmitLead(leads.request(1, "r1"))).outcome
            assert after.status == LEAD_STATUS_UNSOLD  # after 400 ms, not at once and not in an hour
            assert [void.reason for void in buyer.voids] == [REASON_POST_TIMEOUT]
        assert after.lead_id > before.lead_id
        await source.leads.GetLead(GetLeadRequest(lead_id=after.lead_id))


@BOTH_WAYS
async def test_an_offer_stands_until_the_wall_clock_passes_its_end(tmp_path: Path, jump_ms: int) -> None:
    async with SetCore(tmp_path) as core:
        source, _ = await core.source(), await core.buyer()
        await core.campaign(static("camp", "lender"))
        whole = leads.request(0)
        ping = await source.submission.PingLead(PingLeadRequest(profile=whole.profile))
        core.clock.ahead_ms += jump_ms
        post = source.submission.PostLead(
            PostLeadRequest(ping_id=ping.ping_id, contact=whole.contact, consent=whole.consent)
        )
        if jump_ms > 0:
            assert (await refused(post)).reason == "PING_EXPIRED"
        else:
            assert (await post).outcome.status == LEAD_STATUS_SOLD


async def test_a_cap_counts_by_the_hour_that_the_clock_shows(tmp_path: Path) -> None:
    async with SetCore(tmp_path) as core:
        source, _ = await core.source(), await core.buyer()
        await core.campaign(static("capped", "lender", 20 * UNIT, caps=[{"period": "CAP_PERIOD_HOUR", "max_leads": 1}]))
        await core.campaign(static("backstop", "lender", UNIT))

        async def bought(number: int) -> str:
            outcome = (await source.submission.SubmitLead(leads.request(number, f"r{number}"))).outcome
            return outcome.sales[0].campaign_id

        assert [await bought(0), await bought(1)] == ["capped", "backstop"]
        core.clock.ahead_ms += HOUR_MS
        assert [await bought(2), await bought(3)] == ["capped", "backstop"]
        core.clock.ahead_ms -= HOUR_MS  # the hour before is remembered
        assert await bought(4) == "backstop"
        core.clock.ahead_ms -= HOUR_MS
        assert [await bought(5), await bought(6)] == ["capped", "backstop"]
        await core.restart()
        core.clock.ahead_ms += HOUR_MS
        source = core.caller(source.key)
        assert await bought(7) == "backstop"


@BOTH_WAYS
async def test_a_rate_plan_counts_by_the_monotonic_clock(tmp_path: Path, jump_ms: int) -> None:
    async with SetCore(tmp_path) as core:
        source, _ = await core.source(), await core.buyer()
        await core.operator.access.SetRatePlan(SetRatePlanRequest(plan=RatePlan(party_id="ratewise", per_minute=2)))
        for number in range(2):
            await source.submission.SubmitLead(leads.request(number))
        core.clock.ahead_ms += jump_ms
        beyond = await refused(source.submission.SubmitLead(leads.request(2)))
        assert beyond.reason == "RATE_LIMITED"
        assert beyond.retry_ms is not None
        assert beyond.retry_ms <= 61_000
