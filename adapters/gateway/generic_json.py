"""The generic JSON dialect of docs/buyers.md: pings and posts to request bodies, answers to bids and replies. Pure."""

import re
from typing import Any, Final, Literal

import msgspec
from google.protobuf.message import Message

from adapters.common.bidder import values
from adapters.gateway.call import Answer, Failure
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import (
    POST_VERDICT_ACCEPTED,
    POST_VERDICT_FAILED,
    POST_VERDICT_PENDING,
    POST_VERDICT_REJECTED,
    Post,
    PostReply,
)
from leadexchange.v1.reason_pb2 import (
    REASON_BID_INVALID,
    REASON_BID_TIMEOUT,
    REASON_BIDDER_ERROR,
    REASON_NO_BID,
    REASON_PENDING_REVIEW,
    REASON_POST_ERROR,
    REASON_POST_NOT_SENT,
    REASON_POST_TIMEOUT,
    REASON_REJECTED,
    REASON_REJECTED_CAPACITY,
    REASON_REJECTED_CRITERIA,
    REASON_REJECTED_DUPLICATE,
    REASON_REJECTED_INVALID,
    REASON_REJECTED_PRICE,
    Reason,
)

_MAX_PRICE_MICROS: Final = 1_000_000_000_000  # the exchange's own bound: a million units
_MAX_REFERENCE_CHARS: Final = 128
_MAX_URL_CHARS: Final = 2_048
_PRICE: Final = re.compile(rb'(")?([0-9]{1,13})(?:\.([0-9]{1,6})0*)?(?(1)")')  # at most six decimals that count
_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_REJECTIONS: Final = {
    "duplicate": REASON_REJECTED_DUPLICATE,
    "invalid": REASON_REJECTED_INVALID,
    "capacity": REASON_REJECTED_CAPACITY,
    "criteria": REASON_REJECTED_CRITERIA,
    "price": REASON_REJECTED_PRICE,
}
_ABSENT: Final = (b"", b"null")


class _BidAnswer(msgspec.Struct):
    price: msgspec.Raw = msgspec.Raw(b"")
    no_bid: bool = False
    reason: str | None = None
    reference: str | None = None


class _PostAnswer(msgspec.Struct):
    status: Literal["accepted", "rejected", "duplicate", "pending"]
    price: msgspec.Raw = msgspec.Raw(b"")
    reason: str | None = None
    reference: str | None = None
    redirect_url: str | None = None


_bid_answer: Final = msgspec.json.Decoder(_BidAnswer)
_post_answer: Final = msgspec.json.Decoder(_PostAnswer)
_encode: Final = msgspec.json.Encoder().encode


def micros(price: bytes) -> int:
    """A price as JSON, a number or a string of one, to micros without rounding; raises ValueError for anything else."""
    read = _PRICE.fullmatch(price)
    if read is None:
        raise ValueError("not a price")
    amount = int(read[2]) * 1_000_000 + int((read[3] or b"").ljust(6, b"0"))
    if amount > _MAX_PRICE_MICROS:
        raise ValueError("not a price")
    return amount


def price_text(amount_micros: int) -> str:
    """Micros as a decimal with two to six places: 12_500_000 is "12.50"."""
    units, fraction = divmod(amount_micros, 1_000_000)
    places = f"{fraction:06}".rstrip("0").ljust(2, "0")
    return f"{units}.{places}"


def ping_tail(ping: Ping) -> bytes:
    """What a ping says to every campaign: all of its body that follows the part of `ping_body`."""
    consent = ping.consent
    body = {
        "auction_id": ping.auction_id,
        "vertical": ping.vertical,
        "source_id": ping.source_id,
        "sub_source": ping.sub_source,
        "attributes": values(ping.attributes),
        "consent": {
            "has_time": consent.has_time,
            "has_trustedform": consent.has_trustedform,
            "has_jornaya": consent.has_jornaya,
            "has_text": consent.has_text,
        },
        "deadline_ms": ping.deadline_ms,
        "test": ping.test,
    }
    return b"," + _encode(body)[1:]


def ping_body(tail: bytes, campaign_id: str, window_ms: int) -> bytes:
    """The body of one campaign's ping: the tail is encoded once for all of them."""
    return b'{"campaign_id":%b,"window_ms":%d%b' % (_encode(campaign_id), window_ms, tail)


def post_body(post: Post, window_ms: int) -> bytes:
    """The body of a post: the whole lead."""
    return _encode(
        {
            "post_id": post.post_id,
            "auction_id": post.auction_id,
            "campaign_id": post.campaign_id,
            "lead_id": post.lead_id,
            "price": price_text(post.price_micros),
            "currency": post.currency or "USD",
            "bid_reference": post.bid_reference,
            "vertical": post.vertical,
            "source_id": post.source_id,
            "sub_source": post.sub_source,
            "attributes": values(post.attributes),
            "contact": _given(post.contact),
            "consent": _given(post.consent),
            "deadline_ms": post.deadline_ms,
            "window_ms": window_ms,
            "test": post.test,
            "repeat": post.repeat,
        }
    )


def read_bid(answer: Answer, auction_id: str, campaign_id: str, most_micros: int) -> Bid:
    """What an endpoint made of a ping. A price above `most_micros` is malformed."""
    bid = Bid(auction_id=auction_id, campaign_id=campaign_id)
    if answer.failure is Failure.TIMEOUT:
        bid.reason = REASON_BID_TIMEOUT
    elif answer.failure:
        bid.reason, bid.reason_code = REASON_BIDDER_ERROR, answer.failure.value
    elif answer.status == 204:
        bid.reason = REASON_NO_BID
    elif answer.status != 200:
        bid.reason, bid.reason_code = REASON_BIDDER_ERROR, f"http_{answer.status}"
    else:
        _read_offer(answer.body, bid, most_micros)
    return bid


def _read_offer(body: bytes, bid: Bid, most_micros: int) -> None:
    try:
        read = _bid_answer.decode(body)
        price = 0 if read.no_bid else micros(bytes(read.price))
    except ValueError:  # msgspec's errors are ValueErrors
        bid.reason = REASON_BID_INVALID
        return
    reference = read.reference or ""
    if price > most_micros or len(reference) > _MAX_REFERENCE_CHARS:
        bid.reason = REASON_BID_INVALID
    elif price == 0:
        bid.reason, bid.reason_code = REASON_NO_BID, _code(read.reason)
    else:
        bid.price_micros, bid.bid_reference = price, reference


def read_post(answer: Answer, post_id: str) -> PostReply:
    """What an endpoint made of a post."""
    if not answer.sent:
        return failed(post_id, REASON_POST_NOT_SENT)
    if answer.failure is Failure.TIMEOUT:
        return failed(post_id, REASON_POST_TIMEOUT)
    if answer.failure:
        return failed(post_id, REASON_POST_ERROR, answer.failure.value)
    status_code = f"http_{answer.status}"
    if not (200 <= answer.status < 300 or 400 <= answer.status < 500):
        return failed(post_id, REASON_POST_ERROR, status_code)
    try:
        read = _post_answer.decode(answer.body)
        price = None if bytes(read.price) in _ABSENT else micros(bytes(read.price))
    except ValueError:
        return failed(post_id, REASON_POST_ERROR, status_code if answer.status >= 400 else "unreadable")
    return _verdict(post_id, read, price)


def _verdict(post_id: str, read: _PostAnswer, price: int | None) -> PostReply:
    reply = PostReply(post_id=post_id, reason_code=_code(read.reason), price_micros=price)
    reference, url = read.reference or "", read.redirect_url or ""
    if len(reference) <= _MAX_REFERENCE_CHARS:
        reply.buyer_reference = reference
    if url.startswith("https://") and len(url) <= _MAX_URL_CHARS:
        reply.redirect_url = url
    if read.status == "accepted":
        reply.verdict = POST_VERDICT_ACCEPTED
    elif read.status == "pending":
        reply.verdict, reply.reason = POST_VERDICT_PENDING, REASON_PENDING_REVIEW
    else:
        reply.verdict = POST_VERDICT_REJECTED
        reply.reason = refusal("duplicate" if read.status == "duplicate" else read.reason or "")
    return reply


def refusal(word: str) -> Reason:
    """Why a buyer does not take a lead, by its word for it."""
    return _REJECTIONS.get(word, REASON_REJECTED)


def failed(post_id: str, reason: Reason, reason_code: str = "") -> PostReply:
    """No verdict."""
    return PostReply(post_id=post_id, verdict=POST_VERDICT_FAILED, reason=reason, reason_code=reason_code)


def _code(reason: str | None) -> str:
    """A buyer's code as it came, or nothing: what is not a code may be a sentence about the consumer."""
    return reason if reason and _CODE.fullmatch(reason) else ""


def _given(message: Message) -> dict[str, Any]:
    """The fields that are set, by name."""
    return {field.name: value if isinstance(value, str) else dict(value) for field, value in message.ListFields()}
