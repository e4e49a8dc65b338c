"""The trace of an auction."""

from typing import Literal

from msgspec import Struct

from adapters.rest.shapes.common import Amount, Time


class Consideration(Struct, omit_defaults=True):
    """What became of one campaign."""

    campaign_id: str = ""
    buyer_id: str = ""
    ping: str | None = None
    price: Amount | None = None
    latency_us: int = 0
    rank: int = 0
    result: str | None = None
    reason_code: str = ""
    detail: str = ""
    shared_price: Amount | None = None
    order_key: int = 0
    clearing_price: Amount | None = None


class PostAttempt(Struct, omit_defaults=True):
    """One post to one buyer."""

    post_id: str
    campaign_id: str = ""
    price: Amount | None = None
    result: str | None = None
    latency_us: int = 0
    reason_code: str = ""
    repeat: bool = False
    shared: bool = False


class Phases(Struct):
    """Microseconds from the moment the submission was read; 0 where the phase did not happen."""

    admitted_us: int
    matched_us: int
    pings_sent_us: int
    bids_in_us: int
    post_sent_us: int
    post_accepted_us: int
    total_us: int


class Auction(Struct, omit_defaults=True):
    """The trace: everything but the person."""

    id: str
    status: str
    vertical: str
    lead_id: str = ""
    source_id: str = ""
    reason: str | None = None
    attributes: dict[str, str | int | float | bool] = {}
    considerations: list[Consideration] = []
    posts: list[PostAttempt] = []
    phases: Phases | None = None
    started_at: Time | None = None
    catalog_revision: int = 0
    stray_bids: int = 0
    policy_revision: int = 0
    shared: bool = False


class AuctionQuery(Struct, forbid_unknown_fields=True):
    """Parameters of a trace."""

    include: Literal["filtered"] | None = None
