"""Between domain values and the bid stream's messages."""

import re
from functools import lru_cache
from typing import Final

from exchange.bidders.calls import PingCall, PostCall
from exchange.domain import limits
from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.lead import Consent, Contact, Evidence, Value
from exchange.domain.reasons import Reason
from leadexchange.v1.attribute_pb2 import Attribute
from leadexchange.v1.bid_pb2 import Bid as BidMessage
from leadexchange.v1.lead_pb2 import Consent as ConsentMessage
from leadexchange.v1.lead_pb2 import Contact as ContactMessage
from leadexchange.v1.ping_pb2 import ConsentEvidence, Ping
from leadexchange.v1.post_pb2 import Post, PostReply
from leadexchange.v1.post_pb2 import PostVerdict as VerdictMessage

_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{0,64}\Z")
_NO_BIDS: Final = frozenset((Reason.NO_BID, Reason.BIDDER_ERROR, Reason.BID_INVALID, Reason.BID_TIMEOUT))
_REJECTIONS: Final = frozenset(range(Reason.REJECTED, Reason.REJECTED_PRICE + 1))
_FAILURES: Final = frozenset((Reason.POST_TIMEOUT, Reason.POST_ERROR, Reason.POST_NOT_SENT))


def attributes(values: dict[str, Value]) -> list[Attribute]:
    """Normalised attributes as messages."""
    return [_attribute(name, value) for name, value in values.items()]


def _attribute(name: str, value: Value) -> Attribute:
    kind = type(value)
    if kind is str:
        return Attribute(name=name, code=value)  # type: ignore[arg-type]
    if kind is float:
        return Attribute(name=name, number=value)  # type: ignore[arg-type]
    if kind is bool:
        return Attribute(name=name, flag=value)  # type: ignore[arg-type]
    return Attribute(name=name, integer=value)  # type: ignore[arg-type]


def evidence(value: Evidence) -> ConsentEvidence:
    """Which consent evidence is on file."""
    return ConsentEvidence(
        has_time=value.has_time,
        has_trustedform=value.has_trustedform,
        has_jornaya=value.has_jornaya,
        has_text=value.has_text,
    )


def contact(value: Contact) -> ContactMessage:
    """Who the consumer is."""
    return ContactMessage(
        first_name=value.first_name,
        last_name=value.last_name,
        email=value.email,
        phone=value.phone,
        street=value.street,
        city=value.city,
        date_of_birth=value.date_of_birth,
        comments=value.comments,
        more=value.more,
    )


def consent(value: Consent) -> ConsentMessage:
    """The consent evidence."""
    return ConsentMessage(
        text_version=value.text_version,
        text=value.text,
        given_at=value.given_at,
        ip=value.ip,
        page_url=value.page_url,
        trustedform_cert_url=value.trustedform_cert_url,
        jornaya_leadid=value.jornaya_leadid,
        user_agent=value.user_agent,
    )


@lru_cache(maxsize=1)
def ping(call: PingCall) -> Ping:
    """A ping but for the campaigns; kept for the auction's other bidders, who are asked right after the first."""
    profile = call.profile
    return Ping(
        auction_id=call.auction_id,
        vertical=profile.vertical,
        source_id=profile.source_id,
        sub_source=profile.sub_source,
        attributes=attributes(profile.attributes),
        consent=evidence(profile.evidence),
        deadline_ms=call.deadline_ms,
        window_ms=call.window_ms,
        test=profile.test,
        max_buyers=call.max_buyers,
    )


def post(call: PostCall) -> Post:
    """A post."""
    profile = call.profile
    return Post(
        post_id=call.post_id,
        auction_id=call.auction_id,
        campaign_id=call.campaign_id,
        lead_id=call.lead_id,
        price_micros=call.price_micros,
        bid_reference=call.bid_reference,
        vertical=profile.vertical,
        source_id=profile.source_id,
        sub_source=profile.sub_source,
        attributes=attributes(profile.attributes),
        contact=contact(call.person.contact),
        consent=consent(call.person.consent),
        deadline_ms=call.deadline_ms,
        window_ms=call.timeout_ms,
        test=profile.test,
        repeat=call.repeat,
        shared=call.shared,
        submitted_ms=call.submitted_ms,
    )


def bid(message: BidMessage) -> Bid:
    """A bid as the auction reads it; what cannot be read is BID_INVALID."""
    if len(message.bid_reference) > limits.MAX_REFERENCE_CHARS or not _CODE.match(message.reason_code):
        return Bid(message.campaign_id, Reason.BID_INVALID)
    price, shared = message.price_micros, message.shared_price_micros
    if not 0 <= price <= limits.MAX_PRICE_MICROS or not 0 <= shared <= limits.MAX_PRICE_MICROS:
        return Bid(message.campaign_id, Reason.BID_INVALID, reason_code=message.reason_code)
    if price == 0 and shared == 0:
        outcome = Reason(message.reason) if int(message.reason) in _NO_BIDS else Reason.NO_BID
        return Bid(message.campaign_id, outcome, reason_code=message.reason_code)
    return Bid(
        message.campaign_id,
        Reason.BID,
        price,
        reference=message.bid_reference,
        reason_code=message.reason_code,
        shared_price_micros=shared,
    )


def verdict(message: PostReply) -> PostVerdict:
    """A post's answer as the auction reads it; what cannot be read is POST_ERROR: the outcome is unknown."""
    if not _readable(message):
        return PostVerdict(Reason.POST_ERROR)
    return PostVerdict(
        _result(message),
        message.price_micros if message.HasField("price_micros") else None,
        message.buyer_reference,
        message.reason_code,
        message.redirect_url,
    )


def _readable(message: PostReply) -> bool:
    return (
        len(message.buyer_reference) <= limits.MAX_REFERENCE_CHARS
        and len(message.redirect_url) <= limits.MAX_URL_CHARS
        and (not message.redirect_url or message.redirect_url.startswith("https://"))
        and _CODE.match(message.reason_code) is not None
        and 0 <= message.price_micros <= limits.MAX_PRICE_MICROS
    )


def _result(message: PostReply) -> Reason:
    match message.verdict:
        case VerdictMessage.POST_VERDICT_ACCEPTED:
            return Reason.ACCEPTED
        case VerdictMessage.POST_VERDICT_REJECTED:
            return Reason(message.reason) if int(message.reason) in _REJECTIONS else Reason.REJECTED
        case VerdictMessage.POST_VERDICT_PENDING:
            return Reason.PENDING_REVIEW
        case _:
            return Reason(message.reason) if int(message.reason) in _FAILURES else Reason.POST_ERROR
