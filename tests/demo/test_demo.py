"""The demo as a newcomer runs it, on fewer leads."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import postgres

_ROOT: Final = Path(__file__).parents[2]
_LINES: Final = (_ROOT / "examples" / "leads.jsonl").read_bytes().splitlines()[:60]
_BUDGETS_MS: Final = {"ping_sent": 50, "bids_in": 100, "post_sent": 50, "post_accepted": 500, "total": 1_000}

Demo = Callable[..., tuple[str, dict[str, Any]]]

# One after the other: each is a dozen processes.
pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(90)]


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    """Runs the demo on lines; gives what it printed, and the object on its last line."""

    def run(lines: list[bytes], *options: str) -> tuple[str, dict[str, Any]]:
        file = tmp_path / "leads.jsonl"
        file.write_bytes(b"\n".join(lines) + b"\n")
        command = (sys.executable, "-m", "examples.demo", "--leads", str(file), "--json", *options)
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=80, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout, json.loads(done.stdout.splitlines()[-1])

    return run


def _adds_up(summary: dict[str, Any], lines: int) -> None:
    assert summary["submitted"] == summary["sold"] + summary["unsold"] + summary["invalid"] == lines
    assert summary["unsold"] == sum(summary["unsold_reasons"].values())
    assert summary["verify"] == "pass"
    assert summary["webhooks"]["pending"] == 0


def test_leads_are_sold_and_broken_lines_disturb_no_other(demo: Demo) -> None:
    first = json.loads(_LINES[0])
    wrong_state = {**first, "attributes": {**first["attributes"], "state": "Texass"}}
    unknown_source = {**first, "source": "a-source-nobody-knows"}
    broken = {
        7: (b'{"external_id": "cut off', "the whole line"),
        20: (json.dumps(wrong_state).encode(), "attributes.state"),
        21: (json.dumps(wrong_state).encode(), "attributes.state"),  # by another road than the line before
        40: (json.dumps({**first, "contact": {"phone": 7}}).encode(), "contact.phone"),
    }
    lines = [*_LINES, json.dumps(unknown_source).encode()]
    for number, (line, _) in broken.items():
        lines.insert(number - 1, line)

    printed, summary = demo(lines)

    _adds_up(summary, len(lines))
    assert summary["invalid"] == len(broken)
    for number, (_, field) in broken.items():
        assert re.search(rf"^ +{number} +{re.escape(field)} ", printed, re.MULTILINE), (number, field)
    assert summary["sold"] > 30
    assert summary["revenue_micros"] > 0
    assert summary["cascades"] > 0
    assert summary["webhooks"]["delivered"] > 0
    assert "0 wrongly signed" in printed
    assert summary["phases"].keys() == _BUDGETS_MS.keys()
    assert all(0 < taken["p50_ms"] <= taken["p99_ms"] for taken in summary["phases"].values())
    # The campaign that is always too late was asked, and bought nothing.
    assert re.search(r"^ *too-late +tortoise +http +http +(\d+) +0 +\1 +0 +0 *$", printed, re.MULTILINE)


def test_a_core_that_is_killed_loses_nothing_and_sells_nothing_twice(demo: Demo) -> None:
    printed, summary = demo(_LINES, "--kill", "2", "--pace", "40")

    assert printed.count("kill -9 of the core") == 2
    _adds_up(summary, len(_LINES))
    assert summary["invalid"] == 0
    assert "Sent again:" in printed


def test_two_cores_over_postgresql_do_the_same(demo: Demo) -> None:
    postgres.require()
    printed, summary = demo(_LINES[:30], "--postgres", "--processes", "2", "--kill", "1", "--pace", "20")

    assert printed.count("kill -9 of the core") == 1
    _adds_up(summary, 30)
    assert summary["invalid"] == 0
    assert summary["sold"] > 15
