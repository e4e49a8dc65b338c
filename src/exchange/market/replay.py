"""Replay: a recorded auction decided again, by the very functions that decided it, on the same or on other terms.

What others did is taken from the trace: bids, who was left out and why, answers to posts, caps and balances that left
no room, time that ran out. What was never asked has no recorded answer: a buyer that was not posted to is taken to
accept the post.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from exchange.domain.auction import Consideration, LeadRecord, PostAttempt, Sale
from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.campaign import Campaign
from exchange.domain.ids import auction_of
from exchange.domain.lead import LeadStatus
from exchange.domain.party import Source
from exchange.domain.policy import Policy
from exchange.domain.reasons import Reason
from exchange.market.cascade import Cascade, Ended, Post, Sold, Wait, Won
from exchange.market.ranking import Ranking, Standing, Terms, rank, unsold_reason
from exchange.market.shares import BY_TURNS, Shares

NOT_ASKED: Final = frozenset(
    (
        Reason.CAMPAIGN_PAUSED,
        Reason.OFF_SCHEDULE,
        Reason.CAP_REACHED,
        Reason.INSUFFICIENT_BALANCE,
        Reason.DUPLICATE_FOR_BUYER,
        Reason.SUPPRESSED,
        Reason.TEST_MISMATCH,
        Reason.PACED,
    )
)
"""Why a campaign that wanted a lead took no part; the other considerations are bids, or why there was none."""
_NO_AUCTION: Final = frozenset((Reason.DUPLICATE, Reason.CONSUMER_SUPPRESSED, Reason.INTERRUPTED))
_PASSED_OVER: Final = frozenset((Reason.CAP_LOST, Reason.BALANCE_LOST, Reason.OUT_OF_TIME, Reason.TOO_SLOW))
_DECIDED: Final = frozenset((LeadStatus.SOLD, LeadStatus.UNSOLD, LeadStatus.IN_REVIEW))
_ENDLESS_MS: Final = 1 << 60


class Bought(msgspec.Struct, frozen=True, order=True):
    """One sale of a replayed lead."""

    campaign_id: str
    buyer_id: str
    price_micros: int
    shared: bool
    assumed: bool = False
    """The buyer was not asked when the lead was sold; that it accepts is assumed."""


class Replayed(msgspec.Struct, frozen=True):
    """How a lead ends."""

    status: LeadStatus
    reason: Reason
    sales: tuple[Bought, ...] = ()
    """In the order of their campaigns' ids: in which order several buyers answer is no part of the outcome."""

    @property
    def key(self) -> tuple[LeadStatus, Reason, tuple[tuple[str, int], ...]]:
        """What two outcomes are compared by."""
        return self.status, self.reason, tuple((one.campaign_id, one.price_micros) for one in self.sales)


def recorded(record: LeadRecord) -> Replayed:
    """How a lead ended."""
    sales = (Bought(one.campaign_id, one.buyer_id, one.price_micros, one.shared) for one in record.outcome.sales)
    return Replayed(record.outcome.status, record.outcome.reason, tuple(sorted(sales)))


def can_replay(record: LeadRecord) -> bool:
    """Whether an auction decided the lead: not a refusal before it, nor recovery after a crash; nor was it erased."""
    outcome = record.outcome
    recovered = any(attempt.repeat for attempt in record.trace.posts)
    return outcome.status in _DECIDED and outcome.reason not in _NO_AUCTION and not recovered


class Replay:
    """Decides leads again, in the order in which they were decided.

    Args:
        campaigns: All, by id.
        sources: All, by id.
        policies: By vertical, those that held.
        changed: By vertical, those that are to hold instead.
    """

    def __init__(
        self,
        campaigns: Mapping[str, Campaign],
        sources: Mapping[str, Source],
        policies: Mapping[str, Policy],
        changed: Mapping[str, Policy],
    ) -> None:
        self._campaigns = campaigns
        self._sources = sources
        self._policies = policies
        self._changed = changed
        self._shares = Shares()

    def again(self, record: LeadRecord) -> Replayed:
        """How a lead ends on these terms."""
        bids = [_bid(one) for one in record.trace.considerations if one.ping not in NOT_ASKED]
        terms = self._terms(record, bids)
        ranking = rank(bids, self._campaigns, terms, auction_of(record.id))
        # When an offer was taken up, bids that did not stand any more got no result.
        withdrawn = {one.campaign_id for one in record.trace.considerations if one.rank and not one.result}
        standing = [one for one in ranking.standing if one.bid.campaign_id not in withdrawn]
        if not standing:
            reason = Reason.OFFER_WITHDRAWN if ranking.standing else unsold_reason(bids, ranking)
            return Replayed(LeadStatus.UNSOLD, reason)
        return self._sell(record, standing, ranking, terms)

    def _terms(self, record: LeadRecord, bids: Sequence[Bid]) -> Terms:
        """The recorded terms, but for what is changed."""
        vertical, trace = record.profile.vertical, record.trace
        held = self._policies[vertical]
        policy = self._changed.get(vertical, held)
        floor = trace.floor_micros
        if policy.floor_micros != held.floor_micros:
            floor = max(policy.floor_micros, self._sources[record.profile.source_id].floor_micros)
        order: Mapping[str, int] = {one.campaign_id: one.order_key for one in trace.considerations}
        if policy.distribution in BY_TURNS and msgspec.structs.replace(policy, fee_bps=held.fee_bps) != held:
            # Whose turn it is follows from how the leads before were sold, and that may be otherwise now.
            order = self._shares.keys(policy.distribution, [self._campaigns[bid.campaign_id] for bid in bids])
        return Terms(policy, floor, order)

    def _sell(self, record: LeadRecord, standing: Sequence[Standing], ranking: Ranking, terms: Terms) -> Replayed:
        trace = record.trace
        passed_over = {one.campaign_id: one.result for one in trace.considerations if one.result in _PASSED_OVER}
        attempts = {one.campaign_id: one for one in trace.posts}
        sales = {one.campaign_id: one for one in record.outcome.sales}
        cascade = Cascade(standing, self._campaigns, _ENDLESS_MS, ranking.sales_wanted, terms.floor_micros)
        asked: list[str] = []
        bought: list[Bought] = []

        def sell(campaign: Campaign, price_micros: int, *, assumed: bool) -> None:
            bought.append(Bought(campaign.id, campaign.buyer_id, price_micros, ranking.shared, assumed))
            rivals = [self._campaigns[campaign_id] for campaign_id in cascade.undecided()]
            self._shares.won(terms.policy.distribution, campaign, rivals, record.decided_ms)

        while True:
            step = cascade.next(0)
            if type(step) is Ended:
                return Replayed(step.status, step.reason, tuple(sorted(bought)))
            if type(step) is Wait:
                campaign_id = asked.pop(0)
                cascade.answered(campaign_id, _verdict(attempts.get(campaign_id)))
            elif type(step) is Sold:
                attempt, sale = attempts.get(step.campaign.id), sales.get(step.campaign.id)
                asked_micros = step.standing.price_micros
                price = max(asked_micros, min(step.price_micros, _room(attempt, sale, step.campaign)))
                revised_down = step.price_micros < asked_micros
                sell(step.campaign, step.price_micros if revised_down else price, assumed=attempt is None)
            elif type(step) is Post or type(step) is Won:
                reason = passed_over.get(step.campaign.id)
                if reason is not None:
                    cascade.skip(reason)
                elif type(step) is Post:
                    asked.append(step.campaign.id)
                else:
                    sell(step.campaign, step.standing.price_micros, assumed=False)


def _bid(one: Consideration) -> Bid:
    return Bid(
        one.campaign_id,
        one.ping,
        one.price_micros,
        one.latency_us,
        one.reference,
        one.reason_code,
        one.shared_price_micros,
    )


def _verdict(attempt: PostAttempt | None) -> PostVerdict:
    """What a buyer answered, or is taken to answer."""
    if attempt is None:
        return PostVerdict(Reason.ACCEPTED)
    if attempt.revised_micros < 0:
        return PostVerdict(attempt.result)
    return PostVerdict(Reason.ACCEPTED, attempt.revised_micros)  # whether the price will do is decided again


def _room(attempt: PostAttempt | None, sale: Sale | None, campaign: Campaign) -> int:
    """What the caps and the balance left room for when a buyer offered more than was asked."""
    if attempt is None or sale is None or sale.price_micros >= min(attempt.revised_micros, campaign.max_bid_micros):
        return _ENDLESS_MS
    return sale.price_micros
