"""Campaigns for tests, each a line: `static("cheap", "lender", 5 * UNIT)`."""

from typing import Any, Final

from leadexchange.v1.campaign_pb2 import (
    COMPLETION_ON_ACCEPT,
    COMPLETION_ON_WIN,
    Campaign,
    CodeSet,
    Condition,
    HttpBidding,
    HttpCall,
    HttpPosting,
    StaticBidding,
    StreamBidding,
    StreamPosting,
    Targeting,
)

UNIT: Final = 1_000_000
"""Micros in one unit of the currency."""


def _campaign(campaign_id: str, buyer_id: str, defaults: dict[str, Any], fields: dict[str, Any]) -> Campaign:
    named = {"id": campaign_id, "buyer_id": buyer_id, "display_name": campaign_id}
    return Campaign(**{**named, "targeting": Targeting(vertical="mortgage"), **defaults, **fields})


def static(campaign_id: str, buyer_id: str, price_micros: int = 10 * UNIT, **fields: Any) -> Campaign:
    """Bids at the exchange, and owns the lead when it wins."""
    bidding = StaticBidding(base_price_micros=price_micros)
    return _campaign(campaign_id, buyer_id, {"static_bidding": bidding, "completion": COMPLETION_ON_WIN}, fields)


def stream(campaign_id: str, buyer_id: str, **fields: Any) -> Campaign:
    """Bids and takes posts over the buyer's bid stream."""
    defaults = {
        "stream_bidding": StreamBidding(),
        "stream_posting": StreamPosting(),
        "completion": COMPLETION_ON_ACCEPT,
        # A second: on a busy machine the defaults would turn a slow answer into another outcome.
        "bid_window_ms": 1_000,
        "post_timeout_ms": 5_000,
    }
    return _campaign(campaign_id, buyer_id, defaults, fields)


def posted(campaign_id: str, buyer_id: str, price_micros: int = 10 * UNIT, **fields: Any) -> Campaign:
    """Bids at the exchange, and takes the post over the buyer's bid stream."""
    defaults = {
        "static_bidding": StaticBidding(base_price_micros=price_micros),
        "stream_posting": StreamPosting(),
        "completion": COMPLETION_ON_ACCEPT,
        "post_timeout_ms": 5_000,
    }
    return _campaign(campaign_id, buyer_id, defaults, fields)


def http(campaign_id: str, buyer_id: str, url: str, **fields: Any) -> Campaign:
    """Bids and takes posts at the buyer's own HTTP endpoint: `URL/ping` and `URL/post`."""
    defaults = {
        "http_bidding": HttpBidding(call=HttpCall(url=f"{url}/ping", headers={"x-buyer-key": "hunter2hunter2"})),
        "http_posting": HttpPosting(call=HttpCall(url=f"{url}/post", headers={"x-buyer-key": "hunter2hunter2"})),
        "completion": COMPLETION_ON_ACCEPT,
        "bid_window_ms": 1_000,
        "post_timeout_ms": 5_000,
    }
    return _campaign(campaign_id, buyer_id, defaults, fields)


def one_of(attribute: str, *codes: str) -> Condition:
    """Attribute equals one of these."""
    return Condition(attribute=attribute, **{"in": CodeSet(codes=codes)})  # type: ignore[arg-type]
