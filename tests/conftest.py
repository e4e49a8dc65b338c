"""Fixtures for every test that needs a whole core; the parts are in `tests.support`."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.exchange import RunningCore

pytest.register_assert_rewrite("tests.support", "tests.store.duties")


@pytest.fixture
async def running(tmp_path: Path) -> "AsyncIterator[RunningCore]":
    """A core in this process on a fresh store."""
    from tests.support.exchange import RunningCore  # here, so that tests of pure parts do not load a whole core

    async with RunningCore(tmp_path) as core:
        yield core
