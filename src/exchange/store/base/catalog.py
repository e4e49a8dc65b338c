"""What the core loads when it starts, and how it keeps what changes."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from exchange.domain.auction import LeadRecord
from exchange.domain.campaign import Campaign
from exchange.domain.endpoint import Endpoint, EndpointHealth
from exchange.domain.mapping import Mapping
from exchange.domain.party import Buyer, Source
from exchange.domain.plan import RatePlan
from exchange.domain.policy import Policy
from exchange.domain.principal import ApiKey

CatalogItem = Source | Buyer | Campaign | Endpoint | Mapping | Policy | RatePlan
I = TypeVar("I", Source, Buyer, Campaign, Endpoint, Mapping, Policy, RatePlan)  # noqa: E741


class Snapshot(msgspec.Struct, frozen=True):
    """What a core loads when it starts."""

    catalog: list[CatalogItem]
    keys: list[ApiKey]
    pending: list[LeadRecord]
    """Leads whose auction was under way; none from a store that cores share, which hands them out with `keep_place`."""
    settings: dict[str, bytes]
    """What the core keeps for itself."""
    healths: list[EndpointHealth]
    """Of endpoints that do not fare well."""


class CatalogStore(Protocol):
    """For the catalogue, keys, settings and suppression lists."""

    async def save_items(self, items: Sequence[CatalogItem], at_ms: int) -> None:
        """Keeps items as they now stand, all or none, and that they stood so from then on.

        Each has the revision after the one at which it stood, or is new and has the first. Raises Conflict where one
        has not: somebody else has changed it meanwhile. A shared store raises it as well where a new source would have
        the id of a buyer, or a new buyer that of a source.
        """

    async def item_at(self, kind: type[I], item_id: str, revision: int) -> I | None:
        """An item as it stood at a revision."""

    async def save_key(self, key: ApiKey) -> None:
        """Keeps a key as it now stands."""

    async def save_setting(self, name: str, value: bytes) -> bytes:
        """Keeps something for the core itself, once: answers with what stands, which others may have kept before."""

    async def suppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """Puts consumers on a list; answers how many keys were not on it."""

    async def unsuppress(self, owner_id: str, keys: Sequence[str]) -> int:
        """Takes consumers off a list; answers how many keys were on it."""
