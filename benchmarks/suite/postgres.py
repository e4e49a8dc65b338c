"""Streamed leads over PostgreSQL by one core and by two, beside COPY of the same rows. All of it shares the CPUs."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import asyncpg

from benchmarks.figures import Figure, figure
from benchmarks.floors.copied import Copied
from benchmarks.harness import load
from benchmarks.harness.bench import Bench, Runs, costs, rates, shortfall
from benchmarks.harness.catalogue import set_up, static_campaigns
from benchmarks.harness.exchange import Exchange, Metadata
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import Load
from benchmarks.harness.processes import family_cpu_s
from exchange.store.postgres.migrate import migrate, steps
from tools.postgres import binaries
from tools.postgres_server import Server, own_server

_CAMPAIGNS: Final = 100
_COUNTS: Final = (1, 2)
_FILL_S: Final = 1.0
"""How long leads come before their rows are taken for the floor."""
_NEWS_S: Final = 1.0
"""Within which other cores hear of a catalogue."""


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """Auctions a second, and what each costs the cores and the server."""
    if binaries() is None:
        raise RuntimeError("PostgreSQL is not installed (python -m tools.postgres)")
    async with AsyncExitStack() as stack:
        server = stack.enter_context(own_server(shared_buffers="128MB", max_wal_size="1GB"))
        urls = [stack.enter_context(server.database()) for _ in _COUNTS]
        empty = stack.enter_context(server.database())
        sources: dict[int, Metadata] = {}
        cores: dict[int, list[Exchange]] = {}
        for count, url in zip(_COUNTS, urls, strict=True):
            directory = bench.directory / f"postgres-{count}"
            cores[count] = [await stack.enter_async_context(Exchange(directory, store_url=url)) for _ in range(count)]
            sources[count] = await set_up(cores[count][0], static_campaigns(_CAMPAIGNS))
        await asyncio.sleep(_NEWS_S)
        for one in await _measured(bench, server, cores, sources, urls[0], empty):
            yield one


async def _measured(
    bench: Bench,
    server: Server,
    cores: dict[int, list[Exchange]],
    sources: dict[int, Metadata],
    filled: str,
    empty: str,
) -> list[Figure]:
    leads = Leads("postgres")
    served: defaultdict[int, list[float]] = defaultdict(list)

    async def submit(count: int, seconds: float) -> Load:
        before = family_cpu_s(server.pid)
        made = await _streamed(cores[count], sources[count], leads, seconds)
        served[count].append((family_cpu_s(server.pid) - before) / made.count * 1e6)
        return made

    await submit(1, _FILL_S)
    await _prepare(empty)
    copied = await Copied.read(filled)
    runs = await bench.in_turns(
        copy=lambda _seconds: copied.write(empty), **{str(count): partial(submit, count) for count in _COUNTS}
    )
    return _figures(runs, {count: several[-bench.runs :] for count, several in served.items()}, copied)


def _figures(runs: Runs, served: dict[int, list[float]], copied: Copied) -> list[Figure]:
    rows = copied.rows / copied.leads
    found = []
    for count in _COUNTS:
        of_count, cpus = runs[str(count)], f"{os.cpu_count()} CPUs, which the server and the load share"
        words = f"{count} core process{'es' * (count > 1)} on {cpus}; the floor is COPY of the same rows"
        note = "; ".join(filter(None, (words, shortfall(of_count))))
        found.append(figure(f"postgres.{count}", "auctions/s", rates(of_count), rates(runs["copy"]), note=note))
        found.append(figure(f"postgres.{count}.cpu", "µs", costs(of_count), note="of the cores, an auction"))
        found.append(figure(f"postgres.{count}.server", "µs", served[count], note="CPU of PostgreSQL, an auction"))
    note = "an auction, in the tables that keep leads, sales, postings, events, deliveries and consumers"
    return [*found, figure("postgres.rows", "rows", [rows], note=note)]


async def _streamed(cores: Sequence[Exchange], source: Metadata, leads: Leads, seconds: float) -> Load:
    """A closed load on a stream to each core at once."""
    loads = await asyncio.gather(
        *(load.charged(core.cpu_s, load.streamed(core.submission, source, leads, seconds)) for core in cores)
    )
    return Load(
        count=sum(one.count for one in loads),
        refused=sum(one.refused for one in loads),
        sold=sum(one.sold for one in loads),
        seconds=max(one.seconds for one in loads),
        cpu_s=sum(one.cpu_s for one in loads),
    )


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, steps())
    finally:
        await connection.close()
