"""Campaigns: which leads a buyer wants, when, how many, at what price, and how it is asked."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, field

from adapters.rest.shapes.common import Amount, Int32, Int64, Maybe, PageQuery
from adapters.rest.shapes.party import Noun

Minute = Annotated[
    str,
    Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)", description='a time of day from "00:00" to "24:00"'),
]
ConsentKind = Literal["time", "trustedform", "jornaya", "text"]


class Range(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A closed range; an end left out is open."""

    min: float | None = None
    max: float | None = None


class Condition(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One test of one attribute: exactly one of the fields after its name."""

    attribute: str = ""
    in_: list[str] | None = field(default=None, name="in")
    not_in: list[str] | None = None
    prefix_in: list[str] | None = None
    range: Range | None = None
    exists: bool | None = None
    flag: bool | None = None


class Targeting(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which leads; all parts must hold."""

    vertical: Maybe[str] = UNSET
    conditions: Maybe[list[Condition]] = UNSET
    allowed_sources: Maybe[list[str]] = UNSET
    denied_sources: Maybe[list[str]] = UNSET
    required_consent: Maybe[list[ConsentKind]] = UNSET


class ScheduleWindow(Struct, forbid_unknown_fields=True):
    """When, in the buyer's time zone."""

    weekday: Int32
    """ISO: 1 is Monday, 7 Sunday."""
    start: Minute
    end: Minute


class Cap(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A limit that is never exceeded."""

    period: Literal["hour", "day", "week", "month"]
    max_leads: Int64 | None = None
    max_spend: Amount | None = None


class PriceModifier(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A change of a static price where a condition holds: first multiplied, then added to."""

    condition: Condition
    multiply_bps: Int32 | None = None
    add: Amount | None = None


class StaticBidding(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A bid that the exchange computes itself."""

    base_price: Maybe[Amount] = UNSET
    modifiers: Maybe[list[PriceModifier]] = UNSET
    max_price: Maybe[Amount] = UNSET


class Stream(Struct, forbid_unknown_fields=True):
    """Over the buyer's bid stream."""


class HttpCall(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A call to the buyer's endpoint."""

    url: Maybe[str] = UNSET
    headers: Maybe[dict[str, str]] = UNSET
    """Write only: never read back. On PATCH they are replaced as a whole."""
    timeout_ms: Maybe[Int32] = UNSET


class Bidding(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How it bids: exactly one of these."""

    static: StaticBidding | None = None
    stream: Stream | None = None
    http: HttpCall | None = None


class Posting(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How the full lead reaches the buyer: exactly one of these."""

    stream: Stream | None = None
    http: HttpCall | None = None


class Campaign(Noun):
    """Bidding instructions of a buyer."""

    buyer_id: Maybe[str] = UNSET
    display_name: Maybe[str] = UNSET
    targeting: Maybe[Targeting] = UNSET
    schedule: Maybe[list[ScheduleWindow]] = UNSET
    caps: Maybe[list[Cap]] = UNSET
    bidding: Maybe[Bidding] = UNSET
    posting: Maybe[Posting] = UNSET
    completion: Maybe[Literal["on_accept", "on_win"]] = UNSET
    on_timeout: Maybe[Literal["cascade", "hold"]] = UNSET
    bid_window_ms: Maybe[Int32] = UNSET
    post_timeout_ms: Maybe[Int32] = UNSET
    max_bid: Maybe[Amount] = UNSET
    test: Maybe[bool] = UNSET
    priority: Maybe[Int32] = UNSET


class CampaignQuery(PageQuery):
    """Filters of the list of campaigns."""

    buyer_id: str = ""
