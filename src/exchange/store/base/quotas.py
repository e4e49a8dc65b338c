"""What purchases count against, for engines that several cores share.

Where one core has the store alone, its memory counts (`exchange.market.caps`) and an engine need not look at any of
this. Shared engines count in the transaction that makes a purchase, or its post, durable.
"""

from collections.abc import Sequence

import msgspec

from exchange.domain.errors import StoreError

CREDIT = 0
"""The period of a buyer's credit, which has no window."""


class Quota(msgspec.Struct, frozen=True):
    """One limit: a cap of a campaign or of a buyer in one window, or what a buyer may owe."""

    owner_id: str
    """A campaign's id, or a buyer's."""
    period: int
    """`CapPeriod`, or CREDIT."""
    from_ms: int = 0
    """When the window began, Unix ms; with the owner and the period it names the window."""
    until_ms: int = 0
    """When it ends: leads that were submitted before count."""
    max_leads: int | None = None
    max_micros: int | None = None
    """None does not limit."""


class Purchase(msgspec.Struct, frozen=True):
    """A sale, or a post that may become one."""

    campaign_id: str
    price_micros: int
    quotas: tuple[Quota, ...]


class Unseen(msgspec.Struct, frozen=True):
    """A consumer of whom no other lead of the vertical may have come since a moment."""

    keys: tuple[str, ...]
    """Keyed hashes, as in `Settlement.consumer_keys`."""
    since_ms: int


class Usage(msgspec.Struct, frozen=True):
    """What is used of a window or a credit, what is held for posts under way included."""

    owner_id: str
    period: int
    from_ms: int
    leads: int
    micros: int


class OverQuota(StoreError):
    """Purchases would go over a limit; nothing of the write was kept."""

    def __init__(self, campaign_ids: Sequence[str], used: Sequence[Usage]) -> None:
        """Those of these campaigns; `used` is how all that they count against stands."""
        super().__init__(f"no room left for {', '.join(campaign_ids)}")
        self.campaign_ids = tuple(campaign_ids)
        self.used = tuple(used)
