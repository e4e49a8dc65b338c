"""Bids, and how a ping ended."""

import msgspec

from exchange.domain.reasons import Reason


class Bid(msgspec.Struct, frozen=True, gc=False):
    """What came of pinging one campaign."""

    campaign_id: str
    outcome: Reason
    """`BID` with a price, or why there is none: `NO_BID`, `BID_TIMEOUT`, `BID_INVALID`, …."""
    price_micros: int = 0
    latency_us: int = 0
    reference: str = ""
    """The buyer's own, handed back with the post."""
    reason_code: str = ""
    """The buyer's own, for the trace."""
    shared_price_micros: int = 0
    """For a shared sale; 0 takes exclusive sales only."""


class PostVerdict(msgspec.Struct, frozen=True, gc=False):
    """What came of one post.

    `result` is `ACCEPTED`, `PENDING_REVIEW`, a `REJECTED…`, `POST_NOT_SENT`, or, where nobody knows whether the buyer
    took the lead, `POST_TIMEOUT` or `POST_ERROR`.
    """

    result: Reason
    price_micros: int | None = None
    """Revised price, where the buyer gave one."""
    reference: str = ""
    reason_code: str = ""
    redirect_url: str = ""
