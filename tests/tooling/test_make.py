"""The commands keep their names and pass on what they are given."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*arguments: str) -> list[str]:
    """What make prints; a make that runs these tests must not lend its flags and variables."""
    env = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["make", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_help_is_the_default_and_lists_every_target() -> None:
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    assert [line.split()[1] for line in make()] == phony.split()[1:]


@pytest.mark.parametrize(
    ("arguments", "last"),
    [
        (["run"], ".venv/bin/exchange up"),
        (["demo"], ".venv/bin/python -m examples.demo"),
        (["demo", "LEADS=my leads", "JSON=1"], ".venv/bin/python -m examples.demo --leads 'my leads' --json"),
        (["bench"], ".venv/bin/python -m benchmarks"),
        (["bench-quick"], ".venv/bin/python -m benchmarks --quick"),
        (["test", "ARGS=-k x"], ".venv/bin/python -m pytest -n 2 --dist loadgroup -k x"),
    ],
)
def test_commands(arguments: list[str], last: str) -> None:
    assert make("--dry-run", *arguments)[-1].strip() == last
