"""Sources that go on submitting whatever happens, and insist until they know what became of each lead."""

import asyncio
import time
from collections import Counter
from random import Random
from typing import Final

from leadexchange.client import AsyncClient, ExchangeError, Retrying
from leadexchange.v1.lead_pb2 import LEAD_STATUS_PENDING
from leadexchange.v1.submission_service_pb2 import LeadOutcome, SubmitLeadRequest
from tests.chaos.world import SOURCES, World
from tests.support import leads

_MOST_OPEN: Final = 48
"""Of each source: one whose core hangs does not hold up the others."""
_CALL_S: Final = 4.0
_INSIST_S: Final = 60.0
_AGAIN_S: Final = 0.3
_RETRYING: Final = Retrying(attempts=4, longest_s=1.0)


class Load:
    """A steady load by several sources, each over a client of its own that knows every core."""

    def __init__(self, world: World, seed: int) -> None:
        self.requests: dict[str, tuple[str, SubmitLeadRequest]] = {}
        """By request id: whose, and what."""
        self.answers: dict[str, LeadOutcome] = {}
        """What was acknowledged, by request id: it must stand whatever happens."""
        self.troubles: Counter[str] = Counter()
        """Why leads were sent again after a client had given up, by reason."""
        self.changed: list[str] = []
        """Requests whose answers were not the same each time."""
        self.longest_gap_s = 0.0
        """The longest time without any answer while leads came in."""
        self._random = Random(seed)
        self._last = time.monotonic()
        self._steady = False
        self._rooms = {source_id: asyncio.Semaphore(_MOST_OPEN) for source_id in SOURCES}
        self._clients = {
            source_id: AsyncClient(
                world.addresses[place:] + world.addresses[:place],
                world.keys[source_id],
                tls=False,
                timeout_s=_CALL_S,
                retrying=_RETRYING,
            )
            for place, source_id in enumerate(SOURCES)
        }
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, rate: float, until: asyncio.Event) -> None:
        """Submits so many leads a second in all, until told to stop."""
        self._last, self._steady = time.monotonic(), True
        await asyncio.gather(*(self._run(source_id, rate / len(SOURCES), until) for source_id in SOURCES))
        self._steady = False

    async def more(self, each: int) -> None:
        """Submits so many of each source at once, and waits for what became of all."""
        for _ in range(each):
            for source_id in SOURCES:
                await self._submit(source_id)
        await self.answered()

    async def answered(self) -> None:
        """Waits until every lead is decided, or given up after a minute."""
        await asyncio.gather(*self._tasks)

    async def again(self, most: int) -> None:
        """Repeats some requests: each must be answered as before."""
        sample = self._random.sample(sorted(self.answers), min(most, len(self.answers)))
        await asyncio.gather(*(self._insist(name) for name in sample))

    async def close(self) -> None:
        """Closes the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for client in self._clients.values():
            await client.close()

    async def _run(self, source_id: str, rate: float, until: asyncio.Event) -> None:
        while not until.is_set():
            await self._submit(source_id)
            await asyncio.sleep(self._random.expovariate(rate))

    async def _submit(self, source_id: str) -> None:
        """As soon as the source has room for one more."""
        room = self._rooms[source_id]
        await room.acquire()
        number = len(self.requests)
        name = f"chaos-{number}"
        request = leads.request(number % len(leads.examples()), name)
        request.budget_ms = 3_000
        self.requests[name] = (source_id, request)
        task = asyncio.create_task(self._insist(name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: room.release())

    async def _insist(self, name: str) -> None:
        source_id, request = self.requests[name]
        ends = time.monotonic() + _INSIST_S
        while time.monotonic() < ends:
            try:
                outcome = await self._clients[source_id].submit_request(request)
            except ExchangeError as error:
                self.troubles[error.reason or type(error).__name__] += 1
            else:
                if outcome.status != LEAD_STATUS_PENDING:
                    self._heard(name, outcome)
                    return
                self.troubles["pending"] += 1
            await asyncio.sleep(_AGAIN_S)

    def _heard(self, name: str, outcome: LeadOutcome) -> None:
        if self._steady:
            now = time.monotonic()
            self.longest_gap_s, self._last = max(self.longest_gap_s, now - self._last), now
        before = self.answers.setdefault(name, outcome)
        if told(before) != told(outcome):
            self.changed.append(name)


def told(outcome: LeadOutcome) -> tuple[str, int, int, tuple[tuple[str, str], ...]]:
    """What of an answer must stand: the lead, how it ended, and its sales."""
    sales = tuple((sale.id, sale.campaign_id) for sale in outcome.sales)
    return outcome.lead_id, outcome.status, outcome.reason, sales
