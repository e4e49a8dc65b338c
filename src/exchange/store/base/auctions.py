"""What auctions keep: leads, offers, settlements, and what they ask of the past."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from exchange.domain.auction import LeadRecord, Offer, Trace
from exchange.domain.errors import StoreError
from exchange.domain.event import Delivery, Event
from exchange.domain.posting import Posting
from exchange.store.base.quotas import Purchase, Unseen, Usage


class Conflict(StoreError):
    """A write would break a uniqueness that the store keeps: the request id or the lead was there first."""


class Unconfirmed(StoreError):
    """The store was lost while it committed: nobody knows yet whether the write was kept."""


class SeenBefore(Conflict):
    """Another lead about the consumer came first."""


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """Everything that becomes true at once when a lead is decided."""

    record: LeadRecord
    opened: bool
    """The lead was opened before (a post had left); otherwise this writes it for the first time."""
    postings: tuple[Posting, ...] = ()
    events: tuple[Event, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    consumer_keys: tuple[str, ...] = ()
    """Whom the lead is about, as keyed hashes; empty while nobody looks for duplicates."""
    purchases: tuple[Purchase, ...] = ()
    """What its sales may not exceed, in a shared store; what was held for the lead's posts is given back first.

    A sale counts in every window that is counted and that its lead falls into, named here or not.
    """
    unseen: Unseen | None = None
    """The consumer must not have been seen, in a shared store; for a lead that was not opened before."""


class Consumer(msgspec.Struct, frozen=True):
    """What the store knows of a consumer, found by keyed hashes of its phone and e-mail."""

    seen_ms: dict[str, int] = {}
    """By vertical, when a lead about it was last submitted."""
    bought_ms: dict[str, int] = {}
    """By buyer, when it last bought one."""
    suppressed_by: frozenset[str] = frozenset()
    """Whose suppression lists it is on: buyers, or the exchange."""


class Spent(msgspec.Struct, frozen=True):
    """What a campaign bought in one quarter of an hour, for restoring its caps."""

    campaign_id: str
    quarter_ms: int
    """When it began, Unix ms; a sale counts when its lead was submitted."""
    leads: int
    spend_micros: int
    last_ms: int
    """When the last of them was sold."""


class AuctionStore(Protocol):
    """For the conductor and recovery."""

    shared: bool
    """Other cores may have the store open as well: limits and consumers are looked at inside its transactions."""

    async def find_request(self, source_id: str, request_id: str) -> LeadRecord | Offer | None:
        """What a request id of a source led to before."""

    async def open_lead(
        self, record: LeadRecord, held: Sequence[Purchase] = (), consumer: Unseen | None = None
    ) -> None:
        """Keeps a pending lead whose trace names the post about to leave.

        In a shared store, room is held for what that post may sell, and the consumer counts as seen from now on.
        Raises Conflict; OverQuota, SeenBefore.
        """

    async def note_post(self, lead_id: str, trace: Trace, held: Sequence[Purchase] = ()) -> None:
        """Keeps the next post of an open lead, before it leaves. Raises OverQuota.

        In a shared store, room is held for all that posts of the lead may still sell, and what was held before is
        given back; what stays held at the same price is not asked for room again.
        """

    async def settle(self, settlement: Settlement) -> tuple[Usage, ...]:
        """Keeps how a lead ended.

        In a shared store, what was held for the lead's posts is given back, then its purchases are taken; one that was
        held at no lower a price is not asked for room again (a limit may have been lowered since). Answers with how
        all that they count against stood right after this settlement; elsewhere with nothing. Raises Conflict;
        OverQuota, SeenBefore.
        """

    async def consumer(self, keys: Sequence[str], since_ms: int) -> Consumer:
        """What is known of a consumer since a moment."""

    async def save_offer(self, offer: Offer) -> None:
        """Keeps the answer to a ping. Raises Conflict."""

    async def offer(self, auction_id: str) -> Offer | None:
        """The offer of a ping; `used` when a lead was made of it."""

    async def spent_since(self, since_ms: int) -> list[Spent]:
        """What each campaign bought by quarters of an hour (no cap window begins or ends inside one)."""
