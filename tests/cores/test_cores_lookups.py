"""Leads that come faster than a database across a network answers one look-up after another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.submission_service_pb2 import SubmitLeadsRequest, SubmitLeadsResult
from tests.support import leads
from tests.support.campaigns import UNIT, static
from tests.support.exchange import RunningCore

LEADS = 500
AWAY_S = 0.05
"""How far the database is. One by one, even over four sessions, the look-ups of all leads would take 12 s."""
BUDGET_MS = 4_000


class FarAway:
    """A pool whose sessions answer as much later as a round trip takes."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @asynccontextmanager
    async def acquire(self, **options: Any) -> AsyncIterator[Any]:
        async with self._pool.acquire(**options) as connection:
            await asyncio.sleep(AWAY_S)
            yield connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


async def test_leads_that_come_at_once_are_looked_up_together_and_all_sold_in_time(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RunningCore(tmp_path, EXCHANGE_STORE_URL=database) as running:
        source = await running.source()
        await running.buyer("lender")
        await running.campaign(static("lender", "lender", 10 * UNIT))
        store: Any = running.core.store
        monkeypatch.setattr(store, "_pool", FarAway(store._pool))
        requests = [leads.findable(number, f"r{number}") for number in range(LEADS)]
        for one in requests:
            one.budget_ms = BUDGET_MS
        frames = (SubmitLeadsRequest(leads=requests[at : at + 100]) for at in range(0, LEADS, 100))
        found: list[SubmitLeadsResult] = []
        async for answer in source.submission.SubmitLeads(frames):
            found += answer.results
        assert len(found) == LEADS
        assert {(one.outcome.status, one.error.message) for one in found} == {(LEAD_STATUS_SOLD, "")}
