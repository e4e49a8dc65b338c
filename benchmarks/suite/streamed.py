"""Streamed leads against few and many campaigns, beside a bare echo of the same frames and the same rows written."""

from collections.abc import AsyncIterator
from functools import partial
from statistics import median

import grpc

from benchmarks.charts import Chart, Histograms, ledger, percentiles
from benchmarks.figures import Budget, Figure, figure
from benchmarks.floors.rows import Rows
from benchmarks.harness import load
from benchmarks.harness.bench import Bench, Runs, costs, rates, shortfall
from benchmarks.harness.catalogue import set_up, static_campaigns
from benchmarks.harness.exchange import Exchange, Metadata
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import Load, percentile
from benchmarks.suite.unary import echo
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.submission_service_pb2_grpc import SubmissionServiceStub

_FEW = 100
_MANY = 10_000
_SAMPLE = 200  # auctions whose traces are read for how many campaigns matched


_STEPS = (0.1, 0.25, 0.5, 0.7, 0.8, 0.9, 1.0)  # of the most that a closed load reached
_QUICK_STEPS = (0.25, 0.5, 0.75)


async def run(bench: Bench) -> AsyncIterator[Figure | Chart | Histograms]:
    """Auctions a second, what each costs as campaigns grow, how long they take at half of that, and step by step."""
    async with Exchange(bench.directory / "few") as few, Exchange(bench.directory / "many") as many:
        leads = Leads("streamed")
        sources = {
            "few": await set_up(few, static_campaigns(_FEW)),
            "many": await set_up(many, static_campaigns(_MANY)),
        }
        runs = await _throughput(bench, few, many, sources, leads)
        for one in _figures(runs):
            yield one
        most = median(rates(runs["many"]))
        rate = most / 2
        submit = partial(load.scheduled, many.submission, sources["many"], leads)
        before = await many.ledger()
        calm = (await bench.in_turns(half=partial(submit, rate)))["half"]
        reading = (await many.ledger()).since(before)
        yield _percentile(calm, 50, rate)
        yield _percentile(calm, 99, rate)
        yield figure("streamed.10000.matching", "campaigns", [await _matching(many, calm[0].auctions[:_SAMPLE])])
        title = f"Where an auction's time goes: static bids, {_MANY:,} campaigns, at {rate:,.0f} auctions/s"
        yield ledger(f"streamed.{_MANY}.phases", title, reading)
        steps = [most * step for step in (_QUICK_STEPS if bench.quick else _STEPS)]
        yield _curve([(step, await submit(step, bench.seconds)) for step in steps])


async def _throughput(bench: Bench, few: Exchange, many: Exchange, sources: dict[str, Metadata], leads: Leads) -> Runs:
    answer = await many.submission.SubmitLead(leads.next(), metadata=sources["many"])
    await load.streamed(many.submission, sources["many"], leads, 1.0)
    rows = Rows(many.store)

    async def write(_seconds: float) -> Load:
        return rows.write(bench.directory / "rows.db")

    async with echo(bench, answer) as bare, grpc.aio.insecure_channel(bare.facts["address"]) as channel:
        stub = SubmissionServiceStub(channel)
        return await bench.in_turns(
            rows=write,
            echo=lambda s: load.charged(bare.cpu_s, load.streamed(stub, (), leads, s)),
            few=lambda s: load.charged(few.cpu_s, load.streamed(few.submission, sources["few"], leads, s)),
            many=lambda s: load.charged(many.cpu_s, load.streamed(many.submission, sources["many"], leads, s)),
        )


def _figures(runs: Runs) -> list[Figure]:
    few, many = runs["few"], runs["many"]
    return [
        figure(f"streamed.{_FEW}", "auctions/s", rates(few), rates(runs["rows"]), note=shortfall(few)),
        figure(
            f"streamed.{_MANY}",
            "auctions/s",
            rates(many),
            rates(runs["rows"]),
            Budget(bound=2_000, target=6_000),
            shortfall(many),
        ),
        figure(f"streamed.{_MANY}.echo", "auctions/s", rates(many), rates(runs["echo"])),
        figure(f"streamed.{_MANY}.cpu", "µs", costs(many), costs(runs["echo"])),
        figure("streamed.growth", "µs", costs(many), costs(few), Budget(bound=2.0, most=True, of_floor=True)),
    ]


def _percentile(runs: list[Load], percent: float, rate: float) -> Figure:
    values = [percentile(run.latencies_ms, percent) for run in runs]
    budget = Budget(bound=50.0, most=True) if percent == 99 else None
    return figure(f"streamed.{_MANY}.p{percent:.0f}", "ms", values, budget=budget, note=f"at {rate:,.0f} auctions/s")


def _curve(loads: list[tuple[float, Load]]) -> Chart:
    return Chart(
        name=f"streamed.{_MANY}.latency",
        title=f"Latency against throughput: static bids, {_MANY:,} campaigns",
        x="leads sent a second, by a Poisson process",
        y="from when a lead was due to its outcome, ms",
        lines=percentiles([(rate, one.latencies_ms) for rate, one in loads], 50, 99, 99.9),
        log_y=True,
        budget=50.0,
        note="Open load; the line is the budget of p99 at half of the most.",
    )


async def _matching(exchange: Exchange, auctions: list[str]) -> float:
    """Campaigns considered by an auction, on average."""
    considered = 0
    for auction_id in auctions:
        answer = await exchange.leads.GetAuction(GetAuctionRequest(auction_id=auction_id), metadata=exchange.operator)
        considered += len(answer.auction.considerations)
    return considered / len(auctions)
