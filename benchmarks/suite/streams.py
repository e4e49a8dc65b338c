"""Ten bidders on bid streams, one of them silent: the same auctions as in `remote`, without the gateway and HTTP."""

import os
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from benchmarks.charts import Histograms, ledger
from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness import load
from benchmarks.harness.bench import Bench, costs, shortfall
from benchmarks.harness.catalogue import add_key, buyer_of, set_up, stream_campaigns
from benchmarks.harness.exchange import Exchange
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import percentile
from benchmarks.harness.processes import Process
from benchmarks.suite.remote import lost_bids, lost_figure
from leadexchange.v1.api_key_pb2 import ROLE_BUYER

_GOOD: Final = 9
_SILENT: Final = 1
_RATE: Final = 750.0
"""Auctions a second of the open load: half of what is asked for."""
_WINDOW: Final = 512  # each auction waits 100 ms for the silent bidder: enough for 5,120 a second
_FRAME: Final = 16


async def run(bench: Bench) -> AsyncIterator[Figure | Histograms]:
    """The most auctions a second; then, at a steady rate, good bids lost, latency and where it goes."""
    async with Exchange(bench.directory / "streams") as exchange:
        source = await set_up(exchange, stream_campaigns(range(_GOOD + _SILENT)))
        leads = Leads("streams")
        async with await bidders(bench, exchange, _GOOD, _SILENT):
            await load.scheduled(exchange.submission, source, leads, 50.0, 1.0)
            submit = partial(load.streamed, exchange.submission, source, leads, window=_WINDOW, frame_leads=_FRAME)
            most = (await bench.in_turns(most=lambda s: load.charged(exchange.cpu_s, submit(s))))["most"]
            before = await exchange.ledger()
            steady = (
                await bench.in_turns(steady=lambda s: load.scheduled(exchange.submission, source, leads, _RATE, s))
            )["steady"]
            reading = (await exchange.ledger()).since(before)
            lost = await lost_bids(exchange, [auction_id for one in steady for auction_id in one.auctions])
    rates = [one.sold / one.seconds for one in most]  # a lead that missed its bids is no good
    yield figure("streams.auctions", "auctions/s", rates, budget=Budget(bound=1_500), note=shortfall(most))
    yield figure("streams.cpu", "µs", costs(most), note="of the core, an auction with ten pings")
    yield lost_figure("streams.lost", lost, steady, _RATE)
    for percent, budget in ((50, None), (99, Budget(bound=1_000, most=True))):
        values = [percentile(one.latencies_ms, percent) for one in steady]
        yield figure(f"streams.p{percent}", "ms", values, budget=budget, note=f"at {_RATE:,.0f} auctions/s")
    title = f"Where an auction's time goes: ten bid streams, one silent, at {_RATE:,.0f} auctions/s"
    yield ledger("streams.phases", title, reading)


async def bidders(bench: Bench, exchange: Exchange, good: int, silent: int, first: int = 0) -> Process:
    """The process of bidders for the campaigns from the place `first` on, to be entered."""
    key = (await add_key(exchange, ROLE_BUYER, buyer_of(first)))[0][1].removeprefix("Bearer ")
    numbers = map(str, (good, silent, first))
    environment = {**os.environ, "EXCHANGE_KEY": key}
    module, core = "benchmarks.parties.stream_bidders", exchange.addresses["core"]
    return Process(bench.directory / "stream-bidders.log", module, core, *numbers, environment=environment)
