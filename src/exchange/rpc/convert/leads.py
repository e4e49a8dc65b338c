"""Submissions in; leads and outcomes out."""

from collections.abc import Mapping
from typing import Final

from exchange.auction.conductor import Conducted
from exchange.bidders import frames
from exchange.domain import auction, limits
from exchange.domain.auction import LeadRecord, Sale
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.ids import auction_of
from exchange.domain.lead import Consent, Contact, Evidence, Person, RawProfile, Submission, Value
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.ledger.postings import payout
from exchange.market.pricing import net
from exchange.rpc.convert.times import money, put_money, put_timestamp, timestamp
from exchange.store.base import SaleState
from leadexchange.v1.attribute_pb2 import AttributeValue
from leadexchange.v1.lead_pb2 import Consent as ConsentMessage
from leadexchange.v1.lead_pb2 import Contact as ContactMessage
from leadexchange.v1.lead_pb2 import Lead, LeadProfile
from leadexchange.v1.lead_pb2 import Sale as SaleMessage
from leadexchange.v1.ping_pb2 import ConsentEvidence
from leadexchange.v1.submission_service_pb2 import LeadOutcome, Offer, PingLeadResponse, SubmitLeadRequest

_JUST_SOLD: Final = SaleState()
_SEE_PRICES: Final = frozenset((Role.OPERATOR, Role.BUYER))
_SEE_PAYOUTS: Final = frozenset((Role.OPERATOR, Role.SOURCE))


def request_id(value: str) -> str:
    """A request id. Raises Refused when it is too long, or has what cannot be looked up in every store (NUL)."""
    if len(value) > limits.MAX_REQUEST_ID_CHARS or not value.isprintable():
        expected = f"at most {limits.MAX_REQUEST_ID_CHARS} printable characters"
        raise invalid([Violation("request_id", expected, f"{len(value)} characters")])
    return value


def _attributes(values: Mapping[str, AttributeValue]) -> dict[str, Value]:
    if len(values) > limits.MAX_ATTRIBUTES:
        expected = f"at most {limits.MAX_ATTRIBUTES} attributes"
        raise invalid([Violation("profile.attributes", expected, str(len(values)))])
    found: dict[str, Value] = {}
    for name in values:  # not `items`: a protobuf map has it from the abstract class, in Python
        value = values[name]
        kind = value.WhichOneof("kind")
        if kind is None:
            raise invalid([Violation(f"profile.attributes.{name[:64]}", "text, number, integer or flag", "nothing")])
        found[name] = getattr(value, kind)
    return found


def profile(message: LeadProfile) -> RawProfile:
    """A profile as sent. Raises Refused."""
    return RawProfile(
        message.vertical, _attributes(message.attributes), message.external_id, message.sub_source, message.test
    )


def contact(message: ContactMessage) -> Contact:
    """The person as sent."""
    return Contact(
        message.first_name,
        message.last_name,
        message.email,
        message.phone,
        message.street,
        message.city,
        message.date_of_birth,
        message.comments,
        dict(message.more),
    )


def consent(message: ConsentMessage) -> Consent:
    """The consent evidence as sent."""
    return Consent(
        message.text_version,
        message.text,
        message.given_at,
        message.ip,
        message.page_url,
        message.trustedform_cert_url,
        message.jornaya_leadid,
        message.user_agent,
    )


def evidence(message: ConsentEvidence) -> Evidence:
    """Which evidence a ping promises."""
    return Evidence(message.has_time, message.has_trustedform, message.has_jornaya, message.has_text)


def submission(message: SubmitLeadRequest, source_id: str) -> Submission:
    """A whole lead as sent. Raises Refused."""
    return Submission(
        source_id,
        profile(message.profile),
        contact(message.contact),
        consent(message.consent),
        request_id(message.request_id),
    )


def budget_ms(asked_ms: int, remaining_s: float | None, default_ms: int) -> int:
    """The transaction's budget: what was asked, inside the call's own deadline.

    Raises Refused: INVALID_FIELD; DEADLINE_PASSED when nothing is left of the call's deadline.
    """
    if asked_ms and not limits.MIN_BUDGET_MS <= asked_ms <= limits.MAX_BUDGET_MS:
        expected = f"{limits.MIN_BUDGET_MS} to {limits.MAX_BUDGET_MS}, or 0 for the default"
        raise invalid([Violation("budget_ms", expected, str(asked_ms))])
    wanted = asked_ms or default_ms
    if remaining_s is None:
        return wanted
    if remaining_s <= 0:
        raise Refused(Reason.DEADLINE_PASSED, "the call's deadline has passed")
    return min(wanted, max(1, int(remaining_s * 1000)))


def sale(value: Sale, viewer: Principal, state: SaleState = _JUST_SOLD) -> SaleMessage:
    """A sale as the viewer may see it: the price is for buyers, the payout for sources, both for operators."""
    message = SaleMessage(returned=state.returned)
    put_sale(message, value, viewer)
    if viewer.role in _SEE_PRICES:
        message.awaits_pickup = state.awaits_pickup
        if state.acknowledged_ms:
            put_timestamp(message.acknowledged_at, state.acknowledged_ms)
    return message


def put_sale(message: SaleMessage, value: Sale, viewer: Principal) -> None:
    """The same, into a message that is empty: parts that are filled in place cost a third of parts that are copied."""
    role = viewer.role
    message.id, message.campaign_id, message.buyer_id = value.id, value.campaign_id, value.buyer_id
    message.shared = value.shared
    put_timestamp(message.sold_at, value.sold_ms)
    if role in _SEE_PRICES:
        put_money(message.price, value.price_micros)
        message.buyer_reference = value.reference
    if role in _SEE_PAYOUTS:
        put_money(message.payout, value.payout_micros)


def put_outcome(message: LeadOutcome, conducted: Conducted, viewer: Principal) -> None:
    """How a submission ended, for its source, into a message that is empty."""
    record = conducted.record
    ended = record.outcome
    message.lead_id = record.id
    message.auction_id = auction_of(record.id)
    message.status = int(ended.status)  # type: ignore[assignment]
    message.reason = int(ended.reason)  # type: ignore[assignment]
    message.redirect_url = ended.redirect_url
    message.repeated = conducted.repeated
    message.total_us = conducted.total_us
    if ended.sales:
        put_money(message.payout, sum([one.payout_micros for one in ended.sales]))
        for one in ended.sales:
            put_sale(message.sales.add(), one, viewer)


def offer(value: auction.Offer, fee_bps: int, payout_bps: int, viewer: Principal) -> PingLeadResponse:
    """The answer to a ping."""
    message = PingLeadResponse(ping_id=value.auction_id, reason=int(value.reason))  # type: ignore[arg-type]
    if value.ranking:
        prices = [price for _, price, _ in value.ranking[: value.sales_wanted]]
        price = sum(prices)
        best = Offer(payout=money(sum(payout(net(one, fee_bps), payout_bps) for one in prices)))
        if viewer.role == Role.OPERATOR:
            best.price.CopyFrom(money(price))
        message.offer.CopyFrom(best)
        message.expires_at.CopyFrom(timestamp(value.expires_ms) or message.expires_at)
    return message


def lead(record: LeadRecord, person: Person | None, viewer: Principal, states: Mapping[str, SaleState]) -> Lead:
    """A lead as the viewer may see it; the caller has made sure that it may. `states`: of its sales, by id."""
    own = record.profile
    message = Lead(
        id=record.id,
        source_id=own.source_id,
        profile=LeadProfile(
            vertical=own.vertical, external_id=own.external_id, sub_source=own.sub_source, test=own.test
        ),
        attributes=frames.attributes(own.attributes),
        status=int(record.outcome.status),  # type: ignore[arg-type]
        reason=int(record.outcome.reason),  # type: ignore[arg-type]
        auction_id=auction_of(record.id),
        sales=[
            sale(one, viewer, states.get(one.id, _JUST_SOLD))
            for one in record.outcome.sales
            if viewer.role != Role.BUYER or one.buyer_id == viewer.party_id
        ],
        submitted_at=timestamp(record.submitted_ms),
        decided_at=timestamp(record.decided_ms),
        resale_of="" if viewer.role == Role.BUYER else own.resale_of,
    )
    if person is not None:
        message.contact.CopyFrom(frames.contact(person.contact))
        message.consent.CopyFrom(frames.consent(person.consent))
    return message
