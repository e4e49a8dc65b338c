"""Whether a ping round may end although some have not answered."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign, Completion
from exchange.domain.policy import Clearing, Distribution
from exchange.domain.reasons import Reason
from exchange.market.ranking import Terms, fits, sort_key

# Looked up once: on Python 3.11 that costs ten times the comparison.
_BID: Final = Reason.BID
_ON_WIN: Final = Completion.ON_WIN
_BY_PRICE: Final = frozenset({Distribution.HIGHEST_PRICE, Distribution.TIERED_PRICE})


def settled(bids: Sequence[Bid], awaited: Iterable[Campaign], campaigns: Mapping[str, Campaign], terms: Terms) -> bool:
    """Whether none of the campaigns still awaited can win, whatever it bids, against the bids so far.

    Asked only where the best price wins and pays what it bid, exclusively: elsewhere the answer is no. It is no as well
    unless the best bidder takes what it wins: one that is posted to may reject, and then the others' bids are needed.
    Nobody can bid more than its campaign's `max_bid_micros`.
    """
    policy = terms.policy
    distribution = policy.distribution
    if policy.max_buyers > 1 or policy.clearing != Clearing.FIRST_PRICE or distribution not in _BY_PRICE:
        return False
    best: tuple[int, int] | None = None
    takes = False
    for bid in bids:
        campaign = campaigns[bid.campaign_id]
        if bid.outcome != _BID or not fits(campaign, bid.price_micros, terms.floor_micros):
            continue
        key = sort_key(distribution, campaign, bid.price_micros, 0)
        on_win = campaign.completion == _ON_WIN
        if best is None or key < best:
            best, takes = key, on_win
        elif key == best:  # the lot decides
            takes = takes and on_win
    if best is None or not takes:
        return False
    return all(sort_key(distribution, one, one.max_bid_micros, 0) > best for one in awaited)
