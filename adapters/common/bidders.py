"""A bidder on every core: one stream to each, opened as cores come, let go as they leave.

    await Bidders(Cores("a.example:50051,b.example:50051"), lambda channel: BidderClient(carrier, channel, key)).run()

Each core asks about its own auctions and posts its own leads, so that nothing comes twice.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import grpc

from adapters.common.bidder import BidderClient
from adapters.common.core import connect
from adapters.common.cores import Cores

_ALL_S: Final = 5.0  # a core that is away when the bidder starts does not keep it from being ready
_STEP_S: Final = 0.02

Connect = Callable[[str], grpc.aio.Channel]


class Bidders:
    """Clients of one bidder, each on a core of its own."""

    def __init__(
        self,
        cores: Cores,
        make: Callable[[grpc.aio.Channel], BidderClient],
        *,
        connect: Connect = connect,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        """`make` gives a client for a channel to a core, `connect` such a channel for an address, perhaps with TLS.

        `on_ready` is called once, when every core has taken it on, or those that do within a few seconds.
        """
        self._cores = cores
        self._make = make
        self._connect = connect
        self._on_ready = on_ready
        self._stopping = asyncio.Event()
        self._clients: dict[str, BidderClient] = {}
        self._serving: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event | None = None) -> None:
        """Serves until `stopping` is set, then answers what is open and leaves."""
        self._stopping = stopping or self._stopping
        tasks = [asyncio.create_task(work) for work in (self._follow(), self._tell(), self._stopped())]
        try:
            following, _, stopped = tasks
            await asyncio.wait((following, stopped), return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                await following  # only by a fault of this class
            await asyncio.gather(*self._serving)
        finally:
            tasks += self._serving
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stopped(self) -> None:
        await self._stopping.wait()

    async def _follow(self) -> None:
        async for addresses in self._cores.changes():
            for address in set(addresses) - self._clients.keys():
                self._begin(address)
            for address in self._clients.keys() - set(addresses):
                self._clients.pop(address).retire()

    def _begin(self, address: str) -> None:
        channel = self._connect(address)
        client = self._clients[address] = self._make(channel)
        task = asyncio.create_task(self._serve(client, channel))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, client: BidderClient, channel: grpc.aio.Channel) -> None:
        try:
            await client.run(self._stopping)
        finally:
            await channel.close(None)

    async def _tell(self) -> None:
        """Ready: one core has taken it on at least."""
        while not any(one.connected.is_set() for one in self._clients.values()):  # noqa: ASYNC110 - they come and go
            await asyncio.sleep(_STEP_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ALL_S):
                await asyncio.gather(*(client.connected.wait() for client in self._clients.values()))
        self._on_ready()
