"""What is wrong with an item, as the rest of the catalogue stands. Pure."""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from exchange.catalog import endpoints, mappings, validate
from exchange.catalog.book import Book, Item
from exchange.domain import mapping
from exchange.domain.campaign import Campaign, HttpBidding, HttpPosting
from exchange.domain.endpoint import Endpoint
from exchange.domain.errors import Violation
from exchange.domain.party import EXCHANGE, Buyer, Source
from exchange.domain.plan import RatePlan
from exchange.domain.policy import Policy


class View(msgspec.Struct, frozen=True):
    """What items name, by id."""

    sources: Mapping[str, Source]
    buyers: Mapping[str, Buyer]
    mappings: Mapping[str, mapping.Mapping]

    @staticmethod
    def of(book: Book) -> "View":
        """The catalogue as it stands."""
        return View(book.sources, book.buyers, book.mappings)


def violations(item: Item, view: View, *, development: bool) -> list[Violation]:
    """What is wrong with an item; `development` allows plain HTTP towards buyers."""
    owner_ids: Mapping[str, Source | Buyer] = ChainMap(cast("Any", view.buyers), cast("Any", view.sources))
    match item:
        case Source():
            return validate.source(item)
        case Buyer():
            return validate.buyer(item)
        case Campaign():
            found = validate.campaign(item, view.buyers, development=development)
            for call, field in _calls(item):
                found += _named(call, item.buyer_id, view, f"{field}.call.mapping_id")
            return found
        case Policy():
            return validate.policy(item)
        case Endpoint():
            found = endpoints.endpoint(item, owner_ids, development=development)
            return found + _named(item.mapping_id, item.owner_id, view, "endpoint.mapping_id")
        case mapping.Mapping():
            return mappings.mapping(item, owner_ids)
        case RatePlan():
            return validate.plan(item, owner_ids)


def _calls(item: Campaign) -> list[tuple[str, str]]:
    """The mappings that a campaign names, and where."""
    found = []
    if isinstance(item.bidding, HttpBidding):
        found.append((item.bidding.call.mapping_id, "campaign.http_bidding"))
    if isinstance(item.posting, HttpPosting):
        found.append((item.posting.call.mapping_id, "campaign.http_posting"))
    return found


def _named(mapping_id: str, owner_id: str, view: View, field: str) -> list[Violation]:
    """What is wrong with naming a mapping: it must be there, and the owner's or everybody's."""
    found = mappings.named(view.mappings, mapping_id)
    if not mapping_id or (found is not None and found.owner_id in (owner_id, EXCHANGE)):
        return []
    expected = "a mapping of the same owner's or of the exchange's, or 'preset/…'"
    return [Violation(field, expected, validate.shorten(mapping_id))]


_FIXED: Final[dict[type[Item], tuple[str, ...]]] = {
    Campaign: ("buyer_id", "test"),
    Buyer: ("time_zone",),
    Endpoint: ("owner_id", "signature_scheme"),
    mapping.Mapping: ("owner_id",),
}
"""What an item keeps for good: what was bought is counted by it, or others rely on whose it is."""


def fixed(current: Item, changed: Item) -> list[Violation]:
    """Changes of what may not change."""
    kind = type(current)
    return [
        Violation(f"{kind.__name__.lower()}.{name}", f"{before}, as it was created", validate.shorten(after))
        for name in _FIXED.get(kind, ())
        if (before := getattr(current, name)) != (after := getattr(changed, name))
    ]
