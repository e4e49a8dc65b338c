"""What the core loads when it starts, and how it keeps what changes."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from exchange.domain.auction import LeadRecord
from exchange.domain.campaign import Campaign
from exchange.domain.party import Buyer, Endpoint, Source
from exchange.domain.policy import Policy
from exchange.domain.principal import ApiKey

CatalogItem = Source | Buyer | Campaign | Endpoint | Policy


class Snapshot(msgspec.Struct, frozen=True):
    """What a core loads when it starts."""

    catalog: list[CatalogItem]
    keys: list[ApiKey]
    pending: list[LeadRecord]
    """Leads whose auction was under way."""
    settings: dict[str, bytes]
    """What the core keeps for itself."""


class CatalogStore(Protocol):
    """For the catalogue, keys, settings and suppression lists."""

    async def save_item(self, item: CatalogItem) -> None:
        """Keeps a source, buyer, campaign or endpoint as it now stands."""

    async def save_key(self, key: ApiKey) -> None:
        """Keeps a key as it now stands."""

    async def save_setting(self, name: str, value: bytes) -> None:
        """Keeps something for the core itself."""

    async def suppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """Puts consumers on a list; answers how many keys were not on it."""

    async def unsuppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """Takes consumers off a list; answers how many keys were on it."""
