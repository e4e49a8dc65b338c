"""Prices of campaigns whose bids the exchange computes."""

from exchange.domain import limits
from exchange.domain.campaign import StaticBidding
from exchange.domain.lead import Profile
from exchange.market.targeting import holds

_WHOLE_BPS = 10_000


def static_price(bidding: StaticBidding, profile: Profile) -> int:
    """The bid for a profile in micros; 0 is no bid.

    Starts from the base price and takes the modifiers whose conditions hold in their order: each multiplies, then
    adds. A product is rounded to whole micros, half to even. Only the result is clamped, from below to 0 and from above
    to the campaign's own maximum and the exchange's.
    """
    price = bidding.base_price_micros
    for modifier in bidding.modifiers:
        if holds(modifier.condition, profile.attributes):
            if modifier.multiply_bps:
                price = scaled(price, modifier.multiply_bps)
            price += modifier.add_micros
    most = min(bidding.max_price_micros or limits.MAX_PRICE_MICROS, limits.MAX_PRICE_MICROS)
    return max(0, min(price, most))


def scaled(amount_micros: int, bps: int) -> int:
    """An amount times basis points, in whole micros: half to even."""
    quotient, rest = divmod(amount_micros * bps, _WHOLE_BPS)
    up = 2 * rest > _WHOLE_BPS or (2 * rest == _WHOLE_BPS and quotient % 2 == 1)
    return quotient + up
