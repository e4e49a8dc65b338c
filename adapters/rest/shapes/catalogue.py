"""The whole catalogue as one document."""

from msgspec import Struct

from adapters.rest.shapes.campaign import Campaign
from adapters.rest.shapes.endpoint import Endpoint
from adapters.rest.shapes.mapping import Mapping
from adapters.rest.shapes.party import Buyer, Source
from adapters.rest.shapes.policy import AuctionPolicy, RatePlan


class CatalogueItem(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One thing of the catalogue: exactly one of these."""

    source: Source | None = None
    """A source."""
    buyer: Buyer | None = None
    """A buyer."""
    campaign: Campaign | None = None
    """Without the headers and passwords of HTTP calls."""
    endpoint: Endpoint | None = None
    """Without its secrets."""
    mapping: Mapping | None = None
    """A mapping."""
    policy: AuctionPolicy | None = None
    """A vertical's policy."""
    rate_plan: RatePlan | None = None
    """A rate plan."""


class Catalogue(Struct, forbid_unknown_fields=True):
    """All of it; what others depend on comes first."""

    items: list[CatalogueItem]
    """At most 100,000."""


class Imported(Struct):
    """What was done, or would be."""

    created: int
    """Created."""
    changed: int
    """Changed."""
    unchanged: int
    """As they were."""
