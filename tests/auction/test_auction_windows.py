"""Each bidder has its own window: nobody waits for one whose own has closed."""

from exchange.auction.clock import Clock
from exchange.auction.pings import PingRound
from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign, Completion, StreamBidding, Targeting
from exchange.domain.metrics import Metrics
from exchange.domain.reasons import Reason


class _Watch(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.at_us = 0

    def us(self) -> int:
        return self.at_us


def _campaign(campaign_id: str, window_ms: int) -> Campaign:
    return Campaign(
        campaign_id, "b", "B", Targeting("mortgage"), StreamBidding(), Completion.ON_WIN, bid_window_ms=window_ms
    )


async def _round(watch: _Watch) -> PingRound:
    asked = {one.id: one for one in (_campaign("quick", 20), _campaign("patient", 10_000))}
    return PingRound(asked, watch, Metrics(), lambda _: False)


async def test_a_silent_bidder_with_a_short_window_holds_up_nobody() -> None:
    watch = _Watch()
    round_ = await _round(watch)
    watch.at_us = 20_000
    round_.put(Bid("patient", Reason.BID, 5_000_000))
    await round_.wait(10_000)  # would take ten seconds if it waited for the longest window
    assert {bid.campaign_id: bid.outcome for bid in round_.bids} == {
        "patient": Reason.BID,
        "quick": Reason.BID_TIMEOUT,
    }


async def test_a_bid_after_its_own_window_is_late_while_others_are_awaited() -> None:
    watch = _Watch()
    round_ = await _round(watch)
    watch.at_us = 30_000
    round_.put(Bid("quick", Reason.BID, 5_000_000))
    round_.put(Bid("patient", Reason.BID, 4_000_000))
    await round_.wait(10_000)
    assert {bid.campaign_id: bid.outcome for bid in round_.bids} == {
        "patient": Reason.BID,
        "quick": Reason.BID_LATE,
    }
