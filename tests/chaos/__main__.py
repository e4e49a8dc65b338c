"""`python -m tests.chaos [--minutes 10] [--seed N]`, or `make chaos`: faults at random while load goes on."""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")  # as in examples.demo; read when gRPC is imported

from rich.console import Console
from rich.table import Table

from tests.chaos.faults import endless
from tests.chaos.run import Plan, Result, run
from tools.postgres import binaries

_RATE: Final = 25.0
_LIMIT_SHARE: Final = 0.25
"""Of the leads of a source: its campaign's limit is reached in the middle of the run."""
_SOURCES: Final = 3
_WIDTH: Final = 120


def main() -> int:
    """The command: 0 only if every rule holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="The exchange under faults at random.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long things go wrong")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="decides which, and when")
    parser.add_argument("--rate", type=float, default=_RATE, help="leads a second")
    options = parser.parse_args()
    if binaries() is None:
        parser.error("PostgreSQL is not installed; python -m tools.postgres installs it where it may")
    seconds = options.minutes * 60
    limit = max(5, int(seconds * options.rate / _SOURCES * _LIMIT_SHARE))
    plan = Plan(options.seed, options.rate, limit, endless(options.seed), (0.5, 6.0), seconds)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    console.print(f"Seed {options.seed}: {options.minutes:g} minutes at {options.rate:g} leads a second")
    directory = Path(tempfile.mkdtemp(prefix="exchange-chaos-logs-"))
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # gRPC's streams complain when they are broken off
    result = asyncio.run(run(plan, directory, console.print))
    _show(console, plan, result)
    console.print(f"The processes' logs are in {directory}")
    return 0 if result.account.good else 1


def _show(console: Console, plan: Plan, result: Result) -> None:
    account = result.account
    facts = Table("", "", show_header=False)
    for name, value in (
        ("seed", plan.seed),
        ("seconds under chaos", f"{result.seconds:.0f}"),
        ("faults", _counts(result.done)),
        ("left out", ", ".join(sorted(result.left_out)) or "nothing"),
        ("the network", result.network),
        ("starts", _counts(result.starts)),
        ("leads", f"{account.leads:,}, each acknowledged once"),
        ("sales", _counts(account.sales)),
        ("events", f"{account.events:,}; {account.repeats:,} webhooks came once more"),
        ("leads taken over from cores that died", f"{result.taken_over:,}"),
        ("sent again after the client's own repeats", _counts(result.troubles) or "never"),
        ("longest time without an answer", f"{result.longest_gap_s:.1f} s"),
        ("from the last fault to all done", f"{result.recovered_s:.1f} s"),
    ):
        facts.add_row(name, str(value))
    console.print(facts)
    rules = Table("rule", "holds", "what breaks it")
    for rule, found in account.broken.items():
        rules.add_row(rule, "[red]no[/]" if found else "yes", "\n".join(found))
    console.print(rules)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


if __name__ == "__main__":
    sys.exit(main())
