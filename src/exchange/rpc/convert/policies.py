"""Policies."""

from exchange.domain.policy import BidderCare, Clearing, Distribution, Policy
from exchange.rpc.convert.parties import enum
from leadexchange.v1.auction_policy_pb2 import AuctionPolicy


def policy(message: AuctionPolicy) -> Policy:
    """A policy as sent; what is left out is the default. Raises Refused."""
    given = {
        name: value
        for name in ("max_buyers", "min_buyers", "care_threshold_bps", "exploration_bps")
        if (value := getattr(message, name))
    }
    return Policy(
        vertical=message.vertical,
        distribution=enum(Distribution, message.distribution, "policy.distribution", Distribution.HIGHEST_PRICE),
        clearing=enum(Clearing, message.clearing, "policy.clearing", Clearing.FIRST_PRICE),
        floor_micros=message.floor_micros,
        fee_bps=message.fee_bps,
        duplicate_window_s=message.duplicate_window_s,
        bidder_care=enum(BidderCare, message.bidder_care, "policy.bidder_care", BidderCare.SIMULATE),
        **given,
    )


def policy_message(item: Policy) -> AuctionPolicy:
    """A policy as kept."""
    return AuctionPolicy(
        vertical=item.vertical,
        distribution=int(item.distribution),  # type: ignore[arg-type]
        clearing=int(item.clearing),  # type: ignore[arg-type]
        floor_micros=item.floor_micros,
        fee_bps=item.fee_bps,
        max_buyers=item.max_buyers,
        min_buyers=item.min_buyers,
        duplicate_window_s=item.duplicate_window_s,
        bidder_care=int(item.bidder_care),  # type: ignore[arg-type]
        care_threshold_bps=item.care_threshold_bps,
        exploration_bps=item.exploration_bps,
        revision=item.revision,
    )
