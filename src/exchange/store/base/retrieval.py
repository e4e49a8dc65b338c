"""Leads as their owners read them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from exchange.domain.auction import LeadRecord
from exchange.domain.lead import LeadStatus


class LeadQuery(msgspec.Struct, frozen=True):
    """Which leads, in commit order after a place; what is empty does not narrow.

    Places are sequences of leads, or with a buyer those of its sales.
    """

    after: int = 0
    limit: int = 50
    source_id: str = ""
    buyer_id: str = ""
    """Only leads sold to this buyer; `after` then counts sales."""
    vertical: str = ""
    state: str = ""
    status: LeadStatus | None = None
    submitted_from_ms: int = 0
    submitted_until_ms: int = 0
    zip_prefix: str = ""
    campaign_id: str = ""
    """Only with its buyer: leads sold to this campaign."""
    acknowledged: bool | None = None
    """Only with a buyer: those that it has acknowledged, or the others."""
    offset: int = 0
    """Leaves out this many first."""


class LeadPage(msgspec.Struct, frozen=True):
    """Leads found, and the place to go on after; 0 at the end.

    A page may hold fewer than asked, even none, and still go on: one call looks at so many leads and no more.
    """

    records: list[LeadRecord]
    next_after: int
    next_offset: int = 0
    """How many of the query's offset are still to be left out."""


class SaleState(msgspec.Struct, frozen=True):
    """What became of a sale."""

    acknowledged_ms: int = 0
    """0 while its buyer has not."""
    returned: bool = False
    awaits_pickup: bool = False
    """Its delivery was given up and left for the buyer, who has not acknowledged it."""


class Claim(msgspec.Struct, frozen=True):
    """Leads for one reader of a buyer: not acknowledged, and under no other claim."""

    buyer_id: str
    limit: int
    now_ms: int
    until_ms: int
    """Then they may be claimed again."""
    vertical: str = ""
    campaign_id: str = ""


class RetrievalStore(Protocol):
    """For sources, buyers and operators."""

    async def lead(self, lead_id: str) -> LeadRecord | None:
        """One lead."""

    async def leads(self, query: LeadQuery) -> LeadPage:
        """Leads by query."""

    async def leads_by_id(self, lead_ids: Sequence[str]) -> dict[str, LeadRecord]:
        """Leads by id; those that do not exist are left out."""

    async def place(self, lead_id: str, source_id: str, buyer_id: str) -> int | None:
        """Where a lead stands in the list of a source, a buyer, or with neither of all; None when it does not."""

    async def arrivals(self, source_id: str, buyer_id: str, limit: int) -> list[int]:
        """When the newest of such a list came, Unix ms, newest first."""

    async def sale_states(self, lead_ids: Sequence[str]) -> dict[str, SaleState]:
        """What became of the sales of leads, by sale."""

    async def acknowledge(self, buyer_id: str, lead_ids: Sequence[str], now_ms: int) -> tuple[int, list[str]]:
        """Marks leads as taken by their buyer. Answers how many were not yet, and those that it did not buy."""

    async def claim(self, claim: Claim) -> list[str]:
        """Claims leads, oldest first, each for one claim at a time. Answers with their ids."""
