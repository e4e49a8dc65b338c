"""docs/rest.md is true: its commands run in order against an exchange and answer as shown."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Final, NamedTuple

from adapters.rest.openapi.webhooks import webhooks
from adapters.rest.problem_types import PROBLEM_TYPES
from adapters.rest.router import OPERATIONS
from adapters.rest.settings import Settings
from tests.docs.test_docs_tour import BLOCK, documents, holds, like
from tests.rest.serving import serving
from tests.support.exchange import RunningCore

DOCS: Final = Path(__file__).parents[2] / "docs"
TEXT: Final = (DOCS / "rest.md").read_text()


class Step(NamedTuple):
    """A block to run, and the blocks that show what it answers."""

    script: str
    shown: list[tuple[str, str]]


def steps() -> list[Step]:
    found: list[Step] = []
    showing = False
    for block in BLOCK.finditer(TEXT):
        if block["info"] == "bash tour":
            found.append(Step(block["text"], []))
            showing = True
        elif showing and block["info"] in ("json", "text") and "## Errors" not in TEXT[: block.start()]:
            found[-1].shown.append((block["info"], block["text"]))
    return found


async def test_every_step_answers_as_shown(tmp_path: Path) -> None:
    script = ["set -eu -o pipefail"]
    script += [f"{{\n{step.script}}} >{number}.out" for number, step in enumerate(steps())]
    (tmp_path / "tour.sh").write_text("\n".join(script) + "\n")
    async with RunningCore(tmp_path) as core, serving(core.address, Settings(development=True)) as base:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            *("bash", "tour.sh"),
            cwd=tmp_path,
            env=os.environ | {"PATH": path, "REST": f"{base}/api/v1", "KEY": core.operator.key or ""},
            stderr=asyncio.subprocess.PIPE,
        )
        errors = (await process.communicate())[1].decode()
    assert process.returncode == 0, errors
    for number, step in enumerate(steps()):
        answer = (tmp_path / f"{number}.out").read_text()
        for kind, shown in step.shown:
            if kind == "json":
                assert any(holds(json.loads(shown), one) for one in documents(answer)), f"{shown}\nis not in\n{answer}"
            else:
                lines = answer.splitlines()
                assert all(any(like(line, one) for one in lines) for line in shown.splitlines()), answer


def test_every_endpoint_is_in_the_table() -> None:
    table = TEXT[TEXT.index("## Every endpoint") : TEXT.index("## Conventions")]
    told = set(re.findall(r"(/[\w/{}.?=-]*)", table))
    last_parts = {path.rpartition("/")[2] for path in told}
    for operation in OPERATIONS:
        path = operation.path
        assert path in told or path.rpartition("/")[2] in last_parts or path.startswith("/buyers"), path


def test_every_reason_is_in_the_table_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| ([^|]*) \|", TEXT, re.MULTILINE)
    told = {(reason, int(status)) for status, reasons in rows for reason in re.findall(r"`([A-Z_]+)`", reasons)}
    assert told == {(reason, status) for reason, kind in PROBLEM_TYPES.items() for status in kind.statuses}


def test_every_event_type_is_in_the_document() -> None:
    rows = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", (DOCS / "events.md").read_text(), re.MULTILINE)
    assert set(rows) <= set(webhooks())
