"""`python -m benchmarks`: runs the suite, prints a table, and writes `build/bench.json` and `build/bench.html`.

Speed is no test: it exits with 0 whatever it measured.
"""

import argparse
import asyncio
import gc
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

from benchmarks.charts import Chart, Histograms
from benchmarks.figures import Figure, failed, figure, table
from benchmarks.harness.bench import Bench
from benchmarks.harness.machine import Others, described
from benchmarks.page.page import page
from benchmarks.results import Results
from benchmarks.suite import (
    budgets,
    day,
    matching,
    memory,
    neighbours,
    overload,
    postgres,
    remote,
    rest,
    scale,
    soap,
    start,
    streamed,
    streams,
    unary,
    webhooks,
)

_SUITE: Final[Mapping[str, Callable[[Bench], AsyncIterator[Figure | Chart | Histograms]]]] = {
    "unary": unary.run,
    "streamed": streamed.run,
    "market": matching.run,
    "scale": scale.run,
    "budgets": budgets.run,
    "postgres": postgres.run,
    "remote": remote.run,
    "streams": streams.run,
    "rest": rest.run,
    "soap": soap.run,
    "webhooks": webhooks.run,
    "neighbours": neighbours.run,
    "day": day.run,
    "overload": overload.run,
    "start": start.run,
    "memory": memory.run,
}
_NOT_QUICK: Final = frozenset({"soap", "neighbours"})
"""Left out of the short form: what else they measure is measured by others as well."""
_BUILD: Final = Path("build")
_LONGEST_S: Final = 3_600.0  # of one benchmark
_LEAST_WIDTH: Final = 120  # a log has no width, and is taken for a narrow terminal


async def _measure(names: Sequence[str], bench: Bench) -> Results:
    """Every benchmark's figures and charts, and how busy the machine was with others during each."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # ends what was started, too
    results = Results(machine=described(_BUILD), quick=bench.quick)
    busy: list[float] = []
    gc.disable()  # a full collection stops the generator for 100 ms, and an open load charges the exchange for it
    for name in names:
        print(f"{name} … ", end="", file=sys.stderr, flush=True)
        gc.collect()
        others, begun = Others(), time.perf_counter()
        try:
            async with asyncio.timeout(_LONGEST_S):
                async for one in _SUITE[name](bench):
                    results.add(one)
        except Exception as error:  # noqa: BLE001 - the others are measured all the same
            traceback.print_exc()
            results.add(failed(name, error))
        busy.append(others.cores())
        print(f"{time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    each = ", ".join(f"{name} {cores:.2f}" for name, cores in zip(names, busy, strict=True))
    note = f"of {os.cpu_count()}, used by other processes meanwhile: {each}"
    results.add(figure("machine.others", "cores", busy, note=note))
    return results


def _bench(arguments: argparse.Namespace, directory: Path) -> Bench:
    if arguments.quick:
        return Bench(runs=3, seconds=0.4, warm_up_s=0.2, directory=directory, quick=True)
    return Bench(runs=5, seconds=3.0, warm_up_s=1.0, directory=directory, quick=False)


def _print(results: Results) -> None:
    console = Console()
    console.width = max(console.width, _LEAST_WIDTH)
    console.print(table(results.figures))
    for one in results.figures:
        if one.note:
            console.print(f"  {one.name}: {one.note}", style="dim", highlight=False)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the exchange on this machine.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, under two minutes in all")
    parser.add_argument("--only", action="append", choices=_SUITE, metavar="NAME", help=f"of {', '.join(_SUITE)}")
    parser.add_argument("--keep", action="store_true", help="keep what earlier runs measured of the others")
    arguments = parser.parse_args()
    names = arguments.only or [name for name in _SUITE if not (arguments.quick and name in _NOT_QUICK)]
    _BUILD.mkdir(exist_ok=True)
    begun = time.perf_counter()
    # In the tree, for /tmp is memory on many machines, and nothing is durable there.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=_BUILD) as directory:
        results = uvloop.run(_measure(names, _bench(arguments, Path(directory))))
    if arguments.keep:
        results.keep(Results.read(_BUILD))
    results.write(_BUILD)
    (_BUILD / "bench.html").write_text(page(results), encoding="utf-8")
    _print(results)
    print(
        f"{time.perf_counter() - begun:.0f} s; the figures are in {_BUILD / 'bench.json'} and {_BUILD / 'bench.html'}"
    )
    if left_out := [name for name in _SUITE if name not in names]:
        print(f"Left out: {', '.join(left_out)}")


if __name__ == "__main__":
    main()
