"""The store's interface and its duties. Every engine is held to them by `tests/store`.

Duties of each engine:

1. What a coroutine that writes has returned from is durable: it survives `kill -9` and loss of power.
2. A settlement (lead, sales, postings, events, deliveries) is kept whole or not at all.
3. A lead has at most one sale a slot, a request id names at most one lead or offer a source, whatever the concurrency.
4. Sequences grow in commit order, so that a reader who has seen N never misses anything below N later.
5. Nothing here blocks the event loop; every call may be cancelled, and a cancelled write may still happen.
6. Failures raise StoreError; a broken duty-3 uniqueness raises Conflict. Nothing of a failed write is kept.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from exchange.domain.auction import LeadRecord, Offer, Trace
from exchange.domain.campaign import Campaign
from exchange.domain.errors import StoreError
from exchange.domain.event import Attempt, Delivery, Event
from exchange.domain.lead import LeadStatus
from exchange.domain.party import Buyer, Endpoint, Source
from exchange.domain.policy import Policy
from exchange.domain.posting import Adjustment, Posting
from exchange.domain.principal import ApiKey

CatalogItem = Source | Buyer | Campaign | Endpoint | Policy


class Conflict(StoreError):
    """A write would break a uniqueness that the store keeps: the request id or the lead was there first."""


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


class LeadQuery(msgspec.Struct, frozen=True):
    """Which leads, in commit order after a sequence."""

    after: int = 0
    limit: int = 50
    source_id: str = ""
    buyer_id: str = ""
    """Only leads sold to this buyer; `after` then counts sales."""
    vertical: str = ""
    state: str = ""
    status: LeadStatus | None = None
    submitted_from_ms: int = 0
    submitted_until_ms: int = 0


class LeadPage(msgspec.Struct, frozen=True):
    """Leads found, and the sequence to go on after; 0 at the end."""

    records: list[LeadRecord]
    next_after: int


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


class Snapshot(msgspec.Struct, frozen=True):
    """What a core loads when it starts."""

    catalog: list[CatalogItem]
    keys: list[ApiKey]
    pending: list[LeadRecord]
    """Leads whose auction was under way."""
    settings: dict[str, bytes]
    """What the core keeps for itself."""


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


class Finding(msgspec.Struct, frozen=True):
    """What checking one invariant found."""

    name: str
    claim: str
    """The invariant in words."""
    offending: list[str]
    """Rows that break it, at most a hundred; empty when it holds."""


class Store(Protocol):
    """See the module for the duties."""

    async def open(self) -> Snapshot:
        """Connects, migrates and loads. Raises StoreError when another core has it open."""

    async def close(self) -> None:
        """Finishes what was begun and lets go."""

    def on_events(self, listener: Callable[[], None]) -> None:
        """Calls the listener, on the loop, after each commit that held events or deliveries."""

    async def find_request(self, source_id: str, request_id: str) -> LeadRecord | Offer | None:
        """What a request id of a source led to before."""

    async def open_lead(self, record: LeadRecord) -> None:
        """Keeps a pending lead whose trace names the post about to leave. Raises Conflict."""

    async def note_post(self, lead_id: str, trace: Trace) -> None:
        """Keeps the next post of an open lead, before it leaves."""

    async def settle(self, settlement: Settlement) -> None:
        """Keeps how a lead ended. Raises Conflict."""

    async def consumer(self, keys: Sequence[str], since_ms: int) -> Consumer:
        """What is known of a consumer since a moment."""

    async def suppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """Puts consumers on a list; answers how many keys were not on it."""

    async def unsuppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """Takes consumers off a list; answers how many keys were on it."""

    async def adjust(self, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
        """Books an adjustment, or answers with the one that its request id booked before."""

    async def balances(self) -> dict[str, int]:
        """What each account stands at, in micros."""

    async def balance(self, account: str) -> int:
        """What one account stands at, in micros."""

    async def save_offer(self, offer: Offer) -> None:
        """Keeps the answer to a ping. Raises Conflict."""

    async def offer(self, auction_id: str) -> Offer | None:
        """The offer of a ping; `used` when a lead was made of it."""

    async def lead(self, lead_id: str) -> LeadRecord | None:
        """One lead."""

    async def leads(self, query: LeadQuery) -> LeadPage:
        """Leads by query."""

    async def leads_by_id(self, lead_ids: Sequence[str]) -> dict[str, LeadRecord]:
        """Leads by id; those that do not exist are left out."""

    async def save_item(self, item: CatalogItem) -> None:
        """Keeps a source, buyer, campaign or endpoint as it now stands."""

    async def save_key(self, key: ApiKey) -> None:
        """Keeps a key as it now stands."""

    async def save_setting(self, name: str, value: bytes) -> None:
        """Keeps something for the core itself."""

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

    async def spent_since(self, since_ms: int) -> list[Spent]:
        """What each campaign bought by quarters of an hour (no cap window begins or ends inside one)."""
