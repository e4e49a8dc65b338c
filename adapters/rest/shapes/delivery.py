"""Deliveries: events on their way to endpoints, and what came of it."""

from typing import Annotated, Literal

from msgspec import Struct, field

from adapters.rest.shapes.common import PageQuery, Time, at

DeliveryState = Literal["pending", "delivered", "dead", "discarded", "portal", "resold"]


class DeliveryAttempt(Struct, omit_defaults=True):
    """One attempt, as kept."""

    number: int
    """From 1."""
    attempted_at: Time | None = None
    """When it began."""
    status_code: int = 0
    """The HTTP status; none without an answer."""
    error: str = ""
    """What went wrong without an answer."""
    latency_ms: int = 0
    """How long it took."""
    request: str = ""
    """The request's line and headers, without credentials."""
    answer_headers: str = ""
    """The answer's headers."""
    answer_body: str = ""
    """The answer's body, contact data masked."""


class Delivery(Struct, omit_defaults=True):
    """A delivery as its owner may see it."""

    id: str
    """`dlv_…`."""
    event_id: str = ""
    """The event, sent as webhook-id."""
    event_type: str = ""
    """Its type."""
    endpoint_id: str = ""
    """Where it goes."""
    lead_id: str = ""
    """The lead, if it is about one."""
    state: str = ""
    """`pending`, `delivered`, `dead`, `discarded`, `portal` or `resold`."""
    attempt_count: int = 0
    """Attempts made."""
    due_at: Time | None = None
    """When it is tried next, while pending."""
    occurred_at: Time | None = None
    """When the event happened."""
    ended_at: Time | None = None
    """When it came to its end."""
    reason: str = ""
    """Why it was given up or discarded."""
    fallback: bool = False
    """It went, or is going, to the e-mail fallback."""
    attempts: list[DeliveryAttempt] = []
    """Oldest first; of one delivery only."""


class DeliveryQuery(PageQuery):
    """Filters of the list of deliveries."""

    state: Annotated[DeliveryState | None, at("filter.states")] = None
    """Only in this state; `dead` is the dead-letter queue."""
    endpoint_id: Annotated[str, at("filter.endpoint_id")] = ""
    """Only to this endpoint."""
    lead_id: Annotated[str, at("filter.lead_id")] = ""
    """Only about this lead."""
    event_type: Annotated[str, at("filter.event_type")] = ""
    """Only of this type."""
    from_: Annotated[Time | None, at("filter.occurred_from")] = field(default=None, name="from")
    """Only of events that happened at or after."""
    until: Annotated[Time | None, at("filter.occurred_until")] = None
    """Only of events that happened before."""


class DeliveryFilter(Struct, forbid_unknown_fields=True):
    """Which deliveries; every field narrows."""

    states: list[DeliveryState] | None = None
    """Only in these; dead letters unless given."""
    endpoint_id: str | None = None
    """Only to this endpoint."""
    lead_id: str | None = None
    """Only about this lead."""
    event_type: str | None = None
    """Only of this type."""
    occurred_from: Time | None = None
    """Only of events that happened at or after."""
    occurred_until: Time | None = None
    """Only of events that happened before."""


class Redrive(Struct, forbid_unknown_fields=True):
    """What to send again: deliveries by id, or by a filter."""

    delivery_ids: list[str] | None = None
    """At most 500."""
    filter: DeliveryFilter | None = None
    """At most 10,000 a call."""


class Redriven(Struct):
    """What was done."""

    redriven: int
    """Deliveries due again, under their old ids."""


class Discard(Struct, forbid_unknown_fields=True):
    """What to take out of the dead-letter queue for good."""

    delivery_ids: list[str]
    """At most 500."""
    reason: str
    """Why, for people; at most 200 characters."""


class Discarded(Struct):
    """What was done."""

    discarded: int
    """Dead letters discarded."""


class EndpointTested(Struct, omit_defaults=True):
    """What came back from an endpoint."""

    delivery_id: str
    """The delivery."""
    attempt: DeliveryAttempt | None = None
    """None when no delivery process took it within ten seconds."""
