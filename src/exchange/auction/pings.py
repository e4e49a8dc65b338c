"""The ping round: every qualified campaign is asked at once; it ends when all have answered or time is up."""

import asyncio
from collections.abc import Mapping, Sequence

from exchange.auction.clock import Clock
from exchange.auction.run import Run
from exchange.bidders.calls import PingCall, Session
from exchange.bidders.directory import Directory
from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign, StaticBidding
from exchange.domain.metrics import Metrics
from exchange.domain.reasons import Reason
from exchange.market.pricing import static_price


class PingRound:
    """Collects what comes of the pings of one auction (`exchange.bidders.calls.BidSink`)."""

    def __init__(self, campaigns: Mapping[str, Campaign], clock: Clock, metrics: Metrics) -> None:
        self.bids: list[Bid] = []
        self.strays = 0
        self._campaigns = campaigns
        self._clock = clock
        self._metrics = metrics
        self._sent_us = clock.us()
        self._waiting: set[str] = set(campaigns)
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def put(self, bid: Bid) -> None:
        """Takes a bid: the first of a campaign inside its window stands; the rest are counted."""
        if bid.campaign_id not in self._waiting:
            if bid.outcome != Reason.BIDDER_DISCONNECTED:  # hanging up after a bid is no second bid
                self.strays += 1
                self._metrics.count("bids_duplicate")
            return
        campaign = self._campaigns[bid.campaign_id]
        latency_us = self._clock.us() - self._sent_us
        self._waiting.discard(bid.campaign_id)
        self.bids.append(_judged(bid, campaign, latency_us))
        if not self._waiting and not self._done.done():
            self._done.set_result(None)

    def stray(self) -> None:
        """Counts a bid for a campaign that its bidder was not asked about."""
        self.strays += 1
        self._metrics.count("bids_unsolicited")

    async def wait(self, window_ms: int) -> None:
        """Returns when all have answered or the window closes; whoever is still awaited then timed out."""
        if self._waiting:
            timer = asyncio.get_running_loop().call_later(window_ms / 1000, self._close)
            try:
                await self._done
            finally:
                timer.cancel()
        latency_us = self._clock.us() - self._sent_us
        self.bids.extend(Bid(id_, Reason.BID_TIMEOUT, latency_us=latency_us) for id_ in sorted(self._waiting))
        self._waiting.clear()

    def _close(self) -> None:
        if not self._done.done():
            self._done.set_result(None)


def _judged(bid: Bid, campaign: Campaign, latency_us: int) -> Bid:
    """The bid as the auction takes it: a price in range and in time, or the reason why not."""
    outcome, price = bid.outcome, bid.price_micros
    if outcome == Reason.BID and price > campaign.max_bid_micros:
        outcome = Reason.BID_INVALID
    elif outcome == Reason.BID and latency_us > campaign.bid_window_ms * 1000:
        outcome = Reason.BID_LATE
    if outcome != Reason.BID:
        price = 0
    return Bid(bid.campaign_id, outcome, price, latency_us, bid.reference, bid.reason_code)


class Pings:
    """Asks campaigns for bids: static ones on the spot, the others through their sessions."""

    def __init__(self, directory: Directory, clock: Clock, metrics: Metrics) -> None:
        self._directory = directory
        self._clock = clock
        self._metrics = metrics

    async def collect(self, run: Run, campaigns: Sequence[Campaign]) -> None:
        """Fills `run.bids` with one bid a campaign; takes no longer than the longest window among them."""
        remote: dict[Session, dict[str, Campaign]] = {}
        for campaign in campaigns:
            if isinstance(campaign.bidding, StaticBidding):
                price = static_price(campaign.bidding, run.profile)
                run.bids.append(Bid(campaign.id, Reason.BID if price > 0 else Reason.NO_PRICE, price))
            else:
                session = self._directory.bidder(campaign.id)
                if session is None or session.free <= 0:
                    out = Reason.BIDDER_OFFLINE if session is None else Reason.BIDDER_SATURATED
                    run.bids.append(Bid(campaign.id, out))
                else:
                    remote.setdefault(session, {})[campaign.id] = campaign
        if remote:
            await self._ask(run, remote)
        else:
            run.phases.pings_sent_us = run.phases.bids_in_us = self._clock.us() - run.started_us

    async def _ask(self, run: Run, remote: Mapping[Session, Mapping[str, Campaign]]) -> None:
        asked = {campaign.id: campaign for campaigns in remote.values() for campaign in campaigns.values()}
        left_ms = max(0, (run.ends_us - self._clock.us()) // 1000)
        window_ms = min(left_ms, max(campaign.bid_window_ms for campaign in asked.values()))
        round_ = PingRound(asked, self._clock, self._metrics)
        deadline_ms = self._clock.now_ms() + window_ms
        for session, campaigns in remote.items():
            session.ping(PingCall(run.auction_id, tuple(campaigns), run.profile, deadline_ms, window_ms), round_)
        run.phases.pings_sent_us = self._clock.us() - run.started_us
        try:
            await round_.wait(window_ms)
        finally:
            for session in remote:
                session.close_ping(run.auction_id)
        run.phases.bids_in_us = self._clock.us() - run.started_us
        run.bids.extend(round_.bids)
        run.trace.stray_bids = round_.strays
