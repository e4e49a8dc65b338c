"""Accounts."""

from collections.abc import Sequence
from typing import Protocol

from exchange.domain.posting import Adjustment, Posting


class LedgerStore(Protocol):
    """For balances and adjustments."""

    async def adjust(self, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
        """Books an adjustment, or answers with the one that its request id booked before."""

    async def balances(self) -> dict[str, int]:
        """What each account stands at, in micros."""

    async def balance(self, account: str) -> int:
        """What one account stands at, in micros."""
