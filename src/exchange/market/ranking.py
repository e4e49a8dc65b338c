"""Which bids stand for a lead, in which order, and what each would pay."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import zip_longest
from typing import Final, NamedTuple

import msgspec

from exchange.domain.bid import Bid
from exchange.domain.campaign import WHOLE_BPS, Campaign
from exchange.domain.policy import Clearing, Distribution, Policy
from exchange.domain.reasons import Reason

CENT_MICROS: Final = 10_000
"""By so much a second price beats the next bid."""
# Looked up once: on Python 3.11 that costs ten times the comparison.
_BID: Final = Reason.BID
_HIGHEST_PRICE: Final = Distribution.HIGHEST_PRICE
_TIERED_PRICE: Final = Distribution.TIERED_PRICE
_PRIORITY: Final = Distribution.PRIORITY
_SECOND_PRICE: Final = Clearing.SECOND_PRICE
_SAME_BUYER: Final = Reason.SAME_BUYER


class Terms(msgspec.Struct, frozen=True, gc=False):
    """What bids are ranked by, besides themselves."""

    policy: Policy
    floor_micros: int = 0
    """The floor that holds for all: the higher of the policy's and the source's."""
    order: Mapping[str, int] = {}
    """By campaign, its key where the distribution goes by weight or by turns (`shares`); 0 where there is none."""


class Standing(msgspec.Struct, frozen=True, gc=False):
    """A bid that stands."""

    bid: Bid
    price_micros: int
    """What it pays if it wins."""
    order_key: int = 0
    """What it was ranked by before price: tier, share or turn, as the distribution says; lower is better."""


class Ranking(msgspec.Struct, frozen=True, gc=False):
    """The order in which a lead is offered."""

    standing: tuple[Standing, ...]
    """Best first; one a buyer."""
    lost: dict[str, Reason]
    """By campaign, why a bid does not stand."""
    shared: bool = False
    """The sale is a shared one, and so are the prices."""
    sales_wanted: int = 1


_Entry = tuple[int, int, int, Bid, Campaign]
"""A bid that fits a mode of sale: its sort key, its place among the bids so that nothing beyond is compared, itself."""


class _Mode(NamedTuple):
    """The bids by whether they fit a mode of sale."""

    shared: bool
    fit: list[_Entry]
    """Best first, a buyer's several among them."""
    unfit: list[tuple[Bid, Campaign]]


def rank(bids: Sequence[Bid], campaigns: Mapping[str, Campaign], terms: Terms, seed: str) -> Ranking:
    """Ranks the bids of one auction, at most one a campaign; what is no bid is passed over.

    A bid counts for its price times its campaign's `bid_adjustment_bps`. (The exchange's fee is the same for all and
    changes no order.) The distribution says what goes first, see `sort_key`. What is still equal is drawn by lot: the
    lower SHA-256 of `seed/campaign_id` goes first. With the auction's id as the seed the lot falls differently in each
    auction, favours nobody in the long run, and can be drawn again by anyone.

    A price below the floor of the terms or of the campaign loses, as does each of a buyer's bids but its best. Prices
    that no bid may have, not above 0 or above the campaign's maximum, lose as invalid.

    Where the policy allows several buyers, what the first exclusive bid counts for is held against what the first
    shared bids count for together: as many as are allowed, each of another buyer, if there are as many as are asked
    for. The larger is taken; of equals the exclusive sale. A bid that fits only the other mode loses by that, or, when
    only the number of buyers was wanting, by TOO_FEW_BUYERS.

    Winners pay what they bid or, with second prices, see `_second_prices`.
    """
    policy = terms.policy
    exclusive = _mode(bids, campaigns, terms, seed, shared=False)
    if policy.max_buyers == 1:
        return _ranking(terms, exclusive, {})
    shared = _mode(bids, campaigns, terms, seed, shared=True)
    firsts = _one_each(shared.fit)[: policy.max_buyers]
    together = sum(_counts_for(bid.shared_price_micros, campaign) for *_, bid, campaign in firsts)
    alone = _counts_for(exclusive.fit[0][3].price_micros, exclusive.fit[0][4]) if exclusive.fit else 0
    if together > alone and len(firsts) >= policy.min_buyers:
        return _ranking(terms, shared, {entry[4].id: Reason.OTHER_SALE_MODE for entry in exclusive.fit})
    why = Reason.OTHER_SALE_MODE if exclusive.fit else Reason.TOO_FEW_BUYERS
    return _ranking(terms, exclusive, {entry[4].id: why for entry in shared.fit})


def sort_key(distribution: Distribution, campaign: Campaign, price_micros: int, order_key: int) -> tuple[int, int]:
    """What bids are sorted by before the lot, lower first.

    HIGHEST_PRICE: what the bid counts for, then priority. PRIORITY: priority. TIERED_PRICE: priority, then what the
    bid counts for. WEIGHTED and ROUND_ROBIN: the campaign's order key, then what the bid counts for.
    """
    if distribution == _HIGHEST_PRICE:
        return -_counts_for(price_micros, campaign), campaign.priority
    if distribution == _PRIORITY:
        return campaign.priority, 0
    if distribution == _TIERED_PRICE:
        return campaign.priority, -_counts_for(price_micros, campaign)
    return order_key, -_counts_for(price_micros, campaign)


def fits(campaign: Campaign, price_micros: int, floor_micros: int) -> bool:
    """Whether a bid at that price can stand, where that floor holds for all."""
    return 0 < price_micros <= campaign.max_bid_micros and price_micros >= max(floor_micros, campaign.floor_micros)


def _counts_for(price_micros: int, campaign: Campaign) -> int:
    """In 1/10,000 of a micro, so that nothing is rounded."""
    return price_micros * campaign.bid_adjustment_bps


def _mode(bids: Sequence[Bid], campaigns: Mapping[str, Campaign], terms: Terms, seed: str, *, shared: bool) -> _Mode:
    distribution, order = terms.policy.distribution, terms.order
    by_price = distribution == _HIGHEST_PRICE
    least = max(1, terms.floor_micros)
    mode = _Mode(shared, [], [])
    for place, bid in enumerate(bids):
        if bid.outcome != _BID:
            continue
        campaign = campaigns[bid.campaign_id]
        price = bid.shared_price_micros if shared else bid.price_micros
        if price < least or price < campaign.floor_micros or price > campaign.max_bid_micros:
            mode.unfit.append((bid, campaign))
        elif by_price:  # `sort_key` without the calls: most auctions come this way
            mode.fit.append((-price * campaign.bid_adjustment_bps, campaign.priority, place, bid, campaign))
        else:
            key = sort_key(distribution, campaign, price, order.get(campaign.id, 0))
            mode.fit.append((*key, place, bid, campaign))
    mode.fit.sort()
    if len({entry[0] for entry in mode.fit}) < len(mode.fit):
        _draw_lots(mode.fit, seed)
    return mode


def _draw_lots(entries: list[_Entry], seed: str) -> None:
    """Orders by lot what is equal."""
    spans: list[tuple[int, int]] = []
    start, begun = 0, entries[0]
    for place, entry in enumerate(entries):
        if entry[0] != begun[0] or entry[1] != begun[1]:
            if place - start > 1:
                spans.append((start, place))
            start, begun = place, entry
    spans.append((start, len(entries)))
    for start, end in spans:
        entries[start:end] = sorted(entries[start:end], key=lambda entry: _lot(seed, entry[4].id))


def _lot(seed: str, campaign_id: str) -> bytes:
    return sha256(f"{seed}/{campaign_id}".encode()).digest()


def _one_each(entries: Sequence[_Entry]) -> list[_Entry]:
    """The best of each buyer's."""
    buyers: set[str] = set()
    firsts: list[_Entry] = []
    for entry in entries:
        buyer_id = entry[4].buyer_id
        if buyer_id not in buyers:
            buyers.add(buyer_id)
            firsts.append(entry)
    return firsts


def _ranking(terms: Terms, mode: _Mode, fit_other: Mapping[str, Reason]) -> Ranking:
    """The ranking in a mode; `fit_other` has what the bids that fit the other mode lose by if they do not fit this."""
    policy, shared = terms.policy, mode.shared
    by_price = policy.distribution == _HIGHEST_PRICE
    standing: list[Standing] = []
    lost: dict[str, Reason] = {}
    buyers: set[str] = set()
    for key, _, _, bid, campaign in mode.fit:
        if campaign.buyer_id in buyers:
            lost[campaign.id] = _SAME_BUYER
        else:
            buyers.add(campaign.buyer_id)
            price = bid.shared_price_micros if shared else bid.price_micros
            standing.append(Standing(bid, price, 0 if by_price else key))
    for bid, campaign in mode.unfit:
        price = bid.price_micros or bid.shared_price_micros
        fault = Reason.BELOW_FLOOR if 0 < price <= campaign.max_bid_micros else Reason.BID_INVALID
        lost[campaign.id] = fit_other.get(campaign.id, fault)
    if policy.clearing == _SECOND_PRICE:
        standing = _second_prices(standing, _one_each(mode.fit), terms)
    return Ranking(tuple(standing), lost, shared, policy.max_buyers if shared else 1)


def _second_prices(standing: list[Standing], firsts: Sequence[_Entry], terms: Terms) -> list[Standing]:
    """Each pays the least price that counts for a cent more than the next standing bid.

    That is never less than the floors nor more than its own bid. Who has nobody to beat, in its tier where there are
    tiers, beats a bid of nothing. Where the order does not come from prices, each pays what it bid.
    """
    distribution = terms.policy.distribution
    if distribution not in {_HIGHEST_PRICE, _TIERED_PRICE}:
        return standing
    tiered = distribution == _TIERED_PRICE
    paying: list[Standing] = []
    for one, (own, following) in zip(standing, zip_longest(firsts, firsts[1:]), strict=True):
        beaten = 0
        if following is not None and not (tiered and own[0] < following[0]):
            beaten = -following[1] if tiered else -following[0]
        campaign = own[4]
        enough = -(-(beaten + CENT_MICROS * WHOLE_BPS) // campaign.bid_adjustment_bps)
        price = min(one.price_micros, max(enough, terms.floor_micros, campaign.floor_micros))
        paying.append(Standing(one.bid, price, one.order_key))
    return paying


def unsold_reason(bids: Sequence[Bid], ranking: Ranking) -> Reason:
    """Why nobody stands for a lead, from what came of asking each campaign that qualified."""
    if not bids:
        return Reason.NO_CAMPAIGN
    why = ranking.lost.values()
    if Reason.TOO_FEW_BUYERS in why:
        return Reason.TOO_FEW_BUYERS
    return Reason.ALL_BELOW_FLOOR if Reason.BELOW_FLOOR in why else Reason.NO_BIDS
