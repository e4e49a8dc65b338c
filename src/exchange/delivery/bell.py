"""Waking those who wait for events."""

import asyncio

from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason


class Bell:
    """Rings for everyone who waits. Take the waiter before looking, so that nothing falls between."""

    def __init__(self) -> None:
        self._rung: asyncio.Future[None] | None = None
        self._closed = False

    def waiter(self) -> "asyncio.Future[None]":
        """Ends at the next ring. Shared by all who wait: to give up early, wait for it shielded.

        Raises Refused (DRAINING) once the bell is closed.
        """
        if self._closed:
            raise Refused(Reason.DRAINING, "the exchange is stopping", retry_after_ms=1_000)
        if self._rung is None:
            self._rung = asyncio.get_running_loop().create_future()
        return self._rung

    def ring(self) -> None:
        """Wakes all who wait."""
        if self._rung is not None:
            rung, self._rung = self._rung, None
            if not rung.done():
                rung.set_result(None)

    def close(self) -> None:
        """Has nobody wait here any more."""
        self._closed = True
        self.ring()
