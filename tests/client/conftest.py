"""An exchange with a source, a buyer whose campaign buys every mortgage lead, and their keys."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest_asyncio

from leadexchange.client.requests import Value
from leadexchange.v1.campaign_pb2 import ReturnPolicy
from tests.support.campaigns import static
from tests.support.exchange import RunningCore

ATTRIBUTES: Final[dict[str, Value]] = {
    "zip": "78251",
    "state": "Texas",
    "loan_purpose": "buy",
    "loan_amount": "$289,000.00",
    "term_months": 360,
}
CONTACT: Final = {"first_name": "Kari", "phone": "1 210.555.0169", "suite": "12"}


class Exchange(RunningCore):
    """A core, and the keys of those who call it."""

    source_key: str
    buyer_key: str


@pytest_asyncio.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with Exchange(tmp_path) as core:
        core.source_key = (await core.source()).key or ""
        core.buyer_key = (await core.buyer()).key or ""
        await core.campaign(static("all", "lender", return_policy=ReturnPolicy(max_share_bps=10_000)))
        yield core
