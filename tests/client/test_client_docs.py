"""docs/client.md is true: its examples run against an exchange."""

import asyncio
import re
import sys
from pathlib import Path

from tests.client.conftest import Exchange

TEXT = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
BLOCKS = re.findall(r"^```python client\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


async def run(exchange: Exchange, code: str) -> list[str]:
    values = f"ADDRESS, SOURCE_KEY, BUYER_KEY = {(exchange.address, exchange.source_key, exchange.buyer_key)!r}\n"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", values + code), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode().splitlines()


async def test_examples(exchange: Exchange) -> None:
    source, buyer = BLOCKS
    sold, offer, *results = await run(exchange, source)
    assert sold.endswith(" 8.0")
    assert offer == "8.0"
    assert len([line for line in results if line.startswith("req_")]) == 50
    assert "profile.attributes.state" in " ".join(results)
    person, event = await run(exchange, buyer)
    assert person == "Kari +12105550169"
    assert event.split()[1].startswith("lead_")
