"""The demo's way: start, set up, submit, read back, wait for the webhooks, stop, verify."""

import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from adapters.common.core import connect
from examples.demo.children import Exchange
from examples.demo.crowd import Heard, Receivers, called_buyers, running, stream_buyers
from examples.demo.kept import Kept, notices, read_back
from examples.demo.leads import Line, Problem
from examples.demo.market import Market, set_up, source_keys
from examples.demo.operator import Operator
from examples.demo.roads import RestRoad, Road, StreamRoad, UnaryRoad
from examples.demo.screen import console
from examples.demo.submit import Result, submit

_DRAIN_S: Final = 25.0  # a webhook whose report was lost in a crash is sent again when its lease lapses, after 15 s
_SEED: Final = 20_261_125


class Run(msgspec.Struct, frozen=True):
    """All that came of it."""

    unread: list[Line]
    """Lines that were not submitted; their problems say why."""
    results: list[Result]
    """What became of those that were, in order."""
    took_s: float
    kept: Kept
    heard: Heard
    findings: dict[str, list[str]]
    """Of `exchange verify`: each invariant, and the rows that break it."""


async def run(
    market: Market, lines: Sequence[Line], exchange: Exchange, directory: Path, pace: float, kills: int
) -> Run:
    """Submits lines to a new exchange, `pace` a second; logs go to an empty directory. Raises DemoError."""
    asked = called_buyers(market, directory)
    console.print(f"Starting an exchange and {len(market.sample_buyers)} sample buyers")
    async with running([exchange, *asked]), aiohttp.ClientSession() as session, connect(exchange.grpc) as channel:
        operator = Operator(session, exchange.rest, channel, exchange.first_key)
        await set_up(market, operator, {buyer.name: str(buyer.facts["address"]) for buyer in asked})
        keys, refused = await source_keys(market, operator, (line.lead.source for line in lines if line.lead))
        lines = [_judged(line, refused) for line in lines]
        async with (
            Receivers(market, operator) as receivers,
            running(await stream_buyers(market, directory, exchange, operator)),
            StreamRoad(channel, keys) as stream,
        ):
            rest = RestRoad(session, exchange.rest, keys)
            roads = (rest, stream, rest, UnaryRoad(channel, keys))  # half over REST, half over gRPC
            began = time.monotonic()
            results = await _submit([line for line in lines if line.lead], roads, pace, exchange, kills)
            took_s = time.monotonic() - began
            kept = await read_back(operator)
            heard = await receivers.hear(notices(kept, receivers.owners), _DRAIN_S)
    return Run([line for line in lines if not line.lead], results, took_s, kept, heard, await exchange.verify())


def _judged(line: Line, refused: Mapping[str, str]) -> Line:
    """The line, without a lead when the exchange will not have its source."""
    if line.lead and (why := refused.get(line.lead.source)):
        return Line(line.number, line.body, problems=[Problem("source", why)])
    return line


async def _submit(
    lines: Sequence[Line], roads: Sequence[Road], pace: float, exchange: Exchange, kills: int
) -> list[Result]:
    """Submits them behind a progress bar. The core is killed at moments that are the same in each run."""
    most = max(1, len(lines) * 3 // 4)  # not so late that nothing is under way
    moments = set(random.Random(_SEED).sample(range(1, most + 1), min(kills, most)))
    console.print(f"Submitting {len(lines)} leads, {pace:g} a second, half over REST and half over gRPC")
    with Progress(
        BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        bar = progress.add_task("", total=len(lines))

        def ended(count: int) -> None:
            progress.update(bar, completed=count)
            if count in moments:
                console.print(f"kill -9 of the core after {count} answers")
                exchange.kill_core()

        return await submit(lines, roads, pace, ended)
