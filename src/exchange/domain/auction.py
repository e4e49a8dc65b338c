"""Auctions: the trace, the sale, and what a settlement holds. All of it safe to log: no person is in here."""

import msgspec

from exchange.domain.lead import LeadStatus, Profile
from exchange.domain.reasons import Reason


class Consideration(msgspec.Struct, array_like=True, gc=False):
    """What became of one campaign in one auction."""

    campaign_id: str
    buyer_id: str
    ping: Reason
    price_micros: int = 0
    latency_us: int = 0
    rank: int = 0
    result: Reason = Reason.UNSPECIFIED
    reason_code: str = ""
    detail: str = ""
    shared_price_micros: int = 0
    order_key: int = 0
    """What it was ranked by before price, as the distribution says; lower is better."""
    clearing_micros: int = 0
    """What it would pay."""
    reference: str = ""
    """The buyer's reference for its bid."""


class PostAttempt(msgspec.Struct, array_like=True, gc=False):
    """One post to one buyer. `result` is UNSPECIFIED while the answer is awaited."""

    post_id: str
    campaign_id: str
    price_micros: int
    result: Reason = Reason.UNSPECIFIED
    latency_us: int = 0
    reason_code: str = ""
    repeat: bool = False
    reference: str = ""
    """The buyer's reference from its bid."""
    shared: bool = False
    revised_micros: int = -1
    """The price at which the buyer said it accepts; -1 when it gave none, or did not accept."""


class Phases(msgspec.Struct, array_like=True, gc=False):
    """Microseconds from the moment the submission was read; 0 where the phase did not happen."""

    admitted_us: int = 0
    matched_us: int = 0
    pings_sent_us: int = 0
    bids_in_us: int = 0
    post_sent_us: int = 0
    post_accepted_us: int = 0
    total_us: int = 0
    """Decided, and handed to the store."""


class Trace(msgspec.Struct, gc=False):
    """How an auction went: everything but the person (requirement A11)."""

    catalog_revision: int = 0
    considerations: list[Consideration] = []
    posts: list[PostAttempt] = []
    phases: Phases = msgspec.field(default_factory=Phases)
    stray_bids: int = 0
    policy_revision: int = 0
    shared: bool = False
    """The bids made a shared sale worth more than an exclusive one."""
    floor_micros: int = 0
    """The floor that held for all."""


class Sale(msgspec.Struct, frozen=True, gc=False):
    """One sale of a lead to one buyer."""

    id: str
    lead_id: str
    campaign_id: str
    buyer_id: str
    price_micros: int
    payout_micros: int
    sold_ms: int
    reference: str = ""
    shared: bool = False


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """How a lead ended."""

    status: LeadStatus
    reason: Reason = Reason.UNSPECIFIED
    sales: tuple[Sale, ...] = ()
    redirect_url: str = ""
    """Where the buyer wants the consumer sent next."""


class LeadRecord(msgspec.Struct, frozen=True, gc=False):
    """A lead as the store keeps it. The person is sealed."""

    id: str
    profile: Profile
    sealed: bytes
    """The person, encrypted under the lead's own key; empty after erasure."""
    wrapped_key: bytes
    """The lead's key, encrypted under the master key; empty after erasure."""
    request_id: str
    request_digest: bytes
    """Of the request's content, to tell a repeat from a reuse of its id."""
    submitted_ms: int
    outcome: Outcome
    trace: Trace
    decided_ms: int = 0
    sequence: int = 0
    """Place in commit order; minted by the store."""


class Offer(msgspec.Struct, frozen=True):
    """The answer to a ping, to be taken up once."""

    auction_id: str
    profile: Profile
    request_id: str
    request_digest: bytes
    made_ms: int
    expires_ms: int
    ranking: tuple[tuple[str, int, str], ...]
    """Campaign, price to be paid in micros, the buyer's reference: best first; empty when there is no offer."""
    reason: Reason
    trace: Trace
    shared: bool = False
    sales_wanted: int = 1
    used: bool = False
