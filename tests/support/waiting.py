"""Waiting for what another task or process is about to do."""

import asyncio
import time
from collections.abc import Callable

WITHIN_S = 10.0


async def eventually(holds: Callable[[], object], what: str = "", within_s: float = WITHIN_S) -> None:
    """Returns once it holds; fails the test when it does not in time."""
    ends = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends, f"did not happen within {within_s} s: {what or holds}"
        await asyncio.sleep(0.005)
