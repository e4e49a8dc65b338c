"""Campaigns: which leads a buyer wants, when, how many, at what price, and how it is asked."""

from enum import IntEnum
from typing import Final

import msgspec

from exchange.domain import limits
from exchange.domain.caps import Cap
from exchange.domain.lead_return import ReturnPolicy
from exchange.domain.party import PartyState

WHOLE_BPS: Final = 10_000
"""Basis points of a whole."""


class Condition(msgspec.Struct, frozen=True, omit_defaults=True):
    """One test of one attribute; exactly one of the fields after the name is set.

    A lead without the attribute matches only `exists=False` and `not_in`. Codes are compared as normalised.
    """

    attribute: str
    one_of: tuple[str, ...] | None = None
    not_in: tuple[str, ...] | None = None
    prefix_in: tuple[str, ...] | None = None
    range: tuple[float | None, float | None] | None = None
    """Closed; None is open."""
    exists: bool | None = None
    flag: bool | None = None


class ConsentKind(IntEnum):
    """Kinds of consent evidence; numbered as in the contract."""

    TIME = 1
    TRUSTEDFORM = 2
    JORNAYA = 3
    TEXT = 4


class Targeting(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which leads a campaign wants; all parts must hold."""

    vertical: str
    conditions: tuple[Condition, ...] = ()
    allowed_sources: tuple[str, ...] = ()
    """`src` or `src/sub`; empty means all."""
    denied_sources: tuple[str, ...] = ()
    required_consent: tuple[ConsentKind, ...] = ()


class ScheduleWindow(msgspec.Struct, frozen=True):
    """Minutes of a weekday (ISO, 1 Monday) in the buyer's time zone: start ≤ minute < end."""

    weekday: int
    start_minute: int
    end_minute: int


class PriceModifier(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change of a static price where a condition holds: first multiply, then add."""

    condition: Condition
    add_micros: int = 0
    multiply_bps: int = 0
    """0 leaves the price as it is."""


class SoapVersion(IntEnum):
    """Versions of SOAP; numbered as in the contract."""

    SOAP_1_1 = 1
    SOAP_1_2 = 2


class PasswordKind(IntEnum):
    """How passwords travel in WS-Security's UsernameToken; numbered as in the contract."""

    TEXT = 1
    DIGEST = 2


class SoapCall(msgspec.Struct, frozen=True, omit_defaults=True):
    """What makes an HTTP call a SOAP request."""

    version: SoapVersion = SoapVersion.SOAP_1_1
    action: str = ""
    username: str = ""
    password: str = ""
    """Sealed wherever it rests."""
    password_kind: PasswordKind = PasswordKind.TEXT
    wsdl: str = ""
    """The buyer's, its schemas inlined; with an operation it makes the envelope from the mapping's values."""
    operation: str = ""


class HttpCall(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the gateway calls a buyer's endpoint."""

    url: str
    headers: dict[str, str] = {}
    timeout_ms: int = 0
    mapping_id: str = ""
    """What writes the request and reads the answer; empty for the generic JSON."""
    soap: SoapCall | None = None
    settings: dict[str, str] = {}
    """What the mapping reads as `settings`. Sealed wherever it rests."""


class StaticBidding(msgspec.Struct, frozen=True, omit_defaults=True, tag="static"):
    """A bid that the exchange computes itself."""

    base_price_micros: int
    modifiers: tuple[PriceModifier, ...] = ()
    max_price_micros: int = 0
    shared_bps: int = 0
    """The price of a shared sale in basis points of the exclusive one; 0 sells exclusively only."""


class StreamBidding(msgspec.Struct, frozen=True, tag="stream"):
    """The buyer's own system bids over its bid stream."""


class HttpBidding(msgspec.Struct, frozen=True, tag="http"):
    """The gateway asks the buyer's endpoint."""

    call: HttpCall


class StreamPosting(msgspec.Struct, frozen=True, tag="stream"):
    """The full lead goes over the buyer's bid stream."""


class HttpPosting(msgspec.Struct, frozen=True, tag="http"):
    """The full lead goes to the buyer's endpoint through the gateway."""

    call: HttpCall


class Completion(IntEnum):
    """When a sale is complete; numbered as in the contract."""

    ON_ACCEPT = 1
    ON_WIN = 2


class OnTimeout(IntEnum):
    """What a lost post answer means; numbered as in the contract."""

    CASCADE = 1
    HOLD = 2


class Campaign(msgspec.Struct, frozen=True, omit_defaults=True):
    """Bidding instructions of a buyer."""

    id: str
    buyer_id: str
    display_name: str
    targeting: Targeting
    bidding: StaticBidding | StreamBidding | HttpBidding
    completion: Completion
    posting: StreamPosting | HttpPosting | None = None
    """Set when the sale completes on accept."""
    state: PartyState = PartyState.ACTIVE
    schedule: tuple[ScheduleWindow, ...] = ()
    caps: tuple[Cap, ...] = ()
    on_timeout: OnTimeout = OnTimeout.CASCADE
    bid_window_ms: int = limits.BIDS_IN_BUDGET_MS
    post_timeout_ms: int = limits.POST_ACCEPTED_BUDGET_MS
    max_bid_micros: int = limits.DEFAULT_MAX_BID_MICROS
    test: bool = False
    priority: int = 0
    """The tier, where the distribution goes by tiers; lower first. Else it parts equal prices."""
    weight: int = limits.DEFAULT_WEIGHT
    """Its share where the distribution goes by weight."""
    floor_micros: int = 0
    """Least price at which its bids stand."""
    bid_adjustment_bps: int = WHOLE_BPS
    """What its bids count for when they are ranked; the price paid stays."""
    paced: bool = False
    """Spreads the day's cap over the hours in which it buys."""
    cap_alert_bps: int = limits.DEFAULT_CAP_ALERT_BPS
    """A cap used up to this share has its owner told."""
    min_revised_bps: int = WHOLE_BPS
    """A lower price at the post is taken down to this share of the price asked."""
    return_policy: ReturnPolicy = ReturnPolicy()
    revision: int = 0
    created_ms: int = 0
    changed_ms: int = 0
    """When it last changed: caps are proved from here on."""
