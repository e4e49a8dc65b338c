"""Ten remote HTTP bidders an auction, one of them silent, beside a bare client that sends the same pings."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness import http, load
from benchmarks.harness.bench import Bench, Runs, costs, rates, refusals
from benchmarks.harness.catalogue import http_campaigns, set_up
from benchmarks.harness.exchange import Exchange
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import percentile
from benchmarks.harness.processes import Process
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.reason_pb2 import REASON_BID

_GOOD: Final = 9
_BIDDERS: Final = 10
_RATE: Final = 400.0
"""Auctions a second of the open load."""
_WINDOW: Final = 128  # each auction waits 100 ms for the silent bidder: enough for 1,280 a second
_FRAME: Final = 4
_CONNECTIONS: Final = 8  # to each bidder, of the bare client
_READERS: Final = 32


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """The most auctions a second; then, at a steady rate, good bids lost, latency, and the gateway's cost a ping."""
    bidders = Process(bench.directory / "bidders.log", "benchmarks.parties.bidders", str(_GOOD), str(_BIDDERS - _GOOD))
    async with bidders, Exchange(bench.directory / "remote", adapters=True) as exchange:
        good, leads = bidders.facts["good"], Leads("remote")
        urls = [f"http://127.0.0.1:{port}/ping" for port in (*good, *bidders.facts["silent"])]
        source = await set_up(exchange, http_campaigns(urls))
        await load.scheduled(exchange.submission, source, leads, 50.0, 1.0)
        sample = await http.fetch(good[0], "/sample")
        submit = partial(load.streamed, exchange.submission, source, leads, window=_WINDOW, frame_leads=_FRAME)
        runs = await bench.in_turns(
            bare=lambda s: load.charged(
                time.process_time,
                http.ask(good, lambda port: http.request(f"127.0.0.1:{port}", "/ping", sample), s, _CONNECTIONS),
            ),
            most=submit,
            steady=lambda s: load.charged(
                lambda: exchange.cpu_s("gateway"), load.scheduled(exchange.submission, source, leads, _RATE, s)
            ),
        )
        lost = [await _lost(exchange, one.auctions) for one in runs["steady"]]
    for one in _figures(runs, lost):
        yield one


def _figures(runs: Runs, lost: list[int]) -> list[Figure]:
    steady = runs["steady"]
    auctions = sum(one.count for one in steady)
    return [
        figure(
            "remote.auctions",
            "auctions/s",
            rates(runs["most"]),
            [rate / _BIDDERS for rate in rates(runs["bare"])],
            Budget(bound=_RATE),
            refusals(runs["most"]),
        ),
        figure(
            "remote.lost",
            "good bids",
            [sum(lost)],
            budget=Budget(bound=0, most=True),
            note=f"of {auctions * _GOOD:,}, at {_RATE:.0f} auctions/s",
        ),
        figure("remote.p50", "ms", [percentile(one.latencies_ms, 50) for one in steady]),
        figure(
            "remote.p99",
            "ms",
            [percentile(one.latencies_ms, 99) for one in steady],
            budget=Budget(bound=1_000, most=True),
        ),
        figure(
            "remote.ping.cpu",
            "µs",
            [cost / _BIDDERS for cost in costs(steady)],
            costs(runs["bare"]),
            Budget(bound=1.5, most=True, of_floor=True),
            "of the gateway; the floor is the bare client's own",
        ),
    ]


async def _lost(exchange: Exchange, auctions: list[str]) -> int:
    """Bids of good bidders that their auctions went without."""
    coming = iter(auctions)

    async def some() -> int:
        missing = 0
        for auction_id in coming:
            request = GetAuctionRequest(auction_id=auction_id)
            answer = await exchange.leads.GetAuction(request, metadata=exchange.operator)
            missing += _GOOD - sum(one.ping == REASON_BID for one in answer.auction.considerations)
        return missing

    return sum(await asyncio.gather(*(some() for _ in range(_READERS))))
