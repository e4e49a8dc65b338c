"""schemathesis over the served document, against a whole exchange: all checks, bounded examples."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from adapters.rest.settings import Settings
from tests.rest.serving import serving
from tests.support.exchange import RunningCore

COMMAND = Path(__file__).with_name("run_schemathesis.py")
CONFIG = Path(__file__).with_name("schemathesis.toml")
MOST_FAILURES_SHOWN = 20_000


@pytest.mark.timeout(300)
async def test_nothing_is_found(tmp_path: Path) -> None:
    async with RunningCore(tmp_path) as core, serving(core.address, Settings(development=True)) as base:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(COMMAND), "--config-file", str(CONFIG)),
            *("run", f"{base}/api/v1/openapi.json", "-H", f"Authorization: Bearer {core.operator.key}"),
            *("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "2", "--no-color"),
            *("--workers", "2", "--seed", "1"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output[-MOST_FAILURES_SHOWN:]
    cases = re.search(r"([0-9,]+) generated", output)
    assert cases
    assert int(cases[1].replace(",", "")) > 1_000, output
