"""A core keeps its place whatever else it has to do."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from exchange.domain.plan import PlanCount
from exchange.store.base import Place
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually


async def test_a_place_is_kept_while_counts_wait_to_be_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RunningCore(tmp_path) as on:
        kept, waits = 0, asyncio.Event()

        async def keep() -> Place:
            nonlocal kept
            kept += 1
            return Place()

        async def share(_: Sequence[PlanCount]) -> list[PlanCount]:
            waits.set()
            return await asyncio.Future()

        monkeypatch.setattr(on.core.store, "keep_place", keep)
        monkeypatch.setattr(on.core.store, "share_counts", share)
        await asyncio.wait_for(waits.wait(), 10)
        before = kept
        await eventually(lambda: kept >= before + 2)
