"""What a whole auction costs the core as campaigns and matching bidders grow, alone on its stream."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from statistics import median
from typing import Final

from benchmarks.charts import Chart, Line
from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness import load
from benchmarks.harness.bench import Bench, costs
from benchmarks.harness.catalogue import add_source, set_up, static_campaigns
from benchmarks.harness.exchange import Exchange, Metadata
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import Load
from leadexchange.v1.campaign_pb2 import Campaign, Targeting

_CAMPAIGNS: Final = (100, 1_000, 10_000, 100_000)
_BIDDERS: Final = (1, 5, 10, 20, 50)
_QUICK_BIDDERS: Final = (1, 20, 50)
_PER_BIDDER: Final = Budget(bound=1.25, most=True, of_floor=True)  # linear, and as much again as runs differ by


async def run(bench: Bench) -> AsyncIterator[Figure | Chart]:
    """CPU an auction."""
    async for one in _campaigns(bench, _CAMPAIGNS[:-1] if bench.quick else _CAMPAIGNS):
        yield one
    async for one in _bidders(bench):
        yield one


async def _campaigns(bench: Bench, counts: tuple[int, ...]) -> AsyncIterator[Figure | Chart]:
    leads = Leads("campaigns")
    async with AsyncExitStack() as stack:
        loads = {}
        for count in counts:
            exchange = await stack.enter_async_context(Exchange(bench.directory / f"campaigns-{count}"))
            source = await set_up(exchange, static_campaigns(count))
            loads[str(count)] = partial(_streamed, exchange, source, leads)
        runs = await bench.in_turns(**loads)
    first = costs(runs[str(counts[0])])
    for count in counts[1:]:
        note = f"with {count:,} campaigns, some 20 of which match; the floor is with {counts[0]:,}"
        yield figure(f"scale.campaigns.{count}", "µs", costs(runs[str(count)]), first, note=note)
    points = tuple((float(count), median(costs(runs[str(count)]))) for count in counts)
    yield Chart(
        name="scale.campaigns",
        title="Cost of an auction against campaigns",
        x="campaigns in the catalogue, some 20 of which match",
        y="CPU of the core, µs an auction",
        lines=(Line(name="CPU", points=points),),
        log_x=True,
    )


async def _bidders(bench: Bench) -> AsyncIterator[Figure | Chart]:
    leads, counts = Leads("bidders"), _QUICK_BIDDERS if bench.quick else _BIDDERS
    async with Exchange(bench.directory / "bidders") as exchange:
        await set_up(exchange, _matching())
        sources = {count: await add_source(exchange, _source(count)) for count in counts}
        runs = await bench.in_turns(
            **{str(count): partial(_streamed, exchange, source, leads) for count, source in sources.items()}
        )
    for count in counts:
        yield figure(f"scale.bidders.{count}", "µs", costs(runs[str(count)]), note=f"{count} static bids an auction")
    one, twenty, fifty = (costs(runs[str(count)]) for count in (1, 20, 50))
    early = [(high - low) / 19 for low, high in zip(one, twenty, strict=True)]
    late = [(high - low) / 30 for low, high in zip(twenty, fifty, strict=True)]
    note = "CPU for each bidder more, from 20 to 50; the floor is from 1 to 20"
    yield figure("scale.bidders.each", "µs", late, early, _PER_BIDDER, note)
    yield Chart(
        name="scale.bidders",
        title="Cost of an auction against bidders",
        x="campaigns that match and bid",
        y="CPU of the core, µs an auction",
        lines=(Line(name="CPU", points=tuple((float(count), median(costs(runs[str(count)]))) for count in counts)),),
    )


async def _streamed(exchange: Exchange, source: Metadata, leads: Leads, seconds: float) -> Load:
    return await load.charged(exchange.cpu_s, load.streamed(exchange.submission, source, leads, seconds))


def _source(count: int) -> str:
    """The source whose leads so many campaigns want."""
    return f"bidders-{count}"


def _matching() -> Iterator[Campaign]:
    """Static campaigns that take any mortgage lead of the sources that are theirs."""
    for place, campaign in enumerate(static_campaigns(max(_BIDDERS))):
        wanted = [_source(count) for count in _BIDDERS if place < count]
        campaign.targeting.CopyFrom(Targeting(vertical="mortgage", allowed_sources=wanted))
        yield campaign
