"""Events and their deliveries."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from exchange.domain.event import Attempt, Delivery, Event


class LeasedDelivery(msgspec.Struct, frozen=True):
    """A delivery with the event it carries."""

    delivery: Delivery
    event: Event


class Verdict(msgspec.Struct, frozen=True):
    """What follows from an attempt: the delivery's next state and when it is due again."""

    attempt: Attempt
    state: int
    due_ms: int
    attempts: int


class OutboxStore(Protocol):
    """For subscribers and delivery processes."""

    async def events(self, after: int, owner_id: str, types: Sequence[str], limit: int) -> list[Event]:
        """Events in commit order; an empty owner or no types mean all."""

    async def last_event(self) -> int:
        """The newest event's sequence; 0 when there is none."""

    async def lease(self, limit: int, now_ms: int, until_ms: int, lease_id: str) -> list[LeasedDelivery]:
        """Takes deliveries that are due; nobody else gets them before `until_ms`."""

    async def report(self, verdicts: Sequence[Verdict]) -> int:
        """Keeps what came of attempts; those under a lapsed lease are not taken. Answers how many were."""

    async def deliveries(self, delivery_ids: Sequence[str]) -> dict[str, Delivery]:
        """Deliveries by id; those that do not exist are left out."""

    async def next_due(self) -> int | None:
        """When the next delivery falls due, Unix ms; None when none is pending."""
