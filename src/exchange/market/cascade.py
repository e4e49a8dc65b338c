"""The cascade: the lead is offered to the best bidders, then to the next, until it is sold or nobody is left."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from exchange.domain.bid import PostVerdict
from exchange.domain.campaign import WHOLE_BPS, Campaign, Completion, OnTimeout
from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason
from exchange.market.ranking import Standing

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
_BOUGHT: Final = frozenset({Reason.ACCEPTED, Reason.WON})
_WITHDRAWN: Final = frozenset({Reason.CAP_LOST, Reason.BALANCE_LOST})
_LATE: Final = frozenset({Reason.OUT_OF_TIME, Reason.TOO_SLOW})
# Looked up once: on Python 3.11 that costs ten times the comparison.
_OUTRANKED: Final = Reason.OUTRANKED
_WON: Final = Reason.WON
_ON_WIN: Final = Completion.ON_WIN


class Post(msgspec.Struct, frozen=True):
    """Post the lead to this bidder, then say what was `answered`, or `skip` it."""

    standing: Standing
    campaign: Campaign
    timeout_ms: int


class Won(msgspec.Struct, frozen=True):
    """The lead is sold to this bidder, which takes what it wins; unless it has to be skipped."""

    standing: Standing
    campaign: Campaign


class Sold(msgspec.Struct, frozen=True):
    """The lead is sold to this bidder, which accepted the post, at this price."""

    standing: Standing
    campaign: Campaign
    price_micros: int
    verdict: PostVerdict


class Wait(msgspec.Struct, frozen=True):
    """Nothing is to be done before one of the posts under way is answered."""


class Ended(msgspec.Struct, frozen=True):
    """Nothing more is to be done."""

    status: LeadStatus
    reason: Reason


Step = Post | Won | Sold | Wait | Ended
_WAIT: Final = Wait()


class Cascade:
    """The sale of one lead to as many buyers as are wanted, each of them once.

    Call `next` and do what the step says. Several posts may be under way, but never more than there are sales left to
    make: call `answered` as answers come, or `skip` right after a Post or Won that cannot be carried out, and `next`
    again after each, until the step is Ended.

    Args:
        standing: The bids that stand, best first.
        campaigns: Theirs, by id.
        post_ends_ms: When the time for posts is over, on the clock of `next`.
        sales_wanted: How many buyers may have the lead; 1 is an exclusive sale.
        floor_micros: The floor that holds for all; a price revised at the post is never taken below it.
        usual_ms: How long a campaign's buyer usually takes to answer a post; 0 where that is not known.
    """

    def __init__(
        self,
        standing: Sequence[Standing],
        campaigns: Mapping[str, Campaign],
        post_ends_ms: int,
        sales_wanted: int = 1,
        floor_micros: int = 0,
        usual_ms: Callable[[str], int] = lambda _: 0,
    ) -> None:
        self.results: dict[str, Reason] = {one.bid.campaign_id: _OUTRANKED for one in standing}
        """By campaign, why it won or lost, as far as is known."""
        self.voided: list[str] = []
        """Campaigns whose buyer has the lead, or may have it, and is to be told that it is no sale."""
        self._waiting = deque(standing)
        self._campaigns = campaigns
        self._post_ends_ms = post_ends_ms
        self._floor_micros = floor_micros
        self._usual_ms = usual_ms
        self._places = sales_wanted
        """Sales that may still be made or asked for: none is left for a post under way, a sale, a review or a hold."""
        self._asked: dict[str, Post] = {}
        """Posts under way, by campaign."""
        self._sold: deque[Sold] = deque()
        """Sales still to be told of by `next`."""
        self._buyers: set[str] = set()
        """Whose turn came; nobody has two, whatever came of the first: a buyer stands with its best bid alone."""
        self._held = False
        self._last: Post | Won | None = None
        self._ended: Ended | None = None

    def next(self, now_ms: int) -> Step:
        """What to do now."""
        self._last = None
        if self._sold:
            return self._sold.popleft()
        if self._places and (step := self._offer(now_ms)) is not None:
            self._places -= 1
            self._last = step
            return step
        if self._asked:
            return _WAIT
        if self._ended is None:
            self._ended = self._end()
        return self._ended

    def answered(self, campaign_id: str, verdict: PostVerdict) -> None:
        """Takes what came of a post under way.

        A price at least as high as the one asked is taken up to the campaign's maximum; a lower one down to the
        campaign's `min_revised_bps` of the price asked and to the floors; below that the post counts as rejected
        (REJECTED_PRICE). A lead under review is kept for that buyer and is one of the sales wanted. An unknown outcome
        goes to the next bidder or keeps the lead, as the campaign's `on_timeout` says. Raises RuntimeError if no post
        to the campaign is under way, ValueError for a result that no post can have.
        """
        post = self._asked.get(campaign_id)
        if post is None:
            raise RuntimeError("there is no post to answer")
        result = verdict.result
        if result == Reason.ACCEPTED:
            price_micros = self._price(post, verdict.price_micros)
            if price_micros is None:
                result = Reason.REJECTED_PRICE
                self._go_on(campaign_id, void=True)
            else:
                self._sold.append(Sold(post.standing, post.campaign, price_micros, verdict))
        elif result in _UNKNOWN and post.campaign.on_timeout == OnTimeout.HOLD:
            self._held = True
        elif result in _UNKNOWN:
            self._go_on(campaign_id, void=True)
        elif result in _REJECTIONS:
            self._go_on(campaign_id, void=False)
        elif result != Reason.PENDING_REVIEW:
            raise ValueError(f"a post cannot end with {result.name}")
        self.results[campaign_id] = result
        del self._asked[campaign_id]
        self._last = None

    def skip(self, reason: Reason) -> None:
        """Passes over the bidder of the last step, a Post or Won, which could not be carried out.

        Raises RuntimeError if the last step was neither.
        """
        if self._last is None:
            raise RuntimeError("there is nobody to skip")
        campaign_id = self._last.campaign.id
        self.results[campaign_id] = reason
        self._asked.pop(campaign_id, None)
        self._places += 1
        self._last = None

    def withdrawn(self, campaign_id: str, reason: Reason) -> None:
        """Takes a bidder out whose post never left, or that had won, as there turned out to be no room for it."""
        self._asked.pop(campaign_id, None)
        self.results[campaign_id] = reason
        self._places += 1
        self._last = self._ended = None

    def undecided(self) -> list[str]:
        """Campaigns that may still have the lead: asked and not answered yet, or not asked yet."""
        return [*self._asked, *(one.bid.campaign_id for one in self._waiting)]

    def _offer(self, now_ms: int) -> Post | Won | None:
        """Turns to the next in the standing whom the time left allows; None when there is nobody."""
        left_ms = self._post_ends_ms - now_ms
        while self._waiting:
            one = self._waiting[0]
            campaign = self._campaigns[one.bid.campaign_id]
            wins = campaign.completion == _ON_WIN
            if left_ms < (1 if wins else MIN_POST_MS):
                self.results.update((late.bid.campaign_id, Reason.OUT_OF_TIME) for late in self._waiting)
                self._waiting.clear()
                return None
            self._waiting.popleft()
            if campaign.buyer_id in self._buyers:
                self.results[campaign.id] = Reason.SAME_BUYER
            elif not wins and self._usual_ms(campaign.id) > left_ms:
                self.results[campaign.id] = Reason.TOO_SLOW
            else:
                self._buyers.add(campaign.buyer_id)
                if wins:
                    self.results[campaign.id] = _WON
                    return Won(one, campaign)
                post = self._asked[campaign.id] = Post(one, campaign, min(campaign.post_timeout_ms, left_ms))
                return post
        return None

    def _price(self, post: Post, revised_micros: int | None) -> int | None:
        """The price of an accepted post; None if it is too low."""
        asked, campaign = post.standing.price_micros, post.campaign
        if revised_micros is None:
            return asked
        if revised_micros >= asked:
            return max(asked, min(revised_micros, campaign.max_bid_micros))
        share = -(-asked * campaign.min_revised_bps // WHOLE_BPS)
        return revised_micros if revised_micros >= max(share, self._floor_micros, campaign.floor_micros) else None

    def _go_on(self, campaign_id: str, *, void: bool) -> None:
        """The bidder does not have the lead, so that the next may be asked."""
        self._places += 1
        if void:
            self.voided.append(campaign_id)

    def _end(self) -> Ended:
        results = set(self.results.values())
        if not results.isdisjoint(_BOUGHT):
            return Ended(LeadStatus.SOLD, Reason.UNSPECIFIED)
        if Reason.PENDING_REVIEW in results:
            return Ended(LeadStatus.IN_REVIEW, Reason.PENDING_REVIEW)
        if self._held:
            return Ended(LeadStatus.UNSOLD, Reason.HELD)
        if not results.isdisjoint(_LATE):
            return Ended(LeadStatus.UNSOLD, Reason.OUT_OF_TIME)
        withdrawn = bool(results) and results <= _WITHDRAWN
        return Ended(LeadStatus.UNSOLD, Reason.OFFER_WITHDRAWN if withdrawn else Reason.ALL_REJECTED)
