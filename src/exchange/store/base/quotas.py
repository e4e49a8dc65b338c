"""What purchases count against, for engines that several cores share.

Where one core has the store alone, its memory counts (`exchange.market.caps`) and an engine need not look at any of
this. Shared engines count in the transaction that makes a purchase, or its post, durable.
"""

from collections.abc import Sequence

import msgspec

from exchange.domain.errors import StoreError
from exchange.domain.quota import CREDIT, Purchase, Quota, Usage

__all__ = ["CREDIT", "OverQuota", "Purchase", "Quota", "Unseen", "Usage"]


class Unseen(msgspec.Struct, frozen=True):
    """A consumer of whom no other lead of the vertical may have come since a moment."""

    keys: tuple[str, ...]
    """Keyed hashes, as in `Settlement.consumer_keys`."""
    since_ms: int


class OverQuota(StoreError):
    """Purchases would go over a limit; nothing of the write was kept."""

    def __init__(self, campaign_ids: Sequence[str], used: Sequence[Usage]) -> None:
        """Those of these campaigns; `used` is how all that they count against stands."""
        super().__init__(f"no room left for {', '.join(campaign_ids)}")
        self.campaign_ids = tuple(campaign_ids)
        self.used = tuple(used)
