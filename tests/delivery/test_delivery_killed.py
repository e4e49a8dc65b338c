"""`kill -9` of the core and of delivery processes under 10,000 deliveries: each arrives, under one id, in order."""

import asyncio
import random
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import grpc

from leadexchange.v1.api_key_pb2 import ROLE_DELIVERY
from leadexchange.v1.catalog_service_pb2 import CreateEndpointRequest
from leadexchange.v1.delivery_pb2 import DELIVERY_STATE_DELIVERED, DeliveryRecord
from leadexchange.v1.disposition_pb2 import DISPOSITION_KIND_CONTACTED, Disposition
from leadexchange.v1.endpoint_pb2 import Endpoint, RetryPolicy
from leadexchange.v1.event_pb2 import Event
from leadexchange.v1.event_service_pb2 import SubscribeRequest
from leadexchange.v1.feedback_service_pb2 import RecordDispositionsRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.outbox_service_pb2 import ListDeliveriesRequest
from tests.delivery.delivery_process import DeliveryProcess
from tests.delivery.subscriber import TAKEN, Subscriber
from tests.support import leads
from tests.support.caller import Caller
from tests.support.campaigns import static
from tests.support.exchange import CoreProcess, broken
from tests.support.waiting import eventually

SEED: Final = 4
ENDPOINTS: Final = {"lender": 8, "ratewise": 2, "exchange": 1}
"""Of the buyer, the source and the operator, who hears of everything."""
EVENTS: Final = {"lender": ("lead.sold", "lead.disposition"), "ratewise": ("lead.decided", "lead.disposition")}
"""Of each lead."""
OF_A_LEAD: Final = sum(len(types) * (ENDPOINTS[owner] + ENDPOINTS["exchange"]) for owner, types in EVENTS.items())
LEADS: Final = -(-10_000 // OF_A_LEAD)
SELLERS: Final = 8
PATIENCE_S: Final = 1.0
"""A kill waits for so many arrivals, but no longer: what a killed process had leased may take fifteen seconds."""
T = TypeVar("T")


class Scene:
    """A core, two delivery processes, a subscriber for all endpoints, and leads that are sold meanwhile."""

    source: Caller
    buyer: Caller

    def __init__(self, core: CoreProcess, subscriber: Subscriber, deliveries: list[DeliveryProcess]) -> None:
        self.core = core
        self.subscriber = subscriber
        self.deliveries = deliveries
        self.sold: list[str] = []

    async def set_up(self) -> None:
        self.source, self.buyer = await self.core.source(), await self.core.buyer()
        await self.core.campaign(static("camp", "lender"))
        soon = RetryPolicy(first_ms=100)
        for owner_id, count in ENDPOINTS.items():
            for number in range(count):
                name = f"{owner_id}-{number}"
                endpoint = Endpoint(id=name, owner_id=owner_id, url=self.subscriber.url(name), event_types=["*"])
                endpoint.lead_retry.CopyFrom(soon)
                endpoint.event_retry.CopyFrom(soon)
                created = await self.core.operator.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=endpoint))
                self.subscriber.trust(name, created.endpoint.secret)

    async def sell(self) -> None:
        """Sells leads, and has the buyer say of each that it was reached."""
        numbers = iter(range(LEADS))

        async def one_after_another() -> None:
            for number in numbers:
                lead_id = await answered(self._sell, number)
                self.sold.append(lead_id)
                await answered(self._dispose, lead_id)

        await asyncio.gather(*(one_after_another() for _ in range(SELLERS)))

    async def _sell(self, number: int) -> str:
        outcome = (await self.source.submission.SubmitLead(leads.request(number, f"r{number}"))).outcome
        assert outcome.status == LEAD_STATUS_SOLD
        return outcome.lead_id

    async def _dispose(self, lead_id: str) -> None:
        said = Disposition(lead_id=lead_id, kind=DISPOSITION_KIND_CONTACTED)
        answer = await self.buyer.feedback.RecordDispositions(RecordDispositionsRequest(dispositions=[said]))
        assert answer.results[0].HasField("disposition"), answer

    async def kill_at_random(self, chance: random.Random) -> list[int]:
        """Kills each process again and again and starts it anew; how many had arrived each time."""
        victims: list[CoreProcess | DeliveryProcess] = [self.core] * 3 + self.deliveries * 2
        chance.shuffle(victims)
        moments = sorted(int(chance.uniform(0.02, 0.6) * LEADS * OF_A_LEAD) for _ in victims)
        arrived = []
        for victim, moment in zip(victims, moments, strict=True):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.subscriber.took(moment), PATIENCE_S)
            await victim.kill()
            arrived.append(len(self.subscriber.taken))
            await victim.start()
        return arrived

    def pending(self) -> int:
        with closing(sqlite3.connect(self.core.path)) as database:
            (count,) = database.execute("SELECT count(*) FROM deliveries WHERE state = 1").fetchone()
            return int(count)

    async def records(self) -> list[DeliveryRecord]:
        """All deliveries, as the operator is told."""
        found: list[DeliveryRecord] = []
        token = ""
        while True:
            request = ListDeliveriesRequest(page_size=500, page_token=token)
            page = await self.core.operator.outbox.ListDeliveries(request)
            found += page.deliveries
            token = page.next_page_token
            if not token:
                return found

    async def events(self) -> list[Event]:
        """All events in their order, as the operator hears them."""
        found: list[Event] = []
        call: Any = self.core.operator.events.Subscribe(SubscribeRequest())
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(1):
                    found += (await call.read()).events
        call.cancel()
        return found


async def answered(call: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """Repeats a call until a core, which may just be dead, has answered."""
    while True:
        try:
            return await call(*arguments)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            await asyncio.sleep(0.05)


@asynccontextmanager
async def scene(directory: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        subscriber = Subscriber()
        await subscriber.start()
        stack.push_async_callback(subscriber.stop)
        core = await stack.enter_async_context(CoreProcess(directory))
        deliveries = []
        for name in ("one", "two"):
            process = DeliveryProcess(directory / f"{name}.log", core.address, await core.key(ROLE_DELIVERY))
            deliveries.append(await stack.enter_async_context(process))
        yield Scene(core, subscriber, deliveries)


async def test_kill_9_loses_no_delivery_and_no_order(tmp_path: Path) -> None:
    async with scene(tmp_path) as running:
        await running.set_up()
        selling = asyncio.create_task(running.sell())
        arrived = await running.kill_at_random(random.Random(SEED))
        await selling
        await eventually(lambda: running.pending() == 0, "every delivery's end", 60)
        records, events = await running.records(), await running.events()
    subscriber = running.subscriber
    assert broken(running.core.url) == {}

    # Every lead that was acknowledged has its events, and every event a delivery to each who is to hear of it.
    told = sorted((event.lead_id, event.owner_id, event.type) for event in events)
    assert told == sorted(
        (lead, owner, one) for lead in running.sold for owner, types in EVENTS.items() for one in types
    )
    due = {
        (f"{owner_id}-{number}", event.id)
        for event in events
        for owner_id in (event.owner_id, "exchange")
        for number in range(ENDPOINTS[owner_id])
    }
    assert len(due) == LEADS * OF_A_LEAD
    assert sorted((one.endpoint_id, one.event_id) for one in records) == sorted(due)
    assert {one.state for one in records} == {DELIVERY_STATE_DELIVERED}

    # Each was taken, and nothing but these: under the event's own id, with the same bytes each time.
    assert subscriber.taken == due
    assert subscriber.forged == []
    bodies = {(one.endpoint, one.event_id, one.digest) for one in subscriber.arrivals}
    assert len(bodies) == len(due)

    # To each endpoint a lead's events came in the order in which they happened; a repeat came before what is next.
    place = {event.id: (event.lead_id, event.sequence) for event in events}
    came: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in subscriber.arrivals:
        lead_id, sequence = place[one.event_id]
        came[one.endpoint, lead_id].append(sequence)
    assert [lead for lead, sequences in came.items() if sequences != sorted(sequences)] == []

    # The kills met deliveries on their way.
    assert arrived[0] > 0
    assert arrived[-1] < len(due)
    assert sum(one.status == TAKEN for one in subscriber.arrivals) > len(due)
