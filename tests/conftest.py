"""Fixtures for every test that needs a whole core; the parts are in `tests.support`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.support", "tests.store.conformance")

from tests.support.exchange import RunningCore  # noqa: E402 - after its assertions can explain themselves


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningCore]:
    """A core in this process on a fresh store."""
    async with RunningCore(tmp_path) as core:
        yield core
