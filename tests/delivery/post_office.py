"""The core's side of delivery on a virtual clock, over a real store, with endpoints that answer by script."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import structs

from exchange.access.sealing import ENTROPY_BYTES, Sealer
from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.delivery.bell import Bell
from exchange.delivery.desk import Desk
from exchange.delivery.endpoints import Endpoints
from exchange.delivery.parcels import Parcel, Parcels
from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.endpoint import Endpoint
from exchange.domain.event import Attempt, Event
from exchange.domain.party import Buyer, Source
from exchange.events import samples
from exchange.events.compose import compose
from exchange.events.routing import route
from exchange.store.base import EventQuery, Settlement
from exchange.store.sqlite.engine import SqliteStore

BEGIN_MS: Final = 1_760_000_000_000
LATENCY_MS: Final = 20

Script = Callable[[Parcel, int], Attempt]
"""What comes of an attempt, by parcel and time."""


def answers(status: int = 0, error: str = "", retry_after_s: int = 0) -> Script:
    """The same each time."""

    def attempt(parcel: Parcel, now_ms: int) -> Attempt:
        delivery = parcel.leased.delivery
        return Attempt(delivery.id, delivery.lease_id, status, LATENCY_MS, error, retry_after_s, at_ms=now_ms)

    return attempt


class VirtualClock(Clock):
    """Stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.at_ms = BEGIN_MS

    def now_ms(self) -> int:
        return self.at_ms

    def us(self) -> int:
        return self.at_ms * 1_000


class PostOffice:
    """`await office.open()`, add endpoints, let things happen, and `run` until nothing is pending or time is up."""

    def __init__(self, path: Path) -> None:
        self.clock = VirtualClock()
        self.store = SqliteStore(path)
        self.book = Book()
        self.book.put(Buyer("buyer", "Buyer"))
        self.book.put(Source("source", "Source"))
        self.book.put(Campaign("won", "buyer", "Won", Targeting("mortgage"), StaticBidding(1), Completion.ON_WIN))
        self.endpoints = Endpoints(self.book, self.clock)
        self._sealer = Sealer(bytes(32))
        parcels = Parcels(self.book, self.store, self._sealer, self.clock)
        self.resold: list[tuple[str, str]] = []
        self.desk = Desk(self.book, self.store, self.clock, Bell(), self.endpoints, parcels, self._undo)
        self._next: PostOffice | None = None
        self.made: list[tuple[int, str, str, int]] = []
        """Each attempt: ms from the beginning, endpoint, event type, number."""

    async def _undo(self, lead_id: str, campaign_id: str, _: str) -> None:
        self.resold.append((lead_id, campaign_id))

    async def open(self) -> None:
        snapshot = await self.store.open()
        self.endpoints.load(snapshot.healths)

    async def close(self) -> None:
        await (self._next or self).store.close()

    async def restart(self, path: Path) -> "PostOffice":
        """The same office as the next core finds it; closed with this one."""
        await self.store.close()
        self._next = PostOffice(path)
        self._next.clock.at_ms = self.clock.at_ms
        for endpoint in self.book.endpoints.values():
            self._next.book.put(endpoint)
        await self._next.open()
        return self._next

    def endpoint(self, endpoint_id: str = "ep", *types: str, **fields: object) -> Endpoint:
        """An endpoint of the buyer."""
        url = f"https://{endpoint_id}.example/hook"
        endpoint = Endpoint(endpoint_id, "buyer", url, types or ("*",), "whsec_c2VjcmV0", revision=1)
        endpoint = structs.replace(endpoint, **fields)
        self.book.put(endpoint)
        return endpoint

    async def sell(self) -> str:
        """A sold lead, with its event and deliveries; its id."""
        record, person = samples.lead("mortgage", "buyer", self.clock.at_ms)
        lead_id = self.clock.mint("lead")
        (sale,) = record.outcome.sales
        sale = structs.replace(sale, id=self.clock.mint("sale"), lead_id=lead_id, campaign_id="won")
        sealed, wrapped_key = self._sealer.seal(lead_id, person, self.clock.entropy(ENTROPY_BYTES))
        record = structs.replace(
            record,
            id=lead_id,
            sealed=sealed,
            wrapped_key=wrapped_key,
            outcome=structs.replace(record.outcome, sales=(sale,)),
        )
        events = compose(record, self.clock.ids("evt"))
        deliveries = route(events, self.book.endpoints_by_owner, self.clock.ids("dlv"))
        await self.store.settle(Settlement(record, opened=False, events=events, deliveries=deliveries))
        return lead_id

    async def happen(self, event_type: str = "cap.reached") -> None:
        """An event of the buyer that is about no lead."""
        event = Event(self.clock.mint("evt"), event_type, "buyer", "", "", self.clock.at_ms, {"x": 1})
        deliveries = route([event], self.book.endpoints_by_owner, self.clock.ids("dlv"))
        await self.store.publish([event], deliveries)

    async def run(self, script: Script, for_ms: int = 1 << 40, most: int = 10_000) -> None:
        """Has whatever falls due attempted, time passing from one due moment to the next."""
        ends_ms = self.clock.at_ms + for_ms
        for _ in range(most):
            parcels = await self.desk.lease(500, 15_000, 0, ())
            if parcels:
                attempts = []
                for one in parcels:
                    delivery = one.leased.delivery
                    place = one.endpoint.id if one.url.startswith("https") else one.url
                    self.made.append((self.clock.at_ms - BEGIN_MS, place, one.event_type, delivery.attempts + 1))
                    attempts.append(script(one, self.clock.at_ms))
                self.clock.at_ms += LATENCY_MS
                await self.desk.report(attempts, ())
                continue
            due_ms = await self.store.next_due()
            if due_ms is None or due_ms > ends_ms:
                self.clock.at_ms = max(self.clock.at_ms, min(ends_ms, self.clock.at_ms if due_ms is None else ends_ms))
                return
            self.clock.at_ms = max(self.clock.at_ms + 1, due_ms)

    async def told(self) -> list[str]:
        """Types of the events about endpoints, in order."""
        return [one.type for one in await self.store.events(EventQuery()) if one.type.startswith("endpoint.")]
