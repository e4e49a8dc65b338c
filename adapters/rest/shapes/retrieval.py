"""Leads by the page: filters, acknowledgement, claims."""

from typing import Annotated

from msgspec import Meta, Struct, field

from adapters.rest.shapes.common import LOCAL, Cursor, Int32, Query, Time, at
from adapters.rest.shapes.lead import Lead, LeadStatus


class LeadPage(Struct, omit_defaults=True):
    """A page of leads, oldest first."""

    data: Annotated[list[Lead], at("leads")]
    """The leads."""
    next_cursor: Cursor
    """Give it back as `cursor` for the next page; null at the end."""
    next_poll_ms: int = 0
    """When asking again is worth while; `Retry-After` has it in seconds."""


class LeadFilter(Query):
    """Which leads."""

    vertical: str = ""
    """Only this vertical."""
    status: LeadStatus | None = None
    """Only this status."""
    state: str = ""
    """Only this state, by its two letters."""
    zip_prefix: str = ""
    """Only leads whose ZIP begins so."""
    from_: Annotated[Time | None, at("submitted_from")] = field(default=None, name="from")
    """Submitted at or after."""
    until: Annotated[Time | None, at("submitted_until")] = None
    """Submitted before."""
    campaign_id: str = ""
    """Only leads sold to this campaign; buyers and operators."""
    acknowledged: Annotated[bool | None, at("acknowledgement"), Meta(extra={"codec": "acknowledged"})] = None
    """Only acknowledged leads, or only others; buyers."""
    source_id: str = ""
    """Only leads of this source; operators."""
    fields: Annotated[str, LOCAL] = ""
    """Only these fields of each: "id,contact.phone"."""


class LeadQuery(LeadFilter):
    """Which leads, and from where."""

    limit: Annotated[int, at("page_size"), Meta(ge=0, le=500)] = 0
    """At most this many, 1 to 500; 50 unless given."""
    cursor: Annotated[str, at("page_token")] = ""
    """The last answer's `next_cursor`."""
    after_id: Annotated[str, at("after_lead_id")] = ""
    """Begins after this lead, instead of a cursor."""
    offset: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    """Leaves out this many first, instead of a cursor; at most 10,000. May skip or repeat leads while new ones come."""


class OneQuery(Query):
    """Parameters of one lead."""

    fields: Annotated[str, LOCAL] = ""
    """Only these fields: "id,contact.phone"."""


class LeadIds(Struct, forbid_unknown_fields=True):
    """Leads to acknowledge."""

    lead_ids: list[str]
    """1 to 500."""


class Acknowledged(Struct):
    """What was acknowledged."""

    acknowledged: int
    """Acknowledged now; repeats are not counted."""
    unknown_lead_ids: list[str]
    """Not the caller's, or unknown."""


class Claim(Struct, forbid_unknown_fields=True):
    """How many leads, and for how long."""

    max_leads: Int32 | None = None
    """At most this many, 1 to 500; 50 unless given."""
    claim_s: Int32 | None = None
    """The claim in seconds, 1 to 3,600; 60 unless given."""
    vertical: str | None = None
    """Only this vertical."""
    campaign_id: str | None = None
    """Only this campaign."""


class Claimed(Struct, omit_defaults=True):
    """Leads claimed, oldest first."""

    data: Annotated[list[Lead], at("leads")]
    """The leads."""
    claimed_until: Time | None = None
    """When the claim ends: what is not acknowledged by then is handed out again."""
    next_poll_ms: int = 0
    """When asking again is worth while."""
