"""The cascade: the lead is offered to the best bidder, then to the next, until one has it or nobody is left."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.campaign import Campaign, Completion, OnTimeout
from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason

MIN_POST_MS: Final = 20
"""With less time than this the answer would most likely come too late, and its outcome would be unknown."""

_REJECTIONS: Final = frozenset(
    {
        Reason.REJECTED,
        Reason.REJECTED_DUPLICATE,
        Reason.REJECTED_INVALID,
        Reason.REJECTED_CAPACITY,
        Reason.REJECTED_CRITERIA,
        Reason.REJECTED_PRICE,
        Reason.POST_NOT_SENT,
    }
)
_UNKNOWN: Final = frozenset({Reason.POST_TIMEOUT, Reason.POST_ERROR})


class Post(msgspec.Struct, frozen=True):
    """Post the lead to this bidder, then say what was `answered`, or `skip` it."""

    bid: Bid
    campaign: Campaign
    timeout_ms: int


class Won(msgspec.Struct, frozen=True):
    """The lead is sold to this bidder, which takes what it wins; unless it has to be skipped."""

    bid: Bid
    campaign: Campaign


class Sold(msgspec.Struct, frozen=True):
    """The lead is sold to this bidder, which accepted the post, at this price."""

    bid: Bid
    campaign: Campaign
    price_micros: int
    verdict: PostVerdict


class Ended(msgspec.Struct, frozen=True):
    """Nothing more is to be done."""

    status: LeadStatus
    reason: Reason


Step = Post | Won | Sold | Ended


class Cascade:
    """The exclusive sale of one lead: at most one step ever says that it is sold.

    Call `next` and do what the step says; after a Post call `answered` or `skip`; after a Won that cannot stand call
    `skip`; and so on until the lead is sold or the step is Ended.

    Args:
        standing: The bids that stand, best first.
        campaigns: Theirs, by id.
        post_ends_ms: When the time for posts is over, on the clock of `next`.
    """

    def __init__(self, standing: Sequence[Bid], campaigns: Mapping[str, Campaign], post_ends_ms: int) -> None:
        self.results: dict[str, Reason] = {bid.campaign_id: Reason.OUTRANKED for bid in standing}
        """By campaign, why it won or lost, as far as is known."""
        self.voided: list[str] = []
        """Campaigns whose buyer has the lead, or may have it, and is to be told that it is no sale."""
        self._waiting = deque(standing)
        self._campaigns = campaigns
        self._post_ends_ms = post_ends_ms
        self._last: Step | None = None
        self._decided: Step | None = None
        """What comes next, where that does not depend on the time."""

    def next(self, now_ms: int) -> Step:
        """What to do now. Raises RuntimeError while a Post is neither answered nor skipped."""
        if isinstance(self._last, Post):
            raise RuntimeError("the last post was not answered")
        step = self._decided or self._offer(now_ms)
        self._last = step
        if isinstance(step, Won | Sold):
            self._decided = Ended(LeadStatus.SOLD, Reason.UNSPECIFIED)
        elif isinstance(step, Ended):
            self._decided = step
        return step

    def answered(self, verdict: PostVerdict) -> None:
        """Takes what came of the last Post.

        An acceptance at a lower price is a rejection (REJECTED_PRICE). One at a higher price is a sale at that price,
        up to the campaign's maximum. An unknown outcome goes on or ends as the campaign's `on_timeout` says. Raises
        RuntimeError if the last step was no Post, ValueError for a result that no post can have.
        """
        post = self._last
        if not isinstance(post, Post):
            raise RuntimeError("there is no post to answer")
        bid, campaign, result = post.bid, post.campaign, verdict.result
        if result == Reason.ACCEPTED:
            price = bid.price_micros if verdict.price_micros is None else verdict.price_micros
            if price < bid.price_micros:
                result = Reason.REJECTED_PRICE
                self.voided.append(campaign.id)
            else:
                price = max(bid.price_micros, min(price, campaign.max_bid_micros))
                self._decided = Sold(bid, campaign, price, verdict)
        elif result == Reason.PENDING_REVIEW:
            self._decided = Ended(LeadStatus.IN_REVIEW, result)
        elif result in _UNKNOWN and campaign.on_timeout == OnTimeout.HOLD:
            self._decided = Ended(LeadStatus.UNSOLD, Reason.HELD)
        elif result in _UNKNOWN:
            self.voided.append(campaign.id)
        elif result not in _REJECTIONS:
            raise ValueError(f"a post cannot end with {result.name}")
        self.results[campaign.id] = result
        self._last = None

    def skip(self, reason: Reason) -> None:
        """Passes over the bidder of the last step, a Post or Won, which could not be carried out.

        Raises RuntimeError if the last step was neither.
        """
        if not isinstance(self._last, Post | Won):
            raise RuntimeError("there is nobody to skip")
        self.results[self._last.campaign.id] = reason
        self._last = self._decided = None

    def _offer(self, now_ms: int) -> Step:
        """Turns to the next in the standing."""
        if not self._waiting:
            withdrawn = set(self.results.values()) == {Reason.CAP_LOST}
            return Ended(LeadStatus.UNSOLD, Reason.OFFER_WITHDRAWN if withdrawn else Reason.ALL_REJECTED)
        bid = self._waiting[0]
        campaign = self._campaigns[bid.campaign_id]
        wins = campaign.completion == Completion.ON_WIN
        left_ms = self._post_ends_ms - now_ms
        if left_ms < (1 if wins else MIN_POST_MS):
            self.results.update((late.campaign_id, Reason.OUT_OF_TIME) for late in self._waiting)
            return Ended(LeadStatus.UNSOLD, Reason.OUT_OF_TIME)
        self._waiting.popleft()
        if wins:
            self.results[campaign.id] = Reason.WON
            return Won(bid, campaign)
        return Post(bid, campaign, min(campaign.post_timeout_ms, left_ms))
