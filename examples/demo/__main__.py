"""`python -m examples.demo [--leads FILE] [--json]`, or `make demo`: the main job once, from end to end."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from examples.demo import account, report
from examples.demo.children import DemoError, Exchange
from examples.demo.leads import Line, read
from examples.demo.market import load
from examples.demo.run import run
from tools.postgres import binaries
from tools.postgres_server import own_server

_LEADS: Final = Path(__file__).parents[1] / "leads.jsonl"
_PACE: Final = 60.0  # two busy cores carry it with room to spare: the times show the exchange and not a queue


def main() -> int:
    """Runs the demo; 0 only if every lead ended sold or unsold with a reason, and `exchange verify` passes."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description="The main job once, from end to end.")
    parser.add_argument("--leads", type=Path, default=_LEADS, help="leads to submit, one JSON object a line")
    parser.add_argument("--json", action="store_true", help="end with the summary as one line of JSON")
    parser.add_argument("--pace", type=float, default=_PACE, help="leads submitted a second")
    parser.add_argument("--keep", type=Path, help="leave the logs, and a store of files, in this new folder")
    parser.add_argument("--store", default="", help="keep everything in this empty PostgreSQL database: postgresql://…")
    parser.add_argument("--postgres", action="store_true", help="keep everything in a PostgreSQL server of its own")
    parser.add_argument("--processes", type=int, default=1, help="cores, which need PostgreSQL to share")
    parser.add_argument("--kill", type=int, default=0, help=argparse.SUPPRESS)  # so many times, the core
    options = parser.parse_args()
    try:
        lines = list(read(options.leads))
    except OSError as error:
        parser.error(str(error))
    if options.keep is None:
        directory = Path(tempfile.mkdtemp(prefix="lead-exchange-demo-"))
    else:
        directory = options.keep.absolute()
        try:
            directory.mkdir(parents=True)
        except OSError as error:
            parser.error(f"--keep: {error}")
    good = False
    try:
        good = _demo(options, lines, directory)
    except (DemoError, OSError) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        pass
    finally:
        if good and options.keep is None:
            shutil.rmtree(directory)
        else:
            left = "logs are" if options.postgres or options.store else "logs and the store are"
            print(f"The {left} left in {directory}", file=sys.stderr)
    return 0 if good else 1


def _demo(options: argparse.Namespace, lines: Sequence[Line], directory: Path) -> bool:
    market = load()
    with _store(options) as url:
        exchange = Exchange(directory, url, options.processes)
        done = uvloop.run(run(market, lines, exchange, directory, options.pace, options.kill))
    summary = account.summary(done)
    faults = account.faults(done)
    report.show(market, done, summary, faults)
    if options.json:
        print(msgspec.json.encode(summary).decode(), flush=True)
    return not faults and summary.verify == "pass"


@contextmanager
def _store(options: argparse.Namespace) -> Iterator[str]:
    """Where to keep everything; nothing: an embedded store. Raises DemoError."""
    if not options.postgres:
        yield options.store
        return
    if binaries() is None:
        raise DemoError("--postgres: PostgreSQL is not installed; python -m tools.postgres installs it where it may")
    with own_server() as server, server.database() as url:
        yield url


if __name__ == "__main__":
    sys.exit(main())
