"""A buyer's own dialect, by the mapping that its campaign names. Pure."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from google.protobuf.json_format import MessageToDict

from adapters.common.bidder import values as attribute_values
from adapters.gateway.call import Answer, Failure
from adapters.gateway.dialect import Request, Round
from adapters.gateway.generic_json import failed, price_text, refusal
from adapters.gateway.transport import header
from leadexchange.mapping import Answer as Reading
from leadexchange.mapping import BuildError, Mapping, Rendered, Verdict, load
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.campaign_pb2 import Campaign, HttpCall
from leadexchange.v1.mapping_pb2 import Mapping as MappingMessage
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, POST_VERDICT_PENDING, POST_VERDICT_REJECTED, Post, PostReply
from leadexchange.v1.reason_pb2 import (
    REASON_BID_INVALID,
    REASON_BID_TIMEOUT,
    REASON_BIDDER_ERROR,
    REASON_NO_BID,
    REASON_PENDING_REVIEW,
    REASON_POST_ERROR,
    REASON_POST_NOT_SENT,
    REASON_POST_TIMEOUT,
)

_CURRENCY: Final = "USD"


def compiled(message: MappingMessage) -> Mapping:
    """A mapping as the exchange sent it. Raises MappingError."""
    return load(_whole_numbers(MessageToDict(message.document)))


class Mapped:
    """Speaks as one mapping says, for one campaign; `mapping` gives it as it now stands."""

    content_type: str | None = None

    def __init__(self, mapping: Callable[[], Mapping], campaign: Campaign, call: HttpCall) -> None:
        self._mapping = mapping
        self._own = {
            "campaign": {"id": campaign.id, "buyer_id": campaign.buyer_id, "currency": _CURRENCY},
            "settings": dict(call.settings),
        }

    def ping(self, asked: Round, campaign_id: str, window_ms: int) -> Request:
        """See `Dialect`."""
        values = asked.values
        ping = {**values["ping"], "window_ms": window_ms}
        return self._request({**values, **self._own, "ping": ping})

    def post(self, post: Post, window_ms: int) -> Request:
        """See `Dialect`."""
        return self._request({**_post_values(post, window_ms), **self._own})

    def _request(self, values: dict[str, Any]) -> Request:
        try:
            return request_of(self._mapping().build(values))
        except BuildError as error:
            raise ValueError(str(error)) from None

    def read_bid(self, answer: Answer, auction_id: str, campaign_id: str, most_micros: int) -> Bid:
        """See `Dialect`."""
        bid = Bid(auction_id=auction_id, campaign_id=campaign_id)
        if answer.failure is Failure.TIMEOUT:
            bid.reason = REASON_BID_TIMEOUT
        elif answer.failure:
            bid.reason, bid.reason_code = REASON_BIDDER_ERROR, answer.failure.value
        elif answer.status == 204:
            bid.reason = REASON_NO_BID
        else:
            _take_offer(bid, self._mapping().read(answer.status, "", answer.body), answer.status, most_micros)
        return bid

    def read_post(self, answer: Answer, post_id: str) -> PostReply:
        """See `Dialect`."""
        if not answer.sent:
            return failed(post_id, REASON_POST_NOT_SENT)
        if answer.failure is Failure.TIMEOUT:
            return failed(post_id, REASON_POST_TIMEOUT)
        if answer.failure:
            return failed(post_id, REASON_POST_ERROR, answer.failure.value)
        return _verdict(post_id, self._mapping().read(answer.status, "", answer.body), answer.status)


def request_of(rendered: Rendered) -> Request:
    """A rendered request as it is sent. Raises ValueError for a header that would break out of its line."""
    lines = [header(name, value) for name, value in rendered.headers]
    if rendered.content_type:
        lines.append(header("content-type", rendered.content_type))
    return Request(rendered.body, b"".join(lines), urlencode(rendered.query).encode())


def ping_values(ping: Ping) -> dict[str, Any]:
    """What a ping says, in the groups that mappings know."""
    consent = ping.consent
    return {
        "lead": {
            "vertical": ping.vertical,
            "source_id": ping.source_id,
            "sub_source": ping.sub_source,
            "test": ping.test,
        },
        "attributes": attribute_values(ping.attributes),
        "consent": {
            "has_time": consent.has_time,
            "has_trustedform": consent.has_trustedform,
            "has_jornaya": consent.has_jornaya,
            "has_text": consent.has_text,
        },
        "ping": {"auction_id": ping.auction_id, "deadline_ms": ping.deadline_ms},
    }


def _post_values(post: Post, window_ms: int) -> dict[str, Any]:
    return {
        "lead": {
            "id": post.lead_id,
            "vertical": post.vertical,
            "source_id": post.source_id,
            "sub_source": post.sub_source,
            "test": post.test,
            "submitted_at": _rfc3339(post.submitted_ms),
        },
        "attributes": attribute_values(post.attributes),
        "contact": MessageToDict(post.contact, preserving_proto_field_name=True),
        "consent": MessageToDict(post.consent, preserving_proto_field_name=True),
        "post": {
            "id": post.post_id,
            "auction_id": post.auction_id,
            "price": price_text(post.price_micros),
            "currency": post.currency or _CURRENCY,
            "bid_reference": post.bid_reference,
            "deadline_ms": post.deadline_ms,
            "window_ms": window_ms,
            "repeat": post.repeat,
            "shared": post.shared,
        },
    }


def _rfc3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at_ms else ""


def _take_offer(bid: Bid, read: Reading, status: int, most_micros: int) -> None:
    price = read.price_micros or 0
    if read.verdict is Verdict.ERROR:
        good = 200 <= status <= 299
        bid.reason = REASON_BID_INVALID if good else REASON_BIDDER_ERROR
        bid.reason_code = "" if good else f"http_{status}"
    elif read.verdict is not Verdict.ACCEPTED or price == 0:
        bid.reason, bid.reason_code = REASON_NO_BID, read.code or read.reason
    elif price > most_micros:
        bid.reason = REASON_BID_INVALID
    else:
        bid.price_micros, bid.bid_reference = price, read.reference


def _verdict(post_id: str, read: Reading, status: int) -> PostReply:
    if read.verdict is Verdict.ERROR:
        return failed(post_id, REASON_POST_ERROR, "unreadable" if 200 <= status <= 299 else f"http_{status}")
    reply = PostReply(
        post_id=post_id,
        reason_code=read.code,
        price_micros=read.price_micros,
        buyer_reference=read.reference,
        redirect_url=read.redirect_url,
    )
    match read.verdict:
        case Verdict.ACCEPTED:
            reply.verdict = POST_VERDICT_ACCEPTED
        case Verdict.PENDING:
            reply.verdict, reply.reason = POST_VERDICT_PENDING, REASON_PENDING_REVIEW
        case _:
            reply.verdict = POST_VERDICT_REJECTED
            reply.reason = refusal("duplicate" if read.verdict is Verdict.DUPLICATE else read.reason)
    return reply


def _whole_numbers(value: Any) -> Any:
    """A Struct knows floating numbers only: those that are whole were written so."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole_numbers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(part) for part in value]
    return value
