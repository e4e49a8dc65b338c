"""What is put under chaos: three cores over a PostgreSQL, two gateways, two delivery processes, buyers and sources."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import pytest

from adapters.common.bidder import BidderClient
from adapters.common.bidders import Bidders
from adapters.common.cores import Cores
from examples.buyers.desk import Behaviour, Desk
from examples.buyers.http import HttpBuyer
from examples.buyers.receiver import Receiver
from examples.buyers.stream import StreamBuyer
from exchange.access.keys import ENTROPY_BYTES, mint
from exchange.auction.clock import Clock
from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Cap, Targeting
from leadexchange.v1.ledger_service_pb2 import ADJUSTMENT_KIND_PAYMENT, CreateAdjustmentRequest
from tests.chaos.children import Child
from tests.chaos.network import Network, network
from tests.faults.kernel import Flushes, flushes
from tests.support.campaigns import UNIT, http, static, stream
from tests.support.market import Market
from tools.postgres_server import Server

SOURCES: Final = ("counted", "spending", "prepaying")
"""Each has a campaign of its own that wants its leads, with a limit by count, by spend or by what is paid in."""
PRICE_MICROS: Final = 70 * UNIT
"""What those campaigns pay."""
_OTHERS_MICROS: Final = 55 * UNIT
_SPREAD_MICROS: Final = 30 * UNIT
_LATENCY_MS: Final = 100
"""Of everybody else's systems, so that there is something to break off."""
_CORES: Final = 3
_ROOT: Final = Path(__file__).parents[2]


class World(Market):
    """All of it. The cores' master key is in the directory, with the logs."""

    network: Network
    database: str
    receiver: Receiver
    limit: int
    """So many leads each of the limited campaigns may buy."""

    def __init__(self, directory: Path, server: Server, disk: Flushes | None) -> None:
        super().__init__(directory)
        self.server = server
        self.disk = disk
        """Of the database; None where it cannot be slowed."""
        self.cores: list[Child] = []
        self.gateways: list[Child] = []
        self.deliverers: list[Child] = []
        self.addresses: list[str] = []
        """Of the cores."""
        self.keys: dict[str, str] = {}
        """Of the sources."""
        self.desks = {"remote": _desk(), "streamed": _desk()}
        """Of the buyers' systems, by campaign."""
        self.heard: set[str] = set()
        """Ids of events whose webhooks came."""
        clock = Clock()
        keys = (mint(clock.entropy(ENTROPY_BYTES), clock.mint("key")) for _ in range(2))
        self._internal = dict(
            zip(("EXCHANGE_INTERNAL_KEY_GATEWAY", "EXCHANGE_INTERNAL_KEY_DELIVERY"), keys, strict=True)
        )

    def child(
        self, name: str, command: tuple[str, ...], environment: dict[str, str], within: tuple[str, ...] = ()
    ) -> Child:
        """A process that is yet to be started."""
        return Child(name, command, environment, self.directory / f"{name}.log", within)

    async def start_cores(self) -> None:
        """The first makes the master key and the first operator key; the last lives in the network that is cut."""
        name = self.url.partition("@/")[2].partition("?")[0]
        for number in range(1, _CORES + 1):
            apart = number == _CORES
            core = self.child(
                f"core-{number}",
                ("exchange.app.cli", "serve"),
                {
                    **self.environment,
                    **self._internal,
                    "EXCHANGE_STORE_URL": self.network.url(name) if apart else self.url,
                    "EXCHANGE_GRPC_LISTEN": self.network.listen if apart else "127.0.0.1:0",
                },
                self.network.within if apart else (),
            )
            await core.start()
            self.cores.append(core)
            self.addresses.append(core.facts["address"])
            core.environment["EXCHANGE_GRPC_LISTEN"] = core.facts["address"]
        self._serves_at(self.addresses[0], self.cores[0].facts["first_key"])

    async def start_adapters(self) -> None:
        """Each of them with every core's address."""
        shared = {"EXCHANGE_CORE": ",".join(self.addresses), "EXCHANGE_DEVELOPMENT": "1"}
        for kind, found in (("gateway", self.gateways), ("webhooks", self.deliverers)):
            key = self._internal["EXCHANGE_INTERNAL_KEY_" + ("GATEWAY" if kind == "gateway" else "DELIVERY")]
            own = {**shared, "EXCHANGE_KEY": key}
            found += [self.child(f"{kind}-{place}", (f"adapters.{kind}",), own) for place in (1, 2)]
        await asyncio.gather(*(child.start() for child in (*self.gateways, *self.deliverers)))

    @property
    def children(self) -> list[Child]:
        """Every process but the database."""
        return [*self.cores, *self.gateways, *self.deliverers]

    async def set_up(self, limit: int, buyer_url: str, hook_url: str) -> None:
        """Sources, buyers and campaigns; whoever is told of anything is told at one receiver."""
        self.limit = limit
        for source_id in SOURCES:
            self.keys[source_id] = (await self.source(source_id)).key or ""
        await self.buyer("counting")
        await self.buyer("spender")
        await self.buyer("prepaid", credit_limit_micros=0)
        payment = CreateAdjustmentRequest(
            request_id="paid-in", party_id="prepaid", kind=ADJUSTMENT_KIND_PAYMENT, amount_micros=limit * PRICE_MICROS
        )
        await self.operator.ledger.CreateAdjustment(payment)
        most = Cap(period=CAP_PERIOD_MONTH, max_leads=limit)
        spend = Cap(period=CAP_PERIOD_MONTH, max_spend_micros=limit * PRICE_MICROS)
        for campaign_id, buyer_id, source_id, caps in (
            ("counted", "counting", "counted", [most]),
            ("spending", "spender", "spending", [spend]),
            ("prepaid", "prepaid", "prepaying", []),
        ):
            wanted = Targeting(vertical="mortgage", allowed_sources=[source_id])
            await self.campaign(static(campaign_id, buyer_id, PRICE_MICROS, targeting=wanted, caps=caps))
        await self.buyer("called")
        await self.campaign(http("remote", "called", buyer_url, caps=[most], bid_window_ms=400, post_timeout_ms=1_500))
        connected = await self.buyer("connected")
        await self.campaign(stream("streamed", "connected", bid_window_ms=400, post_timeout_ms=1_500))
        await self.buyer("rest")
        await self.campaign(static("rest", "rest", 5 * UNIT))
        for owner_id in (*SOURCES, "counting", "spender", "prepaid", "called", "connected", "rest"):
            self.receiver.trust((await self.endpoint(owner_id, hook_url)).secret)
        self.stream_key = connected.key or ""

    async def bid(self, stopping: asyncio.Event) -> None:
        """The buyer that connects to every core."""
        buyer = StreamBuyer(self.desks["streamed"])
        await Bidders(
            Cores(",".join(self.addresses)), lambda channel: BidderClient(buyer, channel, self.stream_key)
        ).run(stopping)

    def taken_over(self) -> int:
        """Leads that cores took over from others that died."""
        logs = (core.log.read_text() for core in self.cores)
        return sum(int(count) for log in logs for count in re.findall(r"recovering (\d+) auctions", log))

    async def whole(self) -> None:
        """Waits until everything serves."""
        await asyncio.gather(*(child.serving() for child in self.children))

    async def stop(self) -> None:
        """Ends everything, the ways out last."""
        await self._disconnect()
        for several in (self.cores, self.gateways, self.deliverers):
            await asyncio.gather(*(child.stop() for child in several))


def _desk() -> Desk:
    return Desk(
        Behaviour(price_micros=_OTHERS_MICROS, spread_micros=_SPREAD_MICROS, reject_every=7, latency_ms=_LATENCY_MS)
    )


@contextmanager
def _disk() -> Iterator[Flushes | None]:
    """The say over a disk, or None where the kernel does not give it."""
    try:
        with flushes() as disk:
            yield disk
    except pytest.skip.Exception:
        yield None


@asynccontextmanager
async def world(directory: Path, limit: int) -> AsyncIterator[World]:
    """Up and set up, with limits that so many leads reach."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="exchange-chaos-")))
        await asyncio.to_thread(folder.chmod, 0o755)
        net = await stack.enter_async_context(network(folder))
        server = Server(folder, listen_addresses=net.host)
        disk = stack.enter_context(_disk())
        if disk is not None:
            server.within = ("env", f"PYTHONPATH={_ROOT}", *disk.within)
        await asyncio.to_thread(server.create)
        with (folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {net.host or '127.0.0.1'}/30 trust\n")
        await asyncio.to_thread(server.start)
        stack.callback(server.stop)
        made = World(directory, server, disk)
        made.network = net
        made.url = stack.enter_context(server.database())
        stack.push_async_callback(made.stop)
        made.receiver = Receiver(
            [], latency_ms=_LATENCY_MS, witness=lambda headers, _: made.heard.add(headers["webhook-id"])
        )
        hook_url = await made.receiver.start()
        stack.push_async_callback(made.receiver.stop)
        buyer = HttpBuyer(made.desks["remote"])
        buyer_url = await buyer.start()
        stack.push_async_callback(buyer.stop)
        await made.start_cores()
        await made.start_adapters()
        await made.set_up(limit, buyer_url, hook_url)
        stopping = asyncio.Event()
        bidding = asyncio.create_task(made.bid(stopping))
        stack.push_async_callback(_ended, bidding)
        stack.callback(stopping.set)
        yield made


async def _ended(task: "asyncio.Task[None]") -> None:
    await task
