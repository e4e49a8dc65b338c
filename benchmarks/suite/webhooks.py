"""Webhooks from the outbox to one local receiver, beside a bare client that sends it the same bodies."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from statistics import median
from typing import Final

from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness import http, load
from benchmarks.harness.bench import Bench, rates
from benchmarks.harness.catalogue import buyer_of, set_up, static_campaigns, subscribe
from benchmarks.harness.exchange import Exchange, Metadata
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import Load, percentile
from benchmarks.harness.processes import Process
from benchmarks.parties.receiver import taken

_CAMPAIGNS: Final = 100
_POLL_S: Final = 0.02
_PATIENCE_S: Final = 20.0


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """A backlog delivered; leads sold and delivered at once; and from sale to receipt at half of that."""
    receiver = Process(bench.directory / "receiver.log", "benchmarks.parties.receiver")
    async with receiver, Exchange(bench.directory / "webhooks", adapters=True) as exchange:
        source = await set_up(exchange, static_campaigns(_CAMPAIGNS))
        port = receiver.facts["port"]
        for buyer in sorted({buyer_of(place) for place in range(_CAMPAIGNS)}):
            await subscribe(exchange, buyer, f"http://127.0.0.1:{port}/webhooks", "lead.sold")
        sales = Sales(exchange, source, port)
        await sales.both(1.0)
        body = sales.sample.encode()
        runs = await bench.in_turns(
            bare=lambda s: sales.bare(body, s),
            backlog=sales.backlog,
            both=sales.both,
        )
        yield figure(
            "webhooks.delivered", "webhooks/s", rates(runs["backlog"]), rates(runs["bare"]), Budget(bound=3_000)
        )
        yield figure("webhooks.sold_and_delivered", "leads/s", rates(runs["both"]))
        rate = median(rates(runs["both"])) / 2
        calm = (await bench.in_turns(half=lambda s: sales.steady(rate, s)))["half"]
        note = f"at {rate:,.0f} sales/s"
    for percent, budget in ((50, None), (99, Budget(bound=100.0, most=True))):
        values = [percentile(one.latencies_ms, percent) for one in calm]
        yield figure(f"webhooks.p{percent}", "ms", values, budget=budget, note=note)


class Sales:
    """Sells leads and waits for their webhooks at a receiver, `each` of them a sale."""

    def __init__(self, exchange: Exchange, source: Metadata, port: int, each: int = 1) -> None:
        self.sample = ""
        """A webhook's body."""
        self._exchange = exchange
        self._source = source
        self._port = port
        self._each = each
        self._leads = Leads("webhooks")

    async def bare(self, body: bytes, seconds: float) -> Load:
        """The floor."""
        request = http.request("127.0.0.1", "/webhooks", body)
        sent = await http.ask(self._port, lambda: request, seconds, load.IN_FLIGHT)
        await taken(self._port)
        return sent

    async def backlog(self, seconds: float) -> Load:
        """Delivers what was sold while the adapter was halted."""
        adapter = self._exchange.pids["webhooks"]
        os.kill(adapter, signal.SIGSTOP)
        try:
            sold = await load.streamed(self._exchange.submission, self._source, self._leads, seconds)
        finally:
            os.kill(adapter, signal.SIGCONT)
        begun = time.perf_counter()
        return await self._delivered(sold.sold, begun)

    async def both(self, seconds: float) -> Load:
        """Sells as fast as it goes while webhooks are delivered; until the last of them."""
        begun = time.perf_counter()
        sold = await load.streamed(self._exchange.submission, self._source, self._leads, seconds)
        return await self._delivered(sold.sold, begun)

    async def counted(self, count: int) -> Load:
        """Sells so many leads as fast as it goes while webhooks are delivered; until the last of them."""
        begun = time.perf_counter()
        sold = await load.counted(self._exchange.submission, self._source, self._leads, count)
        return await self._delivered(sold.sold, begun)

    async def steady(self, rate: float, seconds: float) -> Load:
        """Sells at a rate; the latencies are from the sale to its webhook's receipt."""
        begun = time.perf_counter()
        sold = await load.scheduled(self._exchange.submission, self._source, self._leads, rate, seconds)
        return await self._delivered(sold.sold, begun)

    async def _delivered(self, sold: int, begun: float) -> Load:
        """Waits for the webhooks of so many sales. Raises RuntimeError when none come any more."""
        delivered, due = Load(), sold * self._each
        patient_until = time.perf_counter() + _PATIENCE_S
        while delivered.count < due:
            if time.perf_counter() > patient_until:
                raise RuntimeError(f"{due - delivered.count} of {due} webhooks did not come")
            await asyncio.sleep(_POLL_S)
            some = await taken(self._port)
            if some.count:
                patient_until = time.perf_counter() + _PATIENCE_S
            delivered.count += some.count
            delivered.latencies_ms += some.latencies_ms
            self.sample = some.sample or self.sample
        delivered.seconds = time.perf_counter() - begun
        return delivered
