"""Events and their deliveries."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from exchange.domain.endpoint import EndpointFigures, EndpointHealth
from exchange.domain.event import Attempt, Delivery, Event


class EventQuery(msgspec.Struct, frozen=True):
    """Which events, in commit order after a sequence; what is empty does not narrow."""

    after: int = 0
    limit: int = 500
    owner_id: str = ""
    types: tuple[str, ...] = ()
    from_ms: int = 0
    verticals: tuple[str, ...] = ()
    campaign_ids: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()


class PutOff(msgspec.Struct, frozen=True):
    """What a lease does about the deliveries of an endpoint that takes none now."""

    until_ms: int
    """They fall due again then, or when they are too old."""
    lead_age_ms: int
    event_age_ms: int
    """Those that are older are leased after all, as lapsed, so that they can be given up."""
    probe: bool = False
    """One is leased now, to see whether the endpoint is back."""


class LeaseRequest(msgspec.Struct, frozen=True):
    """Whose lease, and how much."""

    lease_id: str
    limit: int
    now_ms: int
    until_ms: int
    put_off: Mapping[str, PutOff] = {}
    """By endpoint. Deliveries to an e-mail fallback are not concerned."""


class LeasedDelivery(msgspec.Struct, frozen=True, gc=False):
    """A delivery with the event it carries."""

    delivery: Delivery
    event: Event
    lapsed: bool = False
    """Its endpoint takes none now, and it has grown too old to wait."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What follows for one leased delivery."""

    delivery_id: str
    lease_id: str
    state: int
    due_ms: int = 0
    """When it is tried again, while pending."""
    attempts: int = 0
    reason: str = ""
    fallback: bool = False
    attempt: Attempt | None = None
    """What was attempted; None when it was handed back."""


class Reported(msgspec.Struct, frozen=True):
    """What came of attempts and what follows, kept as one."""

    now_ms: int
    verdicts: tuple[Verdict, ...] = ()
    healths: tuple[EndpointHealth, ...] = ()
    events: tuple[Event, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    woken: tuple[str, ...] = ()
    """Endpoints that are back: what was put off for them is due at once."""


class DeliveryQuery(msgspec.Struct, frozen=True):
    """Which deliveries, newest first; what is empty does not narrow."""

    limit: int = 50
    before: str = ""
    """Only those before this id."""
    endpoint_ids: tuple[str, ...] | None = None
    """None is all of them."""
    states: tuple[int, ...] = ()
    lead_id: str = ""
    event_type: str = ""
    occurred_from_ms: int = 0
    occurred_until_ms: int = 0


class OutboxStore(Protocol):
    """For subscribers, delivery processes and those who watch over them."""

    async def events(self, query: EventQuery) -> list[Event]:
        """Events in commit order."""

    async def last_event(self) -> int:
        """The newest event's sequence; 0 when there is none."""

    async def publish(self, events: Sequence[Event], deliveries: Sequence[Delivery]) -> None:
        """Keeps events that no settlement brings, and their deliveries."""

    async def lease(self, request: LeaseRequest) -> list[LeasedDelivery]:
        """Takes deliveries that are due; nobody else gets them before the lease ends.

        First attempts come before repeats, but for an eighth of the room. Of the deliveries of one lead to one
        endpoint only the oldest that is pending is taken.
        """

    async def report(self, report: Reported) -> int:
        """Keeps what came of attempts; those under another lease are not taken. Answers how many were."""

    async def deliveries(self, delivery_ids: Sequence[str]) -> dict[str, LeasedDelivery]:
        """Deliveries and their events by id; those that do not exist are left out."""

    async def delivery_page(self, query: DeliveryQuery) -> list[LeasedDelivery]:
        """Deliveries by query."""

    async def attempts(self, delivery_id: str) -> list[Attempt]:
        """The attempts at a delivery, oldest first."""

    async def redrive(self, query: DeliveryQuery, now_ms: int) -> int:
        """Makes deliveries that have ended due at once, attempts counted anew. Answers how many."""

    async def redrive_ids(self, delivery_ids: Sequence[str], now_ms: int) -> int:
        """The same by id."""

    async def discard(self, delivery_ids: Sequence[str], reason: str, now_ms: int) -> int:
        """Ends dead deliveries for good. Answers how many."""

    async def figures(self, endpoint_id: str, since_ms: int) -> EndpointFigures:
        """An endpoint's deliveries in figures."""

    async def next_due(self) -> int | None:
        """When the next delivery falls due, Unix ms; None when none is pending."""
