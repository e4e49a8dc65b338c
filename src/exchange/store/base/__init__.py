"""The store's interface and its duties. Every engine is held to them by `tests/store`.

Duties of each engine:

1. What a coroutine that writes has returned from is durable: it survives `kill -9` and loss of power.
2. A settlement (lead, sales, postings, events, deliveries) is kept whole or not at all.
3. A lead has at most one sale a slot, a request id names at most one lead or offer a source, whatever the concurrency.
4. Sequences grow in commit order, so that a reader who has seen N never misses anything below N later.
5. Nothing here blocks the event loop; every call may be cancelled, and a cancelled write may still happen.
6. Failures raise StoreError; a broken duty-3 uniqueness raises Conflict. Nothing of a failed write is kept,
   but for one that raises Unconfirmed: it is kept whole or not at all.
7. A shared engine goes over no quota and sees no consumer twice, whatever the concurrency: it looks in the transaction.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from exchange.store.base.auctions import AuctionStore, Conflict, Consumer, SeenBefore, Settlement, Spent, Unconfirmed
from exchange.store.base.catalog import CatalogItem, CatalogStore, Snapshot
from exchange.store.base.cores import CoreStore, News, Place, Replaced
from exchange.store.base.feedback import (
    DispositionQuery,
    FeedbackChange,
    FeedbackStore,
    Judgement,
    ReturnQuery,
    SaleFacts,
    SaleRef,
)
from exchange.store.base.ledger import LedgerStore, StatementQuery
from exchange.store.base.outbox import (
    DeliveryQuery,
    EventQuery,
    LeasedDelivery,
    LeaseRequest,
    OutboxStore,
    PutOff,
    Reported,
    Verdict,
)
from exchange.store.base.quotas import CREDIT, OverQuota, Purchase, Quota, Unseen, Usage
from exchange.store.base.reports import ReportStore
from exchange.store.base.retrieval import Claim, LeadPage, LeadQuery, RetrievalStore, SaleState

__all__ = [
    "CREDIT",
    "AuctionStore",
    "CatalogItem",
    "CatalogStore",
    "Claim",
    "Conflict",
    "Consumer",
    "CoreStore",
    "DeliveryQuery",
    "DispositionQuery",
    "EventQuery",
    "FeedbackChange",
    "FeedbackStore",
    "Finding",
    "Judgement",
    "LeadPage",
    "LeadQuery",
    "LeaseRequest",
    "LeasedDelivery",
    "LedgerStore",
    "News",
    "OutboxStore",
    "OverQuota",
    "Place",
    "Purchase",
    "PutOff",
    "Quota",
    "Replaced",
    "ReportStore",
    "Reported",
    "RetrievalStore",
    "ReturnQuery",
    "SaleFacts",
    "SaleRef",
    "SaleState",
    "SeenBefore",
    "Settlement",
    "Snapshot",
    "Spent",
    "StatementQuery",
    "Store",
    "Unconfirmed",
    "Unseen",
    "Usage",
    "Verdict",
]


class Finding(msgspec.Struct, frozen=True):
    """What checking one invariant found."""

    name: str
    claim: str
    """The invariant in words."""
    offending: list[str]
    """Rows that break it, at most a hundred; empty when it holds."""


class Store(
    AuctionStore,
    RetrievalStore,
    CatalogStore,
    LedgerStore,
    OutboxStore,
    FeedbackStore,
    ReportStore,
    CoreStore,
    Protocol,
):
    """See the package for the duties."""

    async def open(self) -> Snapshot:
        """Connects, migrates and loads. Raises StoreError when another core has it open."""

    async def close(self) -> None:
        """Finishes what was begun and lets go."""

    def on_events(self, listener: Callable[[], None]) -> None:
        """Calls the listener, on the loop, after each commit that held events or deliveries."""
