"""Prices of campaigns whose bids the exchange computes, and what is taken off prices."""

from exchange.domain import limits
from exchange.domain.campaign import WHOLE_BPS, StaticBidding
from exchange.domain.lead import Profile
from exchange.market.targeting import holds


def static_price(bidding: StaticBidding, profile: Profile, known: dict[int, bool] | None = None) -> int:
    """The bid for a profile in micros; 0 is no bid.

    Starts from the base price and takes the modifiers whose conditions hold in their order: each multiplies, then
    adds. A product is rounded to whole micros, half to even. Only the result is clamped, from below to 0 and from above
    to the campaign's own maximum and the exchange's.

    `known` takes, and gives to the next campaign of the same lead, what is known of conditions by their identity: many
    campaigns share theirs.
    """
    price = bidding.base_price_micros
    for modifier in bidding.modifiers:
        condition = modifier.condition
        held = None if known is None else known.get(id(condition))
        if held is None:
            held = holds(condition, profile.attributes)
            if known is not None:
                known[id(condition)] = held
        if held:
            if modifier.multiply_bps:
                price = scaled(price, modifier.multiply_bps)
            price += modifier.add_micros
    most = bidding.max_price_micros or limits.MAX_PRICE_MICROS
    if 0 < price <= most <= limits.MAX_PRICE_MICROS:
        return price
    return max(0, min(price, most, limits.MAX_PRICE_MICROS))


def shared_price(bidding: StaticBidding, exclusive_price_micros: int) -> int:
    """The bid for a shared sale in micros; 0 takes exclusive sales only."""
    return scaled(exclusive_price_micros, bidding.shared_bps) if bidding.shared_bps else 0


def net(price_micros: int, fee_bps: int) -> int:
    """What is left of a price after the exchange's fee, in whole micros, rounded down; `fee_bps` is 0 to 10,000."""
    return price_micros * (WHOLE_BPS - fee_bps) // WHOLE_BPS


def scaled(amount_micros: int, bps: int) -> int:
    """An amount times basis points, in whole micros: half to even."""
    quotient, rest = divmod(amount_micros * bps, WHOLE_BPS)
    if not rest:
        return quotient
    up = 2 * rest > WHOLE_BPS or (2 * rest == WHOLE_BPS and quotient % 2 == 1)
    return quotient + up
