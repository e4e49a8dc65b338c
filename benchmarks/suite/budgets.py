"""The latency budgets of an auction with pings and posts, under an open load at half of what the exchange holds.

Ten bidders, five over HTTP and five on bid streams, each bidding at once; the winner takes the lead by a post.
"""

from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from benchmarks.charts import Histograms, ledger
from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness import load
from benchmarks.harness.bench import Bench
from benchmarks.harness.catalogue import http_campaigns, set_up, stream_campaigns
from benchmarks.harness.exchange import Exchange
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import Load, percentile
from benchmarks.harness.processes import Process
from benchmarks.suite.streams import bidders
from exchange.app import latency
from exchange.domain.metrics import Phase

_HTTP: Final = 5
_STREAMS: Final = 5
_FOR_S: Final = 60.0
_QUICK_S: Final = 5.0
_WINDOW: Final = 64
_FRAME: Final = 4
_PERCENTS: Final = (99.0, 99.9)
_NAMES: Final = {
    Phase.PING_SENT: "ping_sent",
    Phase.BIDS: "bids_in",
    Phase.RANK: "post_sent",
    Phase.POST_ACCEPTED: "post_accepted",
}


async def run(bench: Bench) -> AsyncIterator[Figure | Histograms]:
    """The most first, then half of it for a minute."""
    over_http = Process(bench.directory / "http-bidders.log", "benchmarks.parties.bidders", str(_HTTP), "0")
    async with over_http, Exchange(bench.directory / "budgets", adapters=True) as exchange:
        urls = [f"http://127.0.0.1:{port}" for port in over_http.facts["good"]]
        streams = stream_campaigns(range(_HTTP, _HTTP + _STREAMS), posted=True)
        source, leads = await set_up(exchange, [*http_campaigns(urls, posted=True), *streams]), Leads("budgets")
        async with await bidders(bench, exchange, _STREAMS, 0, _HTTP):
            await load.scheduled(exchange.submission, source, leads, 50.0, 1.0)
            submit = partial(load.streamed, exchange.submission, source, leads, window=_WINDOW, frame_leads=_FRAME)
            most = await submit(max(1.0, bench.seconds))
            rate = most.per_second / 2
            before = await exchange.ledger()
            seconds = _QUICK_S if bench.quick else _FOR_S
            half = await load.scheduled(exchange.submission, source, leads, rate, seconds)
            reading = (await exchange.ledger()).since(before)
    note = f"at {rate:,.0f} auctions/s for {seconds:.0f} s, half of the most"
    yield figure("budgets.auctions", "auctions/s", [most.per_second], note="the most, with ten pings and a post each")
    for one in _figures(reading, half, note):
        yield one
    title = f"Where an auction's time goes: ten bidders, HTTP and streams, and a post, at {rate:,.0f} auctions/s"
    yield ledger("budgets.phases", title, reading)


def _figures(reading: latency.Reading, half: Load, note: str) -> list[Figure]:
    sold = f"{half.sold:,} of {half.count + half.refused:,} leads sold, {note}"
    found = []
    for percent in _PERCENTS:
        for phase, name in _NAMES.items():
            value = latency.percentile_ms(reading.phases[phase], percent)
            budget = Budget(bound=latency.BUDGETS_MS[phase], most=True)
            found.append(figure(f"budgets.{name}.p{percent:g}", "ms", [value], budget=budget, note=note))
        total = percentile(half.latencies_ms, percent)
        budget = Budget(bound=latency.BUDGETS_MS[Phase.TOTAL], most=True)
        found.append(figure(f"budgets.total.p{percent:g}", "ms", [total], budget=budget, note=f"from due; {sold}"))
    return found
