"""What purchases count against."""

from typing import Final

import msgspec

CREDIT: Final = 0
"""The period of a buyer's credit, which has no window."""


class Quota(msgspec.Struct, frozen=True):
    """One limit: a cap of a campaign or of a buyer in one window, or what a buyer may owe."""

    owner: str
    """`campaign:<id>` or `buyer:<id>` (as the buyer's account is named): the two share no space of ids."""
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


class Usage(msgspec.Struct, frozen=True):
    """What is used of a window or a credit, what is held for posts under way included."""

    owner: str
    period: int
    from_ms: int
    leads: int
    micros: int
    held_leads: int = 0
    """How many of them are held, as no sale yet."""
    held_micros: int = 0
