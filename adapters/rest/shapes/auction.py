"""The trace of an auction."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from adapters.rest.shapes.common import Amount, Attributes, Query, Time, at


class Consideration(Struct, omit_defaults=True):
    """What became of one campaign."""

    campaign_id: str = ""
    """The campaign."""
    buyer_id: str = ""
    """Its buyer."""
    ping: str | None = None
    """How its ping ended, or why it was left out."""
    price: Amount | None = None
    """The price bid."""
    latency_us: int = 0
    """From ping sent to answer in."""
    rank: int = 0
    """Place in the ranking; 1 is best."""
    result: str | None = None
    """Why it won or lost."""
    reason_code: str = ""
    """The bidder's own reason code."""
    detail: str = ""
    """For a campaign left out by targeting: the condition that failed."""
    shared_price: Amount | None = None
    """The price bid for a shared sale."""
    order_key: int = 0
    """What it was ranked by before price; lower is better."""
    clearing_price: Annotated[Amount | None, at("clearing_micros")] = None
    """What the winner pays."""


class PostAttempt(Struct, omit_defaults=True):
    """One post to one buyer."""

    post_id: str
    """The post."""
    campaign_id: str = ""
    """The campaign."""
    price: Amount | None = None
    """The price asked."""
    result: str | None = None
    """How it ended."""
    latency_us: int = 0
    """From sent to answered."""
    reason_code: str = ""
    """The buyer's own reason code."""
    repeat: bool = False
    """It repeated one whose outcome was lost in a restart."""
    shared: bool = False
    """It was for a shared sale."""


class Phases(Struct):
    """Microseconds from the moment the submission was read; 0 where the phase did not happen."""

    admitted_us: int
    """Validated and normalised."""
    matched_us: int
    """Campaigns matched."""
    pings_sent_us: int
    """The last ping was sent."""
    bids_in_us: int
    """Bidding closed."""
    post_sent_us: int
    """The first post was sent."""
    post_accepted_us: int
    """The post was accepted."""
    total_us: int
    """Decided."""


class Auction(Struct, omit_defaults=True):
    """The trace: everything but the person."""

    id: str
    """`auc_…`."""
    status: str
    """How it ended."""
    vertical: str
    """The vertical."""
    lead_id: str = ""
    """The lead, once there is one."""
    source_id: str = ""
    """The source."""
    reason: str | None = None
    """Why, when unsold."""
    attributes: Attributes = {}
    """The attributes that were matched."""
    considerations: list[Consideration] = []
    """Campaigns that qualified, and with `include=filtered` those that did not."""
    posts: list[PostAttempt] = []
    """Posts in order."""
    phases: Phases | None = None
    """Time per phase."""
    started_at: Time | None = None
    """When it began."""
    catalog_revision: int = 0
    """The campaigns' revision that it saw."""
    stray_bids: int = 0
    """Late, duplicate and unsolicited bids."""
    policy_revision: int = 0
    """The revision of the policy that it followed."""
    shared: bool = False
    """The bids made a shared sale worth more."""


class AuctionQuery(Query):
    """Parameters of a trace."""

    include: Annotated[Literal["filtered"] | None, at("include_filtered"), Meta(extra={"codec": "given"})] = None
    """Also says, for each campaign that did not qualify, which condition failed; operators."""
