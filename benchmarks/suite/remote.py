"""Ten remote HTTP bidders an auction, one of them silent, beside a bare client that sends the same pings."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness import http, load
from benchmarks.harness.bench import Bench, Runs, costs, shortfall
from benchmarks.harness.catalogue import campaign_id, http_campaigns, set_up
from benchmarks.harness.exchange import Exchange
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import percentile
from benchmarks.harness.processes import Process
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.reason_pb2 import REASON_BID, Reason

_GOOD: Final = 9
_GOOD_CAMPAIGNS: Final = frozenset(campaign_id(place) for place in range(_GOOD))
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
        urls = [f"http://127.0.0.1:{port}" for port in (*good, *bidders.facts["silent"])]
        source = await set_up(exchange, http_campaigns(urls))
        await load.scheduled(exchange.submission, source, leads, 50.0, 1.0)
        sample = await http.fetch(good[0], "/sample")
        pings = {port: http.request(f"127.0.0.1:{port}", "/ping", sample) for port in good}
        submit = partial(load.streamed, exchange.submission, source, leads, window=_WINDOW, frame_leads=_FRAME)
        runs = await bench.in_turns(
            bare=lambda s: load.charged(
                time.process_time,
                http.fan_out(pings, _RATE, s, _CONNECTIONS),
            ),
            most=submit,
            steady=lambda s: load.charged(
                lambda: exchange.cpu_s("gateway"), load.scheduled(exchange.submission, source, leads, _RATE, s)
            ),
        )
        lost = await lost_bids(exchange, [auction_id for one in runs["steady"] for auction_id in one.auctions])
    for one in _figures(runs, lost):
        yield one


def _figures(runs: Runs, lost: Counter[str]) -> list[Figure]:
    steady = runs["steady"]
    return [
        figure(
            "remote.auctions",
            "auctions/s",
            [one.sold / one.seconds for one in runs["most"]],  # a lead that missed its bids is no good
            budget=Budget(bound=_RATE),
            note=shortfall(runs["most"]),
        ),
        lost_figure("remote.lost", lost, steady, _RATE),
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
            "of the gateway; the floor is a bare client's that pings at the same rate",
        ),
    ]


def lost_figure(name: str, lost: Counter[str], loads: list[load.Load], rate: float) -> Figure:
    """How many good bids were lost under a steady load, and how."""
    good = sum(one.count for one in loads) * _GOOD
    why = ", ".join(f"{count:,} {reason}" for reason, count in lost.most_common())
    note = f"of {good:,}, at {rate:,.0f} auctions/s{': ' if why else ''}{why}"
    return figure(name, "good bids", [lost.total()], budget=Budget(bound=0, most=True), note=note)


async def lost_bids(exchange: Exchange, auctions: list[str]) -> Counter[str]:
    """Bids of the good ones among ten bidders that their auctions went without, by what became of the pings."""
    coming, lost = iter(auctions), Counter[str]()

    async def some() -> None:
        for auction_id in coming:
            request = GetAuctionRequest(auction_id=auction_id)
            answer = await exchange.leads.GetAuction(request, metadata=exchange.operator)
            asked = [one.ping for one in answer.auction.considerations if one.campaign_id in _GOOD_CAMPAIGNS]
            lost.update(Reason.Name(reason) for reason in asked if reason != REASON_BID)
            lost["not asked"] += _GOOD - len(asked)

    await asyncio.gather(*(some() for _ in range(_READERS)))
    return +lost
