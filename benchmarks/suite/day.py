"""The day that the field quotes, at once: 100,000 leads auctioned, durable and, the second time, delivered."""

from collections.abc import AsyncIterator
from typing import Final

from benchmarks.figures import Budget, Figure, figure
from benchmarks.floors.rows import Rows
from benchmarks.harness import http, load
from benchmarks.harness.bench import Bench, shortfall
from benchmarks.harness.catalogue import buyer_of, set_up, static_campaigns, subscribe
from benchmarks.harness.exchange import Exchange
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import Load
from benchmarks.harness.processes import Process
from benchmarks.parties.receiver import taken
from benchmarks.suite.webhooks import Sales

_DAY: Final = 100_000
_QUICK: Final = 4_000
_CAMPAIGNS: Final = 100
_FLOOR_LEADS: Final = 2_000


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """Seconds for all of them, beside what bare rows and a bare client would take for as many."""
    count = _QUICK if bench.quick else _DAY
    runs = range(1 if bench.quick else bench.runs)
    note = f"from {count:,} leads" if bench.quick else ""
    async with Exchange(bench.directory / "day") as exchange:
        source, leads = await set_up(exchange, static_campaigns(_CAMPAIGNS)), Leads("day")
        await load.counted(exchange.submission, source, leads, _FLOOR_LEADS)
        rows = Rows(exchange.store)
        floors, sold = [], []
        for _ in runs:
            floors.append(rows.write(bench.directory / "day-rows.db"))
            sold.append(await load.counted(exchange.submission, source, leads, count))
    yield figure(
        "day.sold",
        "s",
        _day_s(sold),
        _day_s(floors),
        Budget(bound=20, most=True),
        note or shortfall(sold) or "the floor is a lead's rows, written by a bare loop",
    )
    delivered, bare = await _delivered(bench, count, len(runs))
    note = note or "until the last webhook; the floor is a bare client that sends the webhooks alone"
    yield figure("day.delivered", "s", _day_s(delivered), _day_s(bare), Budget(bound=60, most=True), note)


def _day_s(loads: list[Load]) -> list[float]:
    """Seconds for a day's leads."""
    return [_DAY / one.per_second for one in loads]


async def _delivered(bench: Bench, count: int, runs: int) -> tuple[list[Load], list[Load]]:
    receiver = Process(bench.directory / "day-receiver.log", "benchmarks.parties.receiver")
    async with receiver, Exchange(bench.directory / "day-delivered", adapters=True) as exchange:
        source, port = await set_up(exchange, static_campaigns(_CAMPAIGNS)), receiver.facts["port"]
        for buyer in sorted({buyer_of(place) for place in range(_CAMPAIGNS)}):
            await subscribe(exchange, buyer, f"http://127.0.0.1:{port}/webhooks", "lead.sold")
        sales = Sales(exchange, source, port)
        await sales.counted(_FLOOR_LEADS)
        request = http.request("127.0.0.1", "/webhooks", sales.sample.encode())
        delivered, bare = [], []
        for _ in range(runs):
            bare.append(await http.ask(port, lambda: request, bench.seconds, load.IN_FLIGHT))
            await taken(port)
            delivered.append(await sales.counted(count))
    return delivered, bare
