"""Whatever is done under quotas, in whatever groups, the store answers and counts as a plain count over lists does."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from itertools import count
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.domain.auction import LeadRecord
from exchange.domain.caps import CapPeriod
from exchange.domain.lead_return import ReturnState
from exchange.domain.posting import Adjustment, AdjustmentKind
from exchange.ledger.postings import account_of, adjustment_postings
from exchange.store.base import CREDIT, OverQuota, Purchase, Quota, Settlement, Usage
from exchange.store.postgres.engine import PostgresStore
from tests.store.buying import LONG_MS, cap, credit, giving_up, purchase
from tests.store.duties.feedback import answers, returning
from tests.store.values import BORN_MS, pending, settlement, sold
from tests.support.exchange import broken

HOUR_MS = LONG_MS[CapPeriod.HOUR]
_numbers = count(1)


class Sold(NamedTuple):
    """A sale, as far as it counts."""

    lead_id: str
    buyer_id: str
    submitted_ms: int
    micros: int


class Model:
    """What was sold, booked and is held."""

    def __init__(self) -> None:
        self.sales: list[Sold] = []
        self.booked: list[tuple[str, int]] = []
        self.held: dict[str, tuple[Purchase, ...]] = {}
        """By open lead."""

    def used(self, quota: Quota) -> Usage:
        window = quota.owner, quota.period, quota.from_ms
        held = [
            one.price_micros
            for several in self.held.values()
            for one in several
            if window in [(its.owner, its.period, its.from_ms) for its in one.quotas]
        ]
        bought = [
            one.micros
            for one in self.sales
            if quota.owner in {f"buyer:{one.buyer_id}", f"campaign:camp-of-{one.buyer_id}"}
            and quota.from_ms <= one.submitted_ms < quota.until_ms
        ]
        leads, micros = len(bought), sum(bought)
        if quota.period == CREDIT:
            leads, micros = 0, sum(micros for account, micros in self.booked if account == quota.owner)
        return Usage(*window, leads + len(held), micros + sum(held), len(held), sum(held))

    def stand(self, purchases: Sequence[Purchase]) -> tuple[Usage, ...]:
        return tuple(dict.fromkeys(self.used(quota) for one in purchases for quota in one.quotas))

    def hold(self, lead_id: str, purchases: Sequence[Purchase]) -> list[str]:
        """Those for which there is no room; if there are none, all are held from now on."""
        before = self.held.pop(lead_id, None)
        prices = {one.campaign_id: one.price_micros for one in before or ()}
        self.held[lead_id] = ()
        refused = []
        for one in purchases:
            if one.price_micros > prices.get(one.campaign_id, -1) and not all(
                self._fits(one, its) for its in one.quotas
            ):
                refused.append(one.campaign_id)
            else:
                self.held[lead_id] = (*self.held[lead_id], one)
        if refused:
            del self.held[lead_id]
            if before is not None:
                self.held[lead_id] = before
        return refused

    def _fits(self, one: Purchase, quota: Quota) -> bool:
        used = self.used(quota)
        fits = quota.max_leads is None or used.leads + 1 <= quota.max_leads
        return fits and (quota.max_micros is None or used.micros + one.price_micros <= quota.max_micros)

    def settle(self, one: Settlement) -> None:
        del self.held[one.record.id]
        for sale in one.record.outcome.sales:
            self.sales.append(Sold(one.record.id, sale.buyer_id, one.record.submitted_ms, sale.price_micros))
        self.booked += [(posting.account, posting.amount_micros) for posting in one.postings]


Bought = tuple[int, int, frozenset[str]]
"""Which buyer's campaign, at which price, under which quotas."""
Call = tuple[Coroutine[Any, Any, Any], object]
"""What to ask of the store, and what it must answer."""


class Exchange:
    """A core and the model, given the same to do, about buyers of their own."""

    def __init__(self, core: PostgresStore) -> None:
        self.core = core
        self.model = Model()
        self.name = f"b{next(_numbers)}-"
        self.records: dict[str, LeadRecord] = {}
        self.returned: set[str] = set()

    async def do(self, kind: str, several: Sequence[Sequence[Bought]]) -> None:
        """Does several of a kind at once: they are judged in their order."""
        calls: list[Call] = [call for one in several for call in getattr(self, kind)(one)]
        done = await asyncio.gather(*(call for call, _ in calls), return_exceptions=True)
        told = [(one.campaign_ids, one.used) if isinstance(one, OverQuota) else one for one in done]
        assert told == [answer for _, answer in calls]

    def _new(self) -> LeadRecord:
        number = next(_numbers)
        return pending(number, submitted_ms=BORN_MS // HOUR_MS * HOUR_MS + number % 2 * HOUR_MS)

    def _purchases(self, record: LeadRecord, several: Sequence[Bought]) -> tuple[Purchase, ...]:
        found: dict[str, Purchase] = {}
        for which, micros, under in several:
            buyer, at_ms = f"{self.name}{which}", record.submitted_ms
            quotas = {
                "hour": cap(f"campaign:camp-of-{buyer}", 1 + micros % 2, None, CapPeriod.HOUR, at_ms),
                "day": cap(f"campaign:camp-of-{buyer}", None, 12, CapPeriod.DAY, at_ms),
                "buyer": cap(f"buyer:{buyer}", 4, 20, CapPeriod.HOUR, at_ms),
                "credit": credit(15, f"buyer:{buyer}"),
            }
            chosen = [quotas[name] for name in sorted(under)]
            found[buyer] = purchase(*chosen, buyer_id=buyer, price_micros=micros)
        return tuple(found.values())

    def _asked(self, record: LeadRecord, purchases: Sequence[Purchase]) -> object:
        """What the model says to what is to be held."""
        refused = self.model.hold(record.id, purchases)
        return (tuple(refused), self.model.stand(purchases)) if refused else None

    def open(self, several: Sequence[Bought]) -> list[Call]:
        record = self._new()
        held = self._purchases(record, several)
        self.records[record.id] = record
        return [(self.core.open_lead(record, held), self._asked(record, held))]

    def note(self, several: Sequence[Bought]) -> list[Call]:
        for lead_id in [*self.model.held][:1]:
            record = self.records[lead_id]
            held = self._purchases(record, several)
            return [(self.core.note_post(lead_id, record.trace, held), self._asked(record, held))]
        return []

    def sell(self, several: Sequence[Bought]) -> list[Call]:
        return self._settled(self._new(), several, opened=False)

    def sell_opened(self, several: Sequence[Bought]) -> list[Call]:
        for lead_id in [*self.model.held][:1]:
            return self._settled(self.records[lead_id], several, opened=True)
        return []

    def _settled(self, record: LeadRecord, several: Sequence[Bought], *, opened: bool) -> list[Call]:
        purchases = self._purchases(record, several)
        if not purchases:
            return self.give_up(several)
        bought = sold(record)
        (first,) = bought.outcome.sales
        sales = tuple(
            msgspec.structs.replace(
                first,
                id=f"{first.id}{slot}",
                campaign_id=one.campaign_id,
                buyer_id=one.campaign_id.removeprefix("camp-of-"),
                price_micros=one.price_micros,
                payout_micros=0,
                shared=True,
            )
            for slot, one in enumerate(purchases)
        )
        outcome = msgspec.structs.replace(bought.outcome, sales=sales)
        whole = settlement(msgspec.structs.replace(bought, outcome=outcome), opened=opened)
        whole = msgspec.structs.replace(whole, purchases=purchases)
        answer = self._asked(record, purchases)
        if answer is None:
            self.model.settle(whole)
            self.records[record.id] = record
            answer = self.model.stand(purchases)
        return [(self.core.settle(whole), answer)]

    def give_up(self, _: Sequence[Bought]) -> list[Call]:
        for lead_id in [*self.model.held][:1]:
            whole = giving_up(self.records[lead_id])
            self.model.settle(whole)
            return [(self.core.settle(whole), ())]
        return []

    def pay(self, several: Sequence[Bought]) -> list[Call]:
        return [self._paid(f"{self.name}{which}", micros) for which, micros, _ in several]

    def _paid(self, buyer_id: str, micros: int) -> Call:
        name = f"adj_{next(_numbers)}"
        paid = Adjustment(name, name, buyer_id, AdjustmentKind.PAYMENT, micros, "", BORN_MS)
        postings = adjustment_postings(paid, account_of(buyer_id, buyer=True))
        self.model.booked += [(one.account, one.amount_micros) for one in postings]
        return self.core.adjust(paid, postings), paid

    def give_back(self, several: Sequence[Bought]) -> list[Call]:
        """Returns a lead that one buyer has, to be replaced or not."""
        leads = [one.lead_id for one in self.model.sales]
        for one in self.model.sales:
            if leads.count(one.lead_id) == 1 and one.lead_id not in self.returned:
                self.returned.add(one.lead_id)
                replaced = len(several) % 2 == 0
                self.model.booked.append((f"buyer:{one.buyer_id}", -one.micros))
                if replaced:
                    self.model.sales.remove(one)
                number = self.records[one.lead_id].request_digest
                judgement = returning(int.from_bytes(number, "big"), ReturnState.APPROVED, replaced=replaced)
                return [(_approved(self.core, judgement), True)]
        return []


async def _approved(core: PostgresStore, judgement: Any) -> bool:
    (answer,) = await answers(core, judgement)
    return bool(answer.state == ReturnState.APPROVED)


@pytest.fixture
async def core(postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(postgres_url)
    await store.open()
    yield store
    await store.close()
    assert broken(postgres_url) == {}


_under = st.sets(st.sampled_from(["hour", "day", "buyer", "credit"])).map(frozenset)
_bought = st.tuples(st.integers(0, 1), st.integers(1, 7), _under)
_kinds = st.sampled_from(["open", "note", "sell", "sell_opened", "give_up", "pay", "give_back"])
_steps = st.lists(st.tuples(_kinds, st.lists(st.lists(_bought, max_size=3), min_size=1, max_size=4)), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=_steps)
async def test_the_store_counts_as_the_model_does(core: PostgresStore, steps: list[tuple[str, Any]]) -> None:
    exchange = Exchange(core)
    for kind, several in steps:
        await exchange.do(kind, several)
