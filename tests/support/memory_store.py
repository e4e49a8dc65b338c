"""A store in memory, held to the duties of `exchange.store.base` as far as memory can be: for simulations.

What was committed is in a State, which outlives the store as a file outlives a process: `MemoryStore(state)` is what
the next core opens. Writes are committed one after another, each after a delay; `die` loses some still under way.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from exchange.domain.auction import LeadRecord, Offer, Sale, Trace
from exchange.domain.errors import StoreError
from exchange.domain.event import Delivery, Event
from exchange.domain.lead import LeadStatus
from exchange.domain.plan import PlanCount
from exchange.domain.posting import Adjustment, Posting
from exchange.domain.principal import ApiKey
from exchange.store.base import (
    CatalogItem,
    Claim,
    Conflict,
    Consumer,
    EventQuery,
    LeadPage,
    LeadQuery,
    News,
    Place,
    Purchase,
    SaleState,
    Settlement,
    Snapshot,
    Spent,
    Unseen,
    Usage,
)
from exchange.store.base.catalog import I

T = TypeVar("T")
_QUARTER_MS = 900_000
_APART_S = 1e-6
_trace = msgspec.json.Decoder(Trace).decode


def copied(trace: Trace) -> Trace:
    """A trace of its own: an auction goes on writing into the other."""
    return _trace(msgspec.json.encode(trace))


class State:
    """What is durable."""

    def __init__(self) -> None:
        self.leads: dict[str, LeadRecord] = {}
        self.requests: dict[tuple[str, str], str] = {}
        self.offers: dict[str, Offer] = {}
        self.offer_requests: dict[tuple[str, str], str] = {}
        self.sales: list[Sale] = []
        """In commit order, as are the other lists."""
        self.postings: list[Posting] = []
        self.events: list[Event] = []
        self.deliveries: dict[str, Delivery] = {}
        self.catalog: dict[tuple[str, str], CatalogItem] = {}
        self.history: dict[tuple[str, str, int], CatalogItem] = {}
        self.acknowledged: dict[str, int] = {}
        """By sale, when."""
        self.claimed: dict[str, int] = {}
        """By sale, until when."""
        self.keys: dict[str, ApiKey] = {}
        self.settings: dict[str, bytes] = {}
        self.adjustments: dict[str, Adjustment] = {}
        self.suppressed: set[tuple[str, str]] = set()
        self.seen: dict[str, list[tuple[int, str, str]]] = {}
        """By key of a consumer: when, lead, vertical."""
        self.lead_sequence = 0

    def put_lead(self, record: LeadRecord) -> None:
        """Takes in a lead as it now stands."""
        self.lead_sequence += 1
        trace = copied(record.trace)
        self.leads[record.id] = msgspec.structs.replace(record, trace=trace, sequence=self.lead_sequence)
        if record.request_id:
            self.requests[record.profile.source_id, record.request_id] = record.id

    def put_new_lead(self, record: LeadRecord) -> None:
        """Takes in a lead for the first time. Raises Conflict."""
        taken = record.request_id and (record.profile.source_id, record.request_id) in self.requests
        if taken or record.id in self.leads:
            raise Conflict("the lead or its request id is there")
        self.put_lead(record)

    def put_items(self, items: Sequence[CatalogItem]) -> None:
        """Takes in items of the catalogue as they now stand. Raises Conflict."""
        for item in items:
            stands = self.catalog.get((type(item).__name__, item.id))
            if item.revision != (stands.revision if stands else 0) + 1:
                raise Conflict("an item is not changed from the revision at which it stands")
        for item in items:
            self.catalog[type(item).__name__, item.id] = item
            self.history[type(item).__name__, item.id, item.revision] = item

    def acknowledge(self, buyer_id: str, lead_ids: Sequence[str], now_ms: int) -> tuple[int, list[str]]:
        """Marks leads as taken by their buyer."""
        sales = {sale.lead_id: sale.id for sale in self.sales if sale.buyer_id == buyer_id}
        fresh = {sales[one] for one in lead_ids if one in sales} - self.acknowledged.keys()
        self.acknowledged.update(dict.fromkeys(sorted(fresh), now_ms))
        return len(fresh), [one for one in dict.fromkeys(lead_ids) if one not in sales]

    def claim(self, claim: Claim) -> list[str]:
        """Claims leads for one reader."""
        free = [
            sale
            for sale in self.sales
            if sale.buyer_id == claim.buyer_id
            and sale.id not in self.acknowledged
            and self.claimed.get(sale.id, 0) <= claim.now_ms
            and claim.campaign_id in {"", sale.campaign_id}
            and claim.vertical in {"", self.leads[sale.lead_id].profile.vertical}
        ][: claim.limit]
        self.claimed.update((sale.id, claim.until_ms) for sale in free)
        return [sale.lead_id for sale in free]

    def note_post(self, lead_id: str, trace: bytes) -> None:
        """Keeps the trace of a lead that is still open."""
        record = self.leads.get(lead_id)
        if record is not None and record.outcome.status == LeadStatus.PENDING:
            self.leads[lead_id] = msgspec.structs.replace(record, trace=_trace(trace))

    def settle(self, settlement: Settlement) -> None:
        """Keeps how a lead ended. Raises Conflict."""
        record = settlement.record
        if settlement.opened:
            open_ = self.leads.get(record.id)
            if open_ is None or open_.outcome.status != LeadStatus.PENDING:
                raise Conflict("the lead was decided before")
            self.put_lead(record)
        else:
            self.put_new_lead(record)
        self.sales += record.outcome.sales
        self.postings += settlement.postings
        self.publish(settlement.events, settlement.deliveries)
        for key in settlement.consumer_keys:
            self.seen.setdefault(key, []).append((record.submitted_ms, record.id, record.profile.vertical))

    def publish(self, events: Sequence[Event], deliveries: Sequence[Delivery]) -> None:
        """Keeps events and their deliveries."""
        for event in events:
            self.events.append(msgspec.structs.replace(event, sequence=len(self.events) + 1))
        self.deliveries.update((one.id, one) for one in deliveries)

    def save_offer(self, offer: Offer) -> None:
        """Keeps an offer. Raises Conflict."""
        request = offer.profile.source_id, offer.request_id
        if offer.auction_id in self.offers or (offer.request_id and request in self.offer_requests):
            raise Conflict("the offer or its request id is there")
        self.offers[offer.auction_id] = msgspec.convert(msgspec.to_builtins(offer), Offer)
        if offer.request_id:
            self.offer_requests[request] = offer.auction_id

    def offer(self, auction_id: str) -> Offer | None:
        """An offer, `used` when there is a lead of it."""
        offer = self.offers.get(auction_id)
        if offer is None:
            return None
        used = "lead_" + auction_id.removeprefix("auc_") in self.leads
        return msgspec.structs.replace(offer, used=used, trace=copied(offer.trace))

    def adjust(self, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
        """Books an adjustment once a request id."""
        known = self.adjustments.setdefault(adjustment.request_id, adjustment)
        if known is adjustment:
            self.postings += postings
        return known

    def balances(self) -> dict[str, int]:
        """Sums of postings by account."""
        sums: dict[str, int] = {}
        for posting in self.postings:
            sums[posting.account] = sums.get(posting.account, 0) + posting.amount_micros
        return sums

    def suppress(self, owner_id: str, keys: Sequence[str], *, on: bool) -> int:
        """Changes a list; how many keys that changed."""
        changed = {(owner_id, key) for key in keys if ((owner_id, key) in self.suppressed) is not on}
        self.suppressed = self.suppressed | changed if on else self.suppressed - changed
        return len(changed)


class MemoryStore:
    """A store over a State (`exchange.store.base.Store`); `delay` says how long the next call takes, in seconds."""

    shared = False

    def __init__(self, state: State, delay: Callable[[], float] = lambda: 0.0) -> None:
        self.state = state
        self._delay = delay
        self._listeners: list[Callable[[], None]] = []
        self._last_s = 0.0
        self._dead = False
        self._under_way: deque[Callable[[], object]] = deque()

    def die(self, kept: int) -> None:
        """Commits so many of the writes under way, whose callers never hear of it; the rest are lost."""
        self._dead = True
        for change in list(self._under_way)[:kept]:
            with contextlib.suppress(StoreError):
                change()

    async def open(self) -> Snapshot:
        state = self.state
        pending = [one for one in state.leads.values() if one.outcome.status == LeadStatus.PENDING]
        copies = [msgspec.structs.replace(one, trace=copied(one.trace)) for one in pending]
        return Snapshot(list(state.catalog.values()), list(state.keys.values()), copies, dict(state.settings), [])

    async def close(self) -> None:
        await self._written(lambda: None)

    def on_events(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    async def keep_place(self) -> Place:
        return Place()

    async def share_counts(self, counts: Sequence[PlanCount]) -> list[PlanCount]:
        return []

    def on_news(self, listener: Callable[[News], None]) -> None:
        pass

    async def _written(self, change: Callable[[], T]) -> T:
        """Commits a change, after all before it."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._last_s = max(self._last_s + _APART_S, loop.time() + self._delay())
        self._under_way.append(change)
        loop.call_at(self._last_s, self._commit, change, done)
        return await done

    def _commit(self, change: Callable[[], T], done: "asyncio.Future[T]") -> None:
        if self._dead:
            return
        self._under_way.popleft()
        events = len(self.state.events)
        try:
            answer = change()
        except StoreError as error:
            if not done.done():
                done.set_exception(error)
            return
        if not done.done():
            done.set_result(answer)
        if len(self.state.events) > events:
            for listener in self._listeners:
                listener()

    async def _read(self) -> State:
        await asyncio.sleep(self._delay())
        return self.state

    async def find_request(self, source_id: str, request_id: str) -> LeadRecord | Offer | None:
        state = await self._read()
        if lead_id := state.requests.get((source_id, request_id)):
            return state.leads[lead_id]
        return state.offer(state.offer_requests.get((source_id, request_id), ""))

    async def open_lead(
        self, record: LeadRecord, held: Sequence[Purchase] = (), consumer: Unseen | None = None
    ) -> None:
        kept = msgspec.structs.replace(record, trace=copied(record.trace))
        await self._written(lambda: self.state.put_new_lead(kept))

    async def note_post(self, lead_id: str, trace: Trace, held: Sequence[Purchase] = ()) -> None:
        kept = msgspec.json.encode(trace)
        await self._written(lambda: self.state.note_post(lead_id, kept))

    async def settle(self, settlement: Settlement) -> tuple[Usage, ...]:
        await self._written(lambda: self.state.settle(settlement))
        return ()

    async def publish(self, events: Sequence[Event], deliveries: Sequence[Delivery]) -> None:
        await self._written(lambda: self.state.publish(events, deliveries))

    async def consumer(self, keys: Sequence[str], since_ms: int) -> Consumer:
        state = await self._read()
        seen_ms: dict[str, int] = {}
        bought_ms: dict[str, int] = {}
        for at_ms, lead_id, vertical in (row for key in keys for row in state.seen.get(key, ()) if row[0] >= since_ms):
            seen_ms[vertical] = max(at_ms, seen_ms.get(vertical, 0))
            for sale in state.leads[lead_id].outcome.sales:
                bought_ms[sale.buyer_id] = max(at_ms, bought_ms.get(sale.buyer_id, 0))
        owners = frozenset(owner_id for owner_id, key in sorted(state.suppressed) if key in keys)
        return Consumer(seen_ms, bought_ms, owners)

    async def suppress(self, owner_id: str, keys: Sequence[str]) -> int:
        return await self._written(lambda: self.state.suppress(owner_id, keys, on=True))

    async def unsuppress(self, owner_id: str, keys: Sequence[str]) -> int:
        return await self._written(lambda: self.state.suppress(owner_id, keys, on=False))

    async def adjust(self, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
        return await self._written(lambda: self.state.adjust(adjustment, postings))

    async def balances(self) -> dict[str, int]:
        return (await self._read()).balances()

    async def balance(self, account: str) -> int:
        return (await self.balances()).get(account, 0)

    async def save_offer(self, offer: Offer) -> None:
        await self._written(lambda: self.state.save_offer(offer))

    async def offer(self, auction_id: str) -> Offer | None:
        return (await self._read()).offer(auction_id)

    async def lead(self, lead_id: str) -> LeadRecord | None:
        return (await self._read()).leads.get(lead_id)

    async def leads(self, query: LeadQuery) -> LeadPage:
        state = await self._read()
        found = [one for one in _in_order(state, query) if _wanted(one, query)][query.offset :]
        page = found[: query.limit]
        return LeadPage([record for _, record in page], page[-1][0] if len(found) > query.limit else 0)

    async def place(self, lead_id: str, source_id: str, buyer_id: str) -> int | None:
        ordered = _in_order(await self._read(), LeadQuery(buyer_id=buyer_id))
        places = [
            place
            for place, record in ordered
            if record.id == lead_id
            and record.outcome.status != LeadStatus.PENDING
            and (buyer_id or source_id in {"", record.profile.source_id})
        ]
        return max(places, default=None)

    async def arrivals(self, source_id: str, buyer_id: str, limit: int) -> list[int]:
        state = await self._read()
        if buyer_id:
            times = [sale.sold_ms for sale in state.sales if sale.buyer_id == buyer_id]
        else:
            query = LeadQuery(source_id=source_id)
            times = [one[1].decided_ms for one in _in_order(state, query) if _wanted(one, query)]
        return times[::-1][:limit]

    async def sale_states(self, lead_ids: Sequence[str]) -> dict[str, SaleState]:
        state = await self._read()
        sales = [sale.id for sale in state.sales if sale.lead_id in lead_ids]
        return {sale_id: SaleState(state.acknowledged.get(sale_id, 0)) for sale_id in sales}

    async def acknowledge(self, buyer_id: str, lead_ids: Sequence[str], now_ms: int) -> tuple[int, list[str]]:
        return await self._written(lambda: self.state.acknowledge(buyer_id, lead_ids, now_ms))

    async def claim(self, claim: Claim) -> list[str]:
        return await self._written(lambda: self.state.claim(claim))

    async def leads_by_id(self, lead_ids: Sequence[str]) -> dict[str, LeadRecord]:
        state = await self._read()
        return {lead_id: state.leads[lead_id] for lead_id in lead_ids if lead_id in state.leads}

    async def save_items(self, items: Sequence[CatalogItem], at_ms: int) -> None:
        await self._written(lambda: self.state.put_items(items))

    async def item_at(self, kind: type[I], item_id: str, revision: int) -> I | None:
        found = (await self._read()).history.get((kind.__name__, item_id, revision))
        return found if isinstance(found, kind) else None

    async def save_key(self, key: ApiKey) -> None:
        await self._written(lambda: self.state.keys.__setitem__(key.id, key))

    async def save_setting(self, name: str, value: bytes) -> bytes:
        return await self._written(lambda: self.state.settings.setdefault(name, value))

    async def events(self, query: EventQuery) -> list[Event]:
        events = (await self._read()).events[query.after :]
        return [one for one in events if query.owner_id in {"", one.owner_id}][: query.limit]

    async def last_event(self) -> int:
        return len((await self._read()).events)

    async def spent_since(self, since_ms: int) -> list[Spent]:
        state = await self._read()
        sums: dict[tuple[str, int], Spent] = {}
        for sale in state.sales:
            submitted_ms = state.leads[sale.lead_id].submitted_ms
            if submitted_ms >= since_ms:
                key = sale.campaign_id, submitted_ms // _QUARTER_MS * _QUARTER_MS
                one = sums.get(key, Spent(*key, 0, 0, 0))
                last_ms = max(one.last_ms, sale.sold_ms)
                sums[key] = Spent(*key, one.leads + 1, one.spend_micros + sale.price_micros, last_ms)
        return list(sums.values())


def _in_order(state: State, query: LeadQuery) -> Iterator[tuple[int, LeadRecord]]:
    """Leads with their places: those of leads, or, for a buyer, those of its sales."""
    if query.buyer_id:
        sales = enumerate(state.sales, 1)
        return ((place, state.leads[sale.lead_id]) for place, sale in sales if _sale_wanted(state, sale, query))
    return ((one.sequence, one) for one in sorted(state.leads.values(), key=lambda one: one.sequence))


def _sale_wanted(state: State, sale: Sale, query: LeadQuery) -> bool:
    return (
        sale.buyer_id == query.buyer_id
        and query.campaign_id in {"", sale.campaign_id}
        and query.acknowledged in {None, sale.id in state.acknowledged}
    )


def _wanted(placed: tuple[int, LeadRecord], query: LeadQuery) -> bool:
    place, record = placed
    profile, until_ms = record.profile, query.submitted_until_ms
    return (
        place > query.after
        and record.outcome.status != LeadStatus.PENDING
        and query.source_id in {"", profile.source_id}
        and query.vertical in {"", profile.vertical}
        and query.state in {"", profile.attributes.get("state", "")}
        and str(profile.attributes.get("zip", "")).startswith(query.zip_prefix)
        and query.status in {None, record.outcome.status}
        and record.submitted_ms >= query.submitted_from_ms
        and (not until_ms or record.submitted_ms < until_ms)
    )
