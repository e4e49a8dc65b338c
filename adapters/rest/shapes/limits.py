"""Limits of campaigns and buyers: caps, schedules, returns."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct

from adapters.rest.shapes.common import Amount, Int32, Int64, Maybe

Minute = Annotated[
    str,
    Meta(
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)",
        description='a time of day from "00:00" to "24:00"',
        extra={"codec": "clock"},
    ),
]
ReturnReason = Literal[
    "disconnected_phone",
    "wrong_person",
    "fake_contact",
    "duplicate",
    "outside_criteria",
    "no_consent",
    "do_not_contact",
    "test_lead",
    "other",
]


class ScheduleWindow(Struct, forbid_unknown_fields=True):
    """When, in the buyer's time zone."""

    weekday: Int32
    """ISO: 1 is Monday, 7 Sunday."""
    start: Minute
    """First minute."""
    end: Minute
    """The minute at which it ends, up to "24:00"."""


class Cap(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A limit that is never exceeded."""

    period: Literal["hour", "day", "week", "month"]
    """The span it counts over, in the buyer's time zone."""
    max_leads: Int64 | None = None
    """Most leads; none for no limit by count."""
    max_spend: Amount | None = None
    """Most spend; none for no limit by spend."""


class ReturnPolicy(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Whether, and which, leads may be returned."""

    window_hours: Maybe[Int32] = UNSET
    """Hours after the sale, 1 to 2,160; -1 allows none. 168 unless given."""
    max_share_bps: Maybe[Int32] = UNSET
    """Greatest share of the sales of the last 30 days, in basis points; 2,000 unless given."""
    auto_approve: Maybe[list[ReturnReason]] = UNSET
    """Reasons approved by rule, within window and share."""
    auto_deny: Maybe[list[ReturnReason]] = UNSET
    """Reasons denied by rule."""
    resell: Maybe[bool] = UNSET
    """Leads whose return is approved by rule are offered to other buyers again."""
    replace: Maybe[bool] = UNSET
    """Caps count a returned sale no more."""
