"""The ping round: every qualified campaign is asked at once; it ends when all have answered or time is up."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from exchange.auction.care import Care
from exchange.auction.clock import Clock
from exchange.auction.run import Run
from exchange.bidders.calls import PingCall, Session
from exchange.bidders.directory import Directory
from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign, StaticBidding
from exchange.domain.metrics import Metrics
from exchange.domain.reasons import Reason
from exchange.market.early import settled
from exchange.market.pricing import shared_price, static_price
from exchange.market.ranking import Terms

_BID: Final = Reason.BID  # to look it up for each bid costs more than to compare it
_TIMER_SLACK_US: Final = 2_000  # a timer may fire so much early by the other clock


class PingRound:
    """Collects what comes of the pings of one auction (`exchange.bidders.calls.BidSink`)."""

    def __init__(
        self, asked: Mapping[str, Campaign], clock: Clock, metrics: Metrics, settled: Callable[["PingRound"], bool]
    ) -> None:
        """`settled` says whether the round may end although some have not answered."""
        self.bids: list[Bid] = []
        self.strays = 0
        self._campaigns = asked
        self._clock = clock
        self._metrics = metrics
        self._settled = settled
        self._out_of_time = False
        self._sent_us = clock.us()
        self._waiting: set[str] = set(asked)
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
        if self._over() or self._settled(self):
            self._end()

    def _over(self) -> bool:
        """Whether nobody is awaited inside its window any more."""
        return all(self._closed(self._campaigns[campaign_id]) for campaign_id in self._waiting)

    def _closed(self, campaign: Campaign) -> bool:
        return self._clock.us() - self._sent_us >= campaign.bid_window_ms * 1000 - _TIMER_SLACK_US

    def stray(self) -> None:
        """Counts a bid for a campaign that its bidder was not asked about."""
        self.strays += 1
        self._metrics.count("bids_unsolicited")

    def awaited(self) -> list[Campaign]:
        """Campaigns whose answers are still awaited."""
        return [self._campaigns[campaign_id] for campaign_id in self._waiting]

    async def wait(self, window_ms: int) -> None:
        """Returns when nobody is awaited inside its window, when nobody left can win, or after the window given."""
        if self._waiting:
            loop = asyncio.get_running_loop()
            windows = {min(window_ms, campaign.bid_window_ms) for campaign in self._campaigns.values()}
            timers = [loop.call_later(window / 1000, self._close, window == window_ms) for window in windows]
            try:
                await self._done
            finally:
                for timer in timers:
                    timer.cancel()
        latency_us = self._clock.us() - self._sent_us
        for campaign in sorted(self.awaited(), key=lambda one: one.id):
            # Whoever could not have won any more is not held to have been slow.
            outcome = Reason.BID_TIMEOUT if self._out_of_time or self._closed(campaign) else Reason.OUTRANKED
            self.bids.append(Bid(campaign.id, outcome, latency_us=latency_us))
        self._waiting.clear()

    def _close(self, last: bool) -> None:
        """A window has closed: the round ends when it was the last, or when nobody else is awaited."""
        self._out_of_time = self._out_of_time or last
        if last or self._over():
            self._end()

    def _end(self) -> None:
        if not self._done.done():
            self._done.set_result(None)


def _judged(bid: Bid, campaign: Campaign, latency_us: int) -> Bid:
    """The bid as the auction takes it: a price in range and in time, or the reason why not."""
    outcome = bid.outcome
    dearer = 0 < bid.price_micros < bid.shared_price_micros  # a shared sale is never worth more than an exclusive one
    if outcome == Reason.BID and (dearer or max(bid.price_micros, bid.shared_price_micros) > campaign.max_bid_micros):
        outcome = Reason.BID_INVALID
    elif outcome == Reason.BID and latency_us > campaign.bid_window_ms * 1000:
        outcome = Reason.BID_LATE
    if outcome != Reason.BID:
        return Bid(bid.campaign_id, outcome, 0, latency_us, reason_code=bid.reason_code)
    return msgspec.structs.replace(bid, latency_us=latency_us)


class Pings:
    """Asks campaigns for bids: static ones on the spot, the others through their sessions."""

    def __init__(self, directory: Directory, care: Care, clock: Clock, metrics: Metrics) -> None:
        self._directory = directory
        self._care = care
        self._clock = clock
        self._metrics = metrics

    async def collect(self, run: Run, qualified: Sequence[Campaign], terms: Terms) -> None:
        """Fills `run.bids` with one bid a campaign; takes no longer than the longest window among them."""
        remote: dict[Session, dict[str, Campaign]] = {}
        known: dict[int, bool] = {}
        profile, bids = run.profile, run.bids
        for campaign in qualified:
            bidding = campaign.bidding
            if type(bidding) is StaticBidding:
                price = static_price(bidding, profile, known)
                shared = shared_price(bidding, price) if bidding.shared_bps else 0
                bids.append(Bid(campaign.id, _BID if price > 0 else Reason.NO_PRICE, price, 0, "", "", shared))
            else:
                self._assign(run, campaign, remote)
        if remote:
            await self._ask(run, remote, {one.id: one for one in qualified}, terms)
        else:
            run.phases.pings_sent_us = run.phases.bids_in_us = self._clock.us() - run.started_us

    def _assign(self, run: Run, campaign: Campaign, remote: dict[Session, dict[str, Campaign]]) -> None:
        """Finds who is to be asked for a campaign, or notes why nobody is."""
        session = self._directory.bidder(campaign.id)
        out = None
        if session is None:
            out = Reason.BIDDER_OFFLINE
        elif session.free <= 0:
            out = Reason.BIDDER_SATURATED
        elif self._care.passes_over(campaign, run.auction_id):
            out = Reason.BIDDER_THROTTLED
        if session is None or out is not None:
            run.bids.append(Bid(campaign.id, out or Reason.BIDDER_OFFLINE))
        else:
            remote.setdefault(session, {})[campaign.id] = campaign

    async def _ask(
        self,
        run: Run,
        remote: Mapping[Session, Mapping[str, Campaign]],
        qualified: Mapping[str, Campaign],
        terms: Terms,
    ) -> None:
        asked = {campaign.id: campaign for campaigns in remote.values() for campaign in campaigns.values()}
        left_ms = max(0, (run.ends_us - self._clock.us()) // 1000)
        window_ms = min(left_ms, max(campaign.bid_window_ms for campaign in asked.values()))
        deadline_ms, most = self._clock.now_ms() + window_ms, terms.policy.max_buyers
        round_ = PingRound(
            asked,
            self._clock,
            self._metrics,
            lambda so_far: settled([*run.bids, *so_far.bids], so_far.awaited(), qualified, terms),
        )
        call = PingCall(run.auction_id, run.profile, deadline_ms, window_ms, most)
        for session, campaigns in remote.items():
            session.ping(call, tuple(campaigns), round_)
        run.phases.pings_sent_us = self._clock.us() - run.started_us
        try:
            await round_.wait(window_ms)
        finally:
            for session in remote:
                session.close_ping(run.auction_id)
        run.phases.bids_in_us = self._clock.us() - run.started_us
        self._care.note_bids(round_.bids)
        run.bids.extend(round_.bids)
        run.trace.stray_bids = round_.strays
