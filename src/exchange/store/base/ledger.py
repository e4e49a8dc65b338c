"""Accounts."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from exchange.domain.posting import Adjustment, Posting, Statement


class StatementQuery(msgspec.Struct, frozen=True):
    """Which entries of an account, in the order of booking after a sequence."""

    account: str
    after: int = 0
    limit: int = 50
    booked_from_ms: int = 0
    booked_until_ms: int = 0
    """0 is open."""


class LedgerStore(Protocol):
    """For balances, statements and adjustments."""

    async def adjust(self, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
        """Books an adjustment, or answers with the one that its request id booked before."""

    async def balances(self) -> dict[str, int]:
        """What each account stands at, in micros."""

    async def balance(self, account: str) -> int:
        """What one account stands at, in micros."""

    async def statement(self, query: StatementQuery) -> Statement:
        """Entries by query; whatever is booked meanwhile, what was on a page stays as it was."""
