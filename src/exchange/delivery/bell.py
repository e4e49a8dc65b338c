"""Waking those who wait for events."""

import asyncio


class Bell:
    """Rings for everyone who waits. Take the waiter before looking, so that nothing falls between."""

    def __init__(self) -> None:
        self._rung: asyncio.Future[None] | None = None

    def waiter(self) -> "asyncio.Future[None]":
        """Ends at the next ring. Shared by all who wait: to give up early, wait for it shielded."""
        if self._rung is None:
            self._rung = asyncio.get_running_loop().create_future()
        return self._rung

    def ring(self) -> None:
        """Wakes all who wait."""
        if self._rung is not None:
            rung, self._rung = self._rung, None
            if not rung.done():
                rung.set_result(None)
