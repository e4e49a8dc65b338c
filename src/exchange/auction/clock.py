"""Time and fresh ids: the two things that the pure parts are given instead of taking."""

import os
import time
from collections.abc import Iterator

from exchange.domain.ids import ENTROPY_BYTES, ulid


class Clock:
    """The system's clocks. A simulation puts its own in this place."""

    def now_ms(self) -> int:
        """Wall clock, Unix ms."""
        return time.time_ns() // 1_000_000

    def us(self) -> int:
        """Monotonic clock, microseconds from an arbitrary start."""
        return time.monotonic_ns() // 1_000

    def mint(self, prefix: str) -> str:
        """A fresh id."""
        return f"{prefix}_{ulid(self.now_ms(), os.urandom(ENTROPY_BYTES))}"

    def ids(self, prefix: str) -> Iterator[str]:
        """Fresh ids without end."""
        while True:
            yield self.mint(prefix)

    def entropy(self, size: int) -> bytes:
        """Random bytes fit for keys."""
        return os.urandom(size)
