"""`python -m benchmarks`: runs the suite, prints a table, and writes `build/bench.json`.

Speed is no test: it exits with 0 whatever it measured.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console

from benchmarks.figures import Figure, failed, figure, table, write
from benchmarks.harness.bench import Bench
from benchmarks.harness.machine import Others
from benchmarks.suite import matching, neighbours, remote, rest, soap, streamed, unary, webhooks

_SUITE: Final[Mapping[str, Callable[[Bench], AsyncIterator[Figure]]]] = {
    "unary": unary.run,
    "streamed": streamed.run,
    "market": matching.run,
    "rest": rest.run,
    "soap": soap.run,
    "remote": remote.run,
    "webhooks": webhooks.run,
    "neighbours": neighbours.run,
}
_BUILD: Final = Path("build")
_LEAST_WIDTH: Final = 120  # a log has no width, and is taken for a narrow terminal


async def _measure(names: Sequence[str], bench: Bench) -> list[Figure]:
    """Every benchmark's figures, and how busy the machine was with others during each."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # ends what was started, too
    figures: list[Figure] = []
    busy: list[float] = []
    for name in names:
        print(f"{name} … ", end="", file=sys.stderr, flush=True)
        others, begun = Others(), time.perf_counter()
        try:
            figures += [one async for one in _SUITE[name](bench)]
        except Exception as error:  # noqa: BLE001 - the others are measured all the same
            traceback.print_exc()
            figures.append(failed(name, error))
        busy.append(others.cores())
        print(f"{time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    each = ", ".join(f"{name} {cores:.2f}" for name, cores in zip(names, busy, strict=True))
    note = f"of {os.cpu_count()}, used by other processes meanwhile: {each}"
    return [*figures, figure("machine.others", "cores", busy, note=note)]


def _bench(arguments: argparse.Namespace, directory: Path) -> Bench:
    if arguments.quick:
        return Bench(runs=3, seconds=1.0, warm_up_s=0.5, directory=directory, quick=True)
    return Bench(runs=5, seconds=3.0, warm_up_s=1.0, directory=directory, quick=False)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the exchange on this machine.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, under two minutes in all")
    parser.add_argument("--only", action="append", choices=_SUITE, metavar="NAME", help=f"of {', '.join(_SUITE)}")
    arguments = parser.parse_args()
    _BUILD.mkdir(exist_ok=True)
    begun = time.perf_counter()
    # In the tree, for /tmp is memory on many machines, and nothing is durable there.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=_BUILD) as directory:
        figures = uvloop.run(_measure(arguments.only or list(_SUITE), _bench(arguments, Path(directory))))
    write(figures, _BUILD / "bench.json")
    console = Console()
    console.width = max(console.width, _LEAST_WIDTH)
    console.print(table(figures))
    for one in figures:
        if one.note:
            console.print(f"  {one.name}: {one.note}", style="dim", highlight=False)
    console.print(f"{time.perf_counter() - begun:.0f} s; the figures are in {_BUILD / 'bench.json'}")


if __name__ == "__main__":
    main()
