"""Auctions and events."""

import msgspec

from exchange.bidders import frames
from exchange.domain.auction import Consideration, LeadRecord, Offer, Phases, PostAttempt, Trace
from exchange.domain.event import Event
from exchange.domain.ids import auction_of
from exchange.domain.lead import LeadStatus, Profile
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.rpc.convert.times import timestamp
from leadexchange.v1 import auction_pb2 as pb
from leadexchange.v1.event_pb2 import Event as EventMessage


def auction_of_lead(record: LeadRecord, viewer: Principal) -> pb.Auction:
    """The auction behind a lead, as the viewer may see it."""
    outcome = record.outcome
    message = _auction(
        auction_of(record.id), record.profile, record.trace, outcome.status, outcome.reason, record.submitted_ms, viewer
    )
    message.lead_id = record.id
    return message


def auction_of_offer(offer: Offer, viewer: Principal, now_ms: int) -> pb.Auction:
    """The auction behind a ping that was not taken up, as the viewer may see it."""
    status, reason = LeadStatus.UNSOLD, offer.reason
    if offer.ranking and now_ms <= offer.expires_ms:
        status = LeadStatus.PENDING
    elif offer.ranking:
        reason = Reason.OFFER_EXPIRED
    return _auction(offer.auction_id, offer.profile, offer.trace, status, reason, offer.made_ms, viewer)


def _auction(
    auction_id: str,
    profile: Profile,
    trace: Trace,
    status: LeadStatus,
    reason: Reason,
    started_ms: int,
    viewer: Principal,
) -> pb.Auction:
    """Operators see all; a buyer its own campaigns' part; a source no campaign at all: its bids are others' secrets."""
    seen = trace.considerations
    if viewer.role == Role.BUYER:
        seen = [one for one in seen if one.buyer_id == viewer.party_id]
    elif viewer.role != Role.OPERATOR:
        seen = []
    campaigns = {one.campaign_id for one in seen}
    return pb.Auction(
        id=auction_id,
        source_id=profile.source_id,
        vertical=profile.vertical,
        attributes=frames.attributes(profile.attributes),
        status=int(status),  # type: ignore[arg-type]
        reason=int(reason),  # type: ignore[arg-type]
        considerations=[consideration(one) for one in seen],
        posts=[_post(one) for one in trace.posts if one.campaign_id in campaigns],
        phases=_phases(trace.phases),
        started_at=timestamp(started_ms),
        catalog_revision=trace.catalog_revision,
        stray_bids=trace.stray_bids,
        policy_revision=trace.policy_revision,
        shared=trace.shared,
    )


def consideration(one: Consideration) -> pb.Consideration:
    """What became of one campaign."""
    return pb.Consideration(
        campaign_id=one.campaign_id,
        buyer_id=one.buyer_id,
        ping=int(one.ping),  # type: ignore[arg-type]
        price_micros=one.price_micros,
        latency_us=one.latency_us,
        rank=one.rank,
        result=int(one.result),  # type: ignore[arg-type]
        reason_code=one.reason_code,
        detail=one.detail,
        shared_price_micros=one.shared_price_micros,
        order_key=one.order_key,
        clearing_micros=one.clearing_micros,
    )


def _post(one: PostAttempt) -> pb.PostAttempt:
    return pb.PostAttempt(
        post_id=one.post_id,
        campaign_id=one.campaign_id,
        price_micros=one.price_micros,
        result=int(one.result),  # type: ignore[arg-type]
        latency_us=one.latency_us,
        reason_code=one.reason_code,
        repeat=one.repeat,
        shared=one.shared,
    )


def _phases(one: Phases) -> pb.Phases:
    return pb.Phases(
        admitted_us=one.admitted_us,
        matched_us=one.matched_us,
        pings_sent_us=one.pings_sent_us,
        bids_in_us=one.bids_in_us,
        post_sent_us=one.post_sent_us,
        post_accepted_us=one.post_accepted_us,
        total_us=one.total_us,
    )


def event(one: Event, caller: Principal) -> EventMessage:
    """An event as the caller may see it: a buyer is not told the source."""
    return EventMessage(
        id=one.id,
        sequence=one.sequence,
        type=one.type,
        owner_id=one.owner_id,
        lead_id=one.lead_id,
        campaign_id=one.campaign_id,
        occurred_at=timestamp(one.occurred_ms),
        data_json=msgspec.json.encode(one.data).decode(),
        vertical=one.vertical,
        source_id="" if caller.role is Role.BUYER else one.source_id,
    )
