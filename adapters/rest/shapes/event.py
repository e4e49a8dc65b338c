"""What happens, as it is told."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from adapters.rest.shapes.common import LOCAL, Query, Time, at


class Event(Struct, omit_defaults=True):
    """Something that happened."""

    id: str
    """"evt_…"; stable across repeats."""
    sequence: int
    """Its place in the exchange's order."""
    type: str
    """"lead.sold", "lead.decided", …"""
    data: Annotated[msgspec.Raw, at("data_json"), Meta(extra={"codec": "raw"})]
    """The event's data (docs/events.md); without contact data."""
    owner_id: str = ""
    """Whom it concerns."""
    lead_id: str = ""
    """The lead, if any."""
    campaign_id: str = ""
    """The campaign, if any."""
    vertical: str = ""
    """The lead's vertical."""
    source_id: str = ""
    """The lead's source."""
    occurred_at: Time | None = None
    """When it happened."""


class EventQuery(Query):
    """Where to begin, and what to hear."""

    cursor: Annotated[str, LOCAL] = ""
    """The last answer's `next_cursor`; from the oldest kept unless given."""
    limit: Annotated[int, LOCAL, Meta(ge=1, le=500)] = 100
    """At most this many."""
    wait_s: Annotated[int, LOCAL, Meta(ge=0, le=30)] = 0
    """With no event yet, waits so long for one."""
    type: Annotated[list[str], at("event_types")] = field(default_factory=list)
    """Only these types."""
    vertical: Annotated[list[str], at("verticals")] = field(default_factory=list)
    """Only events about leads of these verticals."""
    campaign_id: Annotated[list[str], at("campaign_ids")] = field(default_factory=list)
    """Only events about these campaigns."""
    source_id: Annotated[list[str], at("source_ids")] = field(default_factory=list)
    """Only events about leads of these sources."""
    from_: Annotated[Time | None, at("from_time")] = field(default=None, name="from")
    """Begins with events that happened at or after this; not with a cursor."""


class EventPage(Struct):
    """Events in order."""

    data: list[Event]
    """The events."""
    next_cursor: str
    """Give it back as `cursor`, at any time: it never ends."""
