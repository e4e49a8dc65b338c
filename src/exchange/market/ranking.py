"""Which bids stand for a lead, and in which order."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign
from exchange.domain.reasons import Reason


class Ranking(msgspec.Struct, frozen=True):
    """The order in which a lead is offered."""

    standing: tuple[Bid, ...]
    """Best first; one a buyer."""
    lost: dict[str, Reason]
    """By campaign, why a bid does not stand."""


def rank(bids: Sequence[Bid], campaigns: Mapping[str, Campaign], floor_micros: int, seed: str) -> Ranking:
    """Ranks the bids of one auction, at most one a campaign; what is no bid is passed over.

    The highest price goes first. Equal prices go by priority, the lower number first. What is still equal is drawn by
    lot: the lower SHA-256 of `seed/campaign_id` goes first. With the auction's id as the seed the lot falls differently
    in each auction, favours nobody in the long run, and can be drawn again by anyone.

    A bid below the floor loses, as does each of a buyer's bids but its best. Prices that no bid may have, not above 0
    or above the campaign's maximum, lose as invalid.
    """
    equals: dict[tuple[int, int], list[Bid]] = {}
    lost: dict[str, Reason] = {}
    for bid in bids:
        if bid.outcome != Reason.BID:
            continue
        campaign, price = campaigns[bid.campaign_id], bid.price_micros
        if not 0 < price <= campaign.max_bid_micros:
            lost[bid.campaign_id] = Reason.BID_INVALID
        elif price < floor_micros:
            lost[bid.campaign_id] = Reason.BELOW_FLOOR
        else:
            equals.setdefault((-price, campaign.priority), []).append(bid)
    standing: list[Bid] = []
    buyers: set[str] = set()
    for key in sorted(equals):
        for bid in _by_lot(equals[key], seed):
            buyer_id = campaigns[bid.campaign_id].buyer_id
            if buyer_id in buyers:
                lost[bid.campaign_id] = Reason.SAME_BUYER
            else:
                buyers.add(buyer_id)
                standing.append(bid)
    return Ranking(tuple(standing), lost)


def _by_lot(bids: list[Bid], seed: str) -> list[Bid]:
    if len(bids) == 1:
        return bids
    return sorted(bids, key=lambda bid: sha256(f"{seed}/{bid.campaign_id}".encode()).digest())


def unsold_reason(bids: Sequence[Bid], ranking: Ranking) -> Reason:
    """Why nobody stands for a lead, from what came of asking each campaign that qualified."""
    if not bids:
        return Reason.NO_CAMPAIGN
    below_floor = Reason.BELOW_FLOOR in ranking.lost.values()
    return Reason.ALL_BELOW_FLOOR if below_floor else Reason.NO_BIDS
