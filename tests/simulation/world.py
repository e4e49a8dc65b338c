"""A simulated world: sources that submit, buyers that misbehave, an operator who changes things, a core that dies."""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, TypeVar

import msgspec

from exchange.auction.conductor import Conducted, Conductor
from exchange.domain.auction import LeadRecord
from exchange.domain.errors import Refused
from exchange.domain.party import EXCHANGE
from exchange.domain.posting import Adjustment, AdjustmentKind
from exchange.domain.reasons import Reason
from exchange.ledger.postings import account_of, adjustment_postings
from exchange.store.base import CatalogItem
from tests.simulation import catalog
from tests.simulation.buyers import Buyer
from tests.simulation.core import SimulatedCore
from tests.simulation.virtual_time import VirtualClock, VirtualLoop
from tests.support.memory_store import MemoryStore, State
from tests.support.shared_store import SharedState, SharedStore

T = TypeVar("T")

CONSUMERS = 3_000
_BUSY = frozenset({Reason.DRAINING, Reason.OVERLOADED})


class World:
    """All there is, from one seed: one core that has its store alone, or several that share it."""

    def __init__(self, seed: int, loop: asyncio.AbstractEventLoop, cores: int = 1) -> None:
        self.state = State() if cores == 1 else SharedState()
        self.answers: dict[str, list[LeadRecord | Reason]] = {}
        """By request id, what each call under it was told in the end."""
        self.submitted = 0
        self.crashes = 0
        self.cores: dict[int, SimulatedCore] = {}
        """Those that run; each life has a number of its own."""
        self.seed = seed
        self._wanted = cores
        self._lives = 0
        self._clock = VirtualClock(loop, self._lot("ids"))
        self._history = hashlib.sha256()
        self._chance = self._lot("world")
        self._items: dict[tuple[type[CatalogItem], str], CatalogItem] = {}
        self.buyers = [Buyer(f"buyer-{n}", self._lot(n), self.happened) for n in range(catalog.BUYERS)]
        loop.set_task_factory(_owned)

    def _lot(self, name: object) -> random.Random:
        return random.Random(f"{self.seed}/{name}")

    def happened(self, *what: object) -> None:
        """Writes history."""
        self._history.update(f"{self._clock.us()} {what}\n".encode())

    def history(self) -> str:
        """A digest of all that happened, and of all that is kept."""
        kept = self._history.copy()
        for part in (self.state.leads, self.state.sales, self.state.postings, self.state.events, self.state.offers):
            kept.update(msgspec.json.encode(part))
        return kept.hexdigest()

    async def run(self, auctions: int, changes: float = 0.02, crashes: float = 0.004) -> None:
        """Submits so many leads one after another, and returns when all of them have ended."""
        chance = self._chance
        if not self.cores:
            for item in [*catalog.catalog(chance), catalog.policy(chance)]:
                self._items[type(item), item.id] = item
                self.state.catalog[type(item).__name__, item.id] = item
            for _ in range(self._wanted):
                await self._start()
        sources = []
        for _ in range(auctions):
            jump_s = chance.uniform(600, 6_000) if chance.random() < 0.01 else chance.expovariate(1 / 0.012)
            await asyncio.sleep(jump_s)
            sources.append(asyncio.create_task(self._source(self.submitted)))
            self.submitted += 1
            if chance.random() < changes:
                await self._change()
            if chance.random() < crashes:
                await self._crash()
        await asyncio.gather(*sources)
        await asyncio.sleep(60)  # what answers late has answered, and what the dead left is taken over
        await asyncio.gather(*(one for core in self.cores.values() for one in core.recoveries))

    # The exchange.

    async def _start(self) -> None:
        delays, number = self._lot(f"store {self._lives}"), self._lives
        self._lives += 1

        def delay() -> float:
            return delays.choice([0.0, 0.001, 0.004, 0.03])

        shared = isinstance(self.state, SharedState)
        store = SharedStore(self.state, number, delay) if shared else MemoryStore(self.state, delay)  # type: ignore[arg-type]
        core = SimulatedCore(store, self._clock, number)
        await within(core, lambda: asyncio.ensure_future(core.start()))
        self.cores[number] = core
        for buyer in self.buyers:
            campaigns = [one for one in core.book.campaigns.values() if one.buyer_id == buyer.id]
            within(core, partial(buyer.core_started, number, core.directory, campaigns))

    async def _crash(self) -> None:
        """A core dies where it stands: nothing of it runs on, and of its writes under way some are kept."""
        core = self.cores.pop(self._chance.choice(list(self.cores)))
        self.crashes += 1
        self.happened("crashed", core.number)
        core.store.die(kept=self._chance.choice([0, 1, 2, 100]))
        for buyer in self.buyers:
            buyer.core_died(core.number)
        running = [task for task in core.tasks if not task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        await asyncio.sleep(self._chance.random())
        await self._start()

    async def _change(self) -> None:
        """The operator changes something, as the catalogue's service does; a buyer pays; a list grows."""
        core, chance = self._any_core(), self._chance
        kind = chance.random()
        if kind < 0.3:
            await self._pay(core)
        elif kind < 0.5:
            contact = catalog.submission(chance, chance.randrange(CONSUMERS), 0).contact
            owner_id = chance.choice([EXCHANGE, chance.choice(self.buyers).id])
            keys = core.consumers.keys(msgspec.structs.replace(contact, phone=""))
            await core.store.suppress(owner_id, keys)
        else:
            item = catalog.changed(chance, list(self._items.values()))
            stands = self._items.get((type(item), item.id))
            item = msgspec.structs.replace(item, revision=(stands.revision if stands else 0) + 1)
            self._items[type(item), item.id] = item
            self.happened("changed", item)
            await core.store.save_items([item], self._clock.now_ms())
            core.book.put(item)

    def _any_core(self) -> SimulatedCore:
        return self.cores[self._chance.choice(list(self.cores))]

    async def _pay(self, core: SimulatedCore) -> None:
        buyer_id, micros = self._chance.choice(self.buyers).id, self._chance.randrange(200, 4_000) * catalog.UNIT
        name = self._clock.mint("adj")
        payment = Adjustment(name, name, buyer_id, AdjustmentKind.PAYMENT, micros, "", self._clock.now_ms())
        await core.store.adjust(payment, adjustment_postings(payment, account_of(buyer_id, buyer=True)))
        core.book.caps.funds.adjust(buyer_id, micros)

    # The sources.

    async def _source(self, number: int) -> None:
        chance = self._lot(f"source {number}")
        lead = catalog.submission(chance, chance.randrange(CONSUMERS), number)
        budget_ms = chance.choice([150, 1_000, 1_000, 1_000])

        async def submit() -> None:
            await self._told(lead.request_id, lambda conductor: conductor.submit(lead, budget_ms))

        way = chance.random()
        if way < 0.8:
            await submit()
        elif way < 0.84:  # the same frame twice
            await asyncio.gather(asyncio.create_task(submit()), asyncio.create_task(submit()))
        else:
            await self._two_steps(chance, number, budget_ms)

    async def _two_steps(self, chance: random.Random, number: int, budget_ms: int) -> None:
        lead = catalog.submission(chance, chance.randrange(CONSUMERS), number)
        evidence = catalog.evidence(lead)
        offer = await self._ask(
            lambda conductor: conductor.ping(lead.source_id, lead.profile, evidence, f"p{number}", budget_ms)
        )
        if isinstance(offer, Reason):
            self.answers[lead.request_id] = [offer]
            return
        ping_id = offer[0].auction_id
        await asyncio.sleep(chance.choice([0.0, 0.5, 4.9, 5.1]))
        raw = chance.choice([None, lead.profile, msgspec.structs.replace(lead.profile, sub_source="changed")])

        async def post(request_id: str) -> None:
            await self._told(
                lead.request_id,
                lambda conductor: conductor.post(
                    lead.source_id, ping_id, raw, lead.contact, lead.consent, request_id, budget_ms
                ),
            )

        names = chance.choice([[lead.request_id], ["", f"other{number}"]])
        await asyncio.gather(*(asyncio.create_task(post(name)) for name in names))

    async def _told(self, request_id: str, call: Callable[[Conductor], Awaitable[Conducted]]) -> None:
        answer = await self._ask(call)
        told = answer if isinstance(answer, Reason) else answer.record
        self.answers.setdefault(request_id, []).append(told)
        self.happened("told", request_id, told if isinstance(told, Reason) else (told.id, told.outcome))

    async def _ask(self, call: "Callable[[Conductor], Awaitable[Any]]") -> Any:
        """What the exchange answers in the end: a source asks again after its connection broke."""
        while True:
            if self.cores:
                core = self._any_core()
                task = within(core, partial(asyncio.ensure_future, call(core.conductor)))
                await asyncio.wait([task])
                if not task.cancelled():
                    try:
                        return task.result()
                    except Refused as refused:
                        if refused.reason not in _BUSY:
                            return refused.reason
            await asyncio.sleep(0.2)


_core: ContextVar[SimulatedCore] = ContextVar("core")


def within(core: SimulatedCore, do: Callable[[], T]) -> T:
    """Does something as a part of a core: it dies with it."""
    context = copy_context()
    context.run(_core.set, core)
    return context.run(do)


def _owned(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> "asyncio.Task[Any]":
    """A task, which the core that begins it has among its own."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    if (core := _core.get(None)) is not None:
        core.tasks[task] = None
        task.add_done_callback(core.tasks.pop)
    return task


def simulate(seed: int, auctions: int, check: Callable[[World], None], segment: int = 500, cores: int = 1) -> World:
    """Runs a world in segments, and has each checked."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        world = World(seed, runner.get_loop(), cores)
        while world.submitted < auctions:
            runner.run(world.run(min(segment, auctions - world.submitted)))
            check(world)
        return world
