"""Leads as their owners read them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from exchange.domain.auction import LeadRecord
from exchange.domain.lead import LeadStatus


class LeadQuery(msgspec.Struct, frozen=True):
    """Which leads, in commit order after a sequence."""

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


class LeadPage(msgspec.Struct, frozen=True):
    """Leads found, and the sequence to go on after; 0 at the end."""

    records: list[LeadRecord]
    next_after: int


class RetrievalStore(Protocol):
    """For sources, buyers and operators."""

    async def lead(self, lead_id: str) -> LeadRecord | None:
        """One lead."""

    async def leads(self, query: LeadQuery) -> LeadPage:
        """Leads by query."""

    async def leads_by_id(self, lead_ids: Sequence[str]) -> dict[str, LeadRecord]:
        """Leads by id; those that do not exist are left out."""
