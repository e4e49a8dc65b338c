"""Campaigns: which leads a buyer wants, when, how many, at what price, and how it is asked."""

from typing import Annotated, Literal

from msgspec import UNSET, Struct, field

from adapters.rest.shapes.common import SPREAD, WRITE_ONLY, Amount, Int32, Maybe, PageQuery, at
from adapters.rest.shapes.limits import Cap, ReturnPolicy, ScheduleWindow
from adapters.rest.shapes.party import Noun

ConsentKind = Literal["time", "trustedform", "jornaya", "text"]


class Range(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A closed range; an end left out is open."""

    min: float | None = None
    """Least value that matches."""
    max: float | None = None
    """Greatest value that matches."""


class Condition(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One test of one attribute: exactly one of the fields after its name."""

    attribute: str = ""
    """The attribute's name."""
    in_: list[str] | None = field(default=None, name="in")
    """Equals one of these."""
    not_in: list[str] | None = None
    """Equals none of these."""
    prefix_in: list[str] | None = None
    """Begins with one of these."""
    range: Range | None = None
    """A number within."""
    exists: bool | None = None
    """Is present, or is absent."""
    flag: bool | None = None
    """A boolean that equals this."""


class Targeting(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which leads; all parts must hold."""

    vertical: Maybe[str] = UNSET
    """The vertical."""
    conditions: Maybe[list[Condition]] = UNSET
    """All must hold; at most 64."""
    allowed_sources: Maybe[list[str]] = UNSET
    """Only these: "source" or "source/sub_source"; empty means all."""
    denied_sources: Maybe[list[str]] = UNSET
    """None of these."""
    required_consent: Maybe[list[ConsentKind]] = UNSET
    """Consent evidence that must be on file."""


class PriceModifier(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A change of a static price where a condition holds: first multiplied, then added to."""

    condition: Condition
    """When it applies."""
    multiply_bps: Int32 | None = None
    """Multiplies the price so far, in basis points: 12,000 is 120 %."""
    add: Amount | None = None
    """Added; may be negative."""


class StaticBidding(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A bid that the exchange computes itself."""

    base_price: Maybe[Amount] = UNSET
    """The price before modifiers."""
    modifiers: Maybe[list[PriceModifier]] = UNSET
    """Applied in order; at most 64."""
    max_price: Maybe[Amount] = UNSET
    """The price is never above this."""
    shared_bps: Maybe[Int32] = UNSET
    """The price of a shared sale in basis points of the exclusive one; 0 sells exclusively only."""


class Stream(Struct, forbid_unknown_fields=True):
    """Over the buyer's bid stream."""


class SoapCall(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What makes an HTTP call a SOAP request."""

    version: Maybe[Literal["1.1", "1.2"]] = UNSET
    """1.1 unless given."""
    action: Maybe[str] = UNSET
    """The SOAPAction."""
    username: Maybe[str] = UNSET
    """The user of a WS-Security UsernameToken; none for no token."""
    password: Annotated[Maybe[str], WRITE_ONLY] = UNSET
    """Its password; never read back."""
    password_kind: Maybe[Literal["text", "digest"]] = UNSET
    """How the password travels."""
    wsdl: Maybe[str] = UNSET
    """The buyer's WSDL, with its schemas inlined."""
    operation: Maybe[str] = UNSET
    """The operation to call; required with a WSDL."""


class HttpCall(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A call to the buyer's endpoint."""

    url: Maybe[str] = UNSET
    """HTTPS."""
    headers: Annotated[Maybe[dict[str, str]], WRITE_ONLY] = UNSET
    """Fixed headers, credentials among them: never read back. On PATCH they are replaced as a whole."""
    timeout_ms: Maybe[Int32] = UNSET
    """Given up after this, inside the auction's own window."""
    mapping_id: Maybe[str] = UNSET
    """Writes the request and reads the answer: a mapping's id, or "preset/…"."""
    soap: Maybe[SoapCall] = UNSET
    """The call is a SOAP request."""
    settings: Annotated[Maybe[dict[str, str]], WRITE_ONLY] = UNSET
    """What the mapping reads as `settings.…`: the buyer's own keys and codes; never read back."""


class Bidding(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How it bids: exactly one of these."""

    static: Annotated[StaticBidding | None, at("static_bidding")] = None
    """At the exchange, by rule."""
    stream: Annotated[Stream | None, at("stream_bidding")] = None
    """Over the buyer's bid stream."""
    http: Annotated[HttpCall | None, at("http_bidding.call")] = None
    """Over HTTP, through the gateway."""


class Posting(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How the full lead reaches the buyer: exactly one of these."""

    stream: Annotated[Stream | None, at("stream_posting")] = None
    """Over the buyer's bid stream."""
    http: Annotated[HttpCall | None, at("http_posting.call")] = None
    """Over HTTP, through the gateway."""


class Campaign(Noun):
    """Bidding instructions of a buyer."""

    buyer_id: Maybe[str] = UNSET
    """The buyer; fixed once created."""
    display_name: Maybe[str] = UNSET
    """Name for people; at most 200 characters."""
    targeting: Maybe[Targeting] = UNSET
    """Which leads it wants."""
    schedule: Maybe[list[ScheduleWindow]] = UNSET
    """When it buys; without windows always."""
    caps: Maybe[list[Cap]] = UNSET
    """Limits; at most 8."""
    bidding: Annotated[Maybe[Bidding], SPREAD] = UNSET
    """How it bids."""
    posting: Annotated[Maybe[Posting], SPREAD] = UNSET
    """How the full lead reaches the buyer in the auction; required with `on_accept`."""
    completion: Maybe[Literal["on_accept", "on_win"]] = UNSET
    """Whether the buyer accepts the post in the auction, or the sale stands when won."""
    on_timeout: Maybe[Literal["cascade", "hold"]] = UNSET
    """What a lost answer to a post means."""
    bid_window_ms: Maybe[Int32] = UNSET
    """Bids are due after this, 1 to 1,000; 100 unless given."""
    post_timeout_ms: Maybe[Int32] = UNSET
    """Posts are due after this, 1 to 5,000; 500 unless given."""
    max_bid: Maybe[Amount] = UNSET
    """A bid above this is malformed."""
    test: Maybe[bool] = UNSET
    """Takes test leads, and only those; fixed once created."""
    priority: Maybe[Int32] = UNSET
    """Lower tiers are asked first among equals, 0 to 100."""
    weight: Maybe[Int32] = UNSET
    """Its share of what its vertical distributes by weight; 100 unless given."""
    floor: Maybe[Amount] = UNSET
    """Least price at which a bid of it stands. Operators only."""
    bid_adjustment_bps: Maybe[Int32] = UNSET
    """What its bids count for in the ranking, in basis points of the price. Operators only."""
    paced: Maybe[bool] = UNSET
    """Spreads the day's cap over the hours in which it buys."""
    cap_alert_bps: Maybe[Int32] = UNSET
    """A cap used up to this share has its owner told; 8,000 unless given."""
    min_revised_bps: Maybe[Int32] = UNSET
    """How far a post's price may be lowered, in basis points of the price asked. Operators only."""
    return_policy: Maybe[ReturnPolicy] = UNSET
    """Whether, and which, leads it may return. Operators only."""


class CampaignQuery(PageQuery):
    """Filters of the list of campaigns."""

    buyer_id: str = ""
    """Only this buyer's."""
