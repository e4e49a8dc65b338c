"""The trace of an auction to JSON."""

from adapters.rest.convert.common import REASONS, amount_or_none, attributes_of, time_of
from adapters.rest.convert.lead import STATUSES
from adapters.rest.shapes import auction as shapes
from leadexchange.v1 import auction_pb2


def auction_of(auction: auction_pb2.Auction) -> shapes.Auction:
    """One auction."""
    return shapes.Auction(
        id=auction.id,
        status=STATUSES.name(auction.status) or "",
        vertical=auction.vertical,
        lead_id=auction.lead_id,
        source_id=auction.source_id,
        reason=REASONS.name(auction.reason),
        attributes=attributes_of(auction.attributes),
        considerations=[_consideration(each) for each in auction.considerations],
        posts=[_post(each) for each in auction.posts],
        phases=_phases(auction.phases) if auction.HasField("phases") else None,
        started_at=time_of(auction.started_at) if auction.HasField("started_at") else None,
        catalog_revision=auction.catalog_revision,
        stray_bids=auction.stray_bids,
        policy_revision=auction.policy_revision,
        shared=auction.shared,
    )


def _consideration(consideration: auction_pb2.Consideration) -> shapes.Consideration:
    return shapes.Consideration(
        campaign_id=consideration.campaign_id,
        buyer_id=consideration.buyer_id,
        ping=REASONS.name(consideration.ping),
        price=amount_or_none(consideration.price_micros),
        latency_us=consideration.latency_us,
        rank=consideration.rank,
        result=REASONS.name(consideration.result),
        reason_code=consideration.reason_code,
        detail=consideration.detail,
        shared_price=amount_or_none(consideration.shared_price_micros),
        order_key=consideration.order_key,
        clearing_price=amount_or_none(consideration.clearing_micros),
    )


def _post(attempt: auction_pb2.PostAttempt) -> shapes.PostAttempt:
    return shapes.PostAttempt(
        post_id=attempt.post_id,
        campaign_id=attempt.campaign_id,
        price=amount_or_none(attempt.price_micros),
        result=REASONS.name(attempt.result),
        latency_us=attempt.latency_us,
        reason_code=attempt.reason_code,
        repeat=attempt.repeat,
        shared=attempt.shared,
    )


def _phases(phases: auction_pb2.Phases) -> shapes.Phases:
    return shapes.Phases(**{name: getattr(phases, name) for name in shapes.Phases.__struct_fields__})
