"""A store in memory that several cores share, held to the duties of `exchange.store.base` for shared engines."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from exchange.domain.auction import LeadRecord, Trace
from exchange.domain.campaign import Campaign
from exchange.domain.posting import Adjustment, Posting
from exchange.domain.quota import CREDIT, Purchase, Quota, Usage
from exchange.store.base import (
    CatalogItem,
    Conflict,
    News,
    OverQuota,
    Place,
    SeenBefore,
    Settlement,
    Snapshot,
    Unseen,
)
from tests.support.memory_store import MemoryStore, State, copied

LEASE_S = 5.0


class SharedState(State):
    """What is durable, with what is held for posts under way and which cores live."""

    def __init__(self) -> None:
        super().__init__()
        self.holds: dict[str, tuple[Purchase, ...]] = {}
        """By lead."""
        self.seen_s: dict[int, float] = {}
        """By core, when it last kept its place; the first came first."""
        self.core_of: dict[str, int] = {}
        """By pending lead, whose it is."""
        self.changes: list[CatalogItem] = []
        self.touched: list[Quota] = []
        """What may stand otherwise than before, in the order of commits."""

    def used(self, quota: Quota) -> Usage:
        """How a quota stands, counted anew."""
        held = [one.price_micros for holds in self.holds.values() for one in holds if _counts(one, quota)]
        if quota.period == CREDIT:
            owed = sum(one.amount_micros for one in self.postings if one.account == quota.owner)
            return Usage(quota.owner, CREDIT, 0, len(held), owed + sum(held), len(held), sum(held))
        sold = [one.price_micros for one in self.sales if self._sold_under(quota, one.campaign_id, one.lead_id)]
        leads, micros = len(sold) + len(held), sum(sold) + sum(held)
        return Usage(quota.owner, quota.period, quota.from_ms, leads, micros, len(held), sum(held))

    def _sold_under(self, quota: Quota, campaign_id: str, lead_id: str) -> bool:
        kind, _, owner_id = quota.owner.partition(":")
        campaign = self.catalog["Campaign", campaign_id]
        assert isinstance(campaign, Campaign)
        ours = campaign_id == owner_id if kind == "campaign" else campaign.buyer_id == owner_id and not campaign.test
        return ours and quota.from_ms <= self.leads[lead_id].submitted_ms < quota.until_ms

    def take(self, lead_id: str, purchases: Sequence[Purchase]) -> None:
        """Holds these for a lead instead of what was held for it. Raises OverQuota, and then nothing has changed."""
        self.touched += [quota for one in (*purchases, *self.holds.get(lead_id, ())) for quota in one.quotas]
        before = {one.campaign_id: one.price_micros for one in self.holds.get(lead_id, ())}
        kept = self.holds.pop(lead_id, ())
        refused: list[Purchase] = []
        for one in purchases:
            if one.price_micros > before.get(one.campaign_id, -1) and not all(self._fits(one, q) for q in one.quotas):
                refused.append(one)
            else:
                self.holds[lead_id] = (*self.holds.get(lead_id, ()), one)
        if refused:
            self.holds.pop(lead_id, None)
            self._hold(lead_id, kept)
            used = [self.used(quota) for one in purchases for quota in one.quotas]
            raise OverQuota([one.campaign_id for one in refused], used)

    def _hold(self, lead_id: str, purchases: tuple[Purchase, ...]) -> None:
        if purchases:
            self.holds[lead_id] = purchases

    def _fits(self, one: Purchase, quota: Quota) -> bool:
        used = self.used(quota)
        leads = quota.max_leads is None or used.leads < quota.max_leads
        return leads and (quota.max_micros is None or used.micros + one.price_micros <= quota.max_micros)

    def be_first(self, record: LeadRecord, unseen: Unseen | None) -> None:
        """Raises SeenBefore where another lead about the consumer came first."""
        for key in unseen.keys if unseen else ():
            for at_ms, lead_id, vertical in self.seen.get(key, ()):
                if lead_id != record.id and vertical == record.profile.vertical and at_ms >= unseen.since_ms:  # type: ignore[union-attr]
                    raise SeenBefore("another lead about the consumer came first")

    def new(self, record: LeadRecord) -> None:
        """Raises Conflict where the lead or its request id is there."""
        taken = record.request_id and (record.profile.source_id, record.request_id) in self.requests
        if taken or record.id in self.leads:
            raise Conflict("the lead or its request id is there")


def _counts(one: Purchase, quota: Quota) -> bool:
    return any((its.owner, its.period, its.from_ms) == (quota.owner, quota.period, quota.from_ms) for its in one.quotas)


class SharedStore(MemoryStore):
    """One core's store over a SharedState."""

    shared = True

    def __init__(self, state: SharedState, core: int, delay: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__(state, delay)
        self._shared = state
        self._core = core
        self._hear: Callable[[News], None] | None = None
        self._heard = len(state.changes), len(state.touched)

    async def open(self) -> Snapshot:
        return msgspec.structs.replace(await super().open(), pending=[])

    def on_news(self, listener: Callable[[News], None]) -> None:
        self._hear = listener

    async def keep_place(self) -> Place:
        state, now_s = self._shared, asyncio.get_running_loop().time()
        state.seen_s[self._core] = now_s
        for core in [one for one, at_s in state.seen_s.items() if at_s < now_s - LEASE_S]:
            del state.seen_s[core]
        orphans = [state.leads[lead_id] for lead_id, core in state.core_of.items() if core not in state.seen_s]
        state.core_of.update((lead.id, self._core) for lead in orphans)
        self._tell()
        copies = [msgspec.structs.replace(one, trace=copied(one.trace)) for one in orphans]
        return Place(next(iter(state.seen_s)) == self._core, len(state.seen_s), tuple(copies))

    def _tell(self) -> None:
        state, (items, quotas) = self._shared, self._heard
        self._heard = len(state.changes), len(state.touched)
        if self._hear is not None and self._heard != (items, quotas):
            used = tuple(state.used(quota) for quota in dict.fromkeys(state.touched[quotas:]))
            self._hear(News(items=tuple(state.changes[items:]), used=used))

    async def adjust(self, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
        self._shared.touched += [Quota(one.account, CREDIT) for one in postings if one.account.startswith("buyer:")]
        return await super().adjust(adjustment, postings)

    async def save_items(self, items: Sequence[CatalogItem], at_ms: int) -> None:
        await super().save_items(items, at_ms)
        self._shared.changes += items

    async def open_lead(
        self, record: LeadRecord, held: Sequence[Purchase] = (), consumer: Unseen | None = None
    ) -> None:
        state, kept = self._shared, msgspec.structs.replace(record, trace=copied(record.trace))

        def change() -> None:
            state.new(kept)
            state.be_first(kept, consumer)
            state.take(kept.id, held)
            state.put_lead(kept)
            state.core_of[kept.id] = self._core
            for key in consumer.keys if consumer else ():
                state.seen.setdefault(key, []).append((kept.submitted_ms, kept.id, kept.profile.vertical))

        await self._written(change)

    async def note_post(self, lead_id: str, trace: Trace, held: Sequence[Purchase] = ()) -> None:
        state, encoded = self._shared, msgspec.json.encode(trace)

        def change() -> None:
            state.take(lead_id, held)
            state.note_post(lead_id, encoded)

        await self._written(change)

    async def settle(self, settlement: Settlement) -> tuple[Usage, ...]:
        state, record = self._shared, settlement.record

        def change() -> tuple[Usage, ...]:
            if not settlement.opened:
                state.new(record)
                state.be_first(record, settlement.unseen)
            state.take(record.id, settlement.purchases)
            state.holds.pop(record.id, None)
            state.settle(settlement)
            state.core_of.pop(record.id, None)
            return tuple(state.used(quota) for one in settlement.purchases for quota in one.quotas)

        return await self._written(change)
