"""Mappings as catalogue items: judged, compiled and tried. Pure; the language is `leadexchange.mapping`'s."""

from collections.abc import Collection
from collections.abc import Mapping as ById
from functools import cache, lru_cache
from typing import Any, Final

import msgspec

from exchange.catalog.validate import Findings, check_id, check_name
from exchange.domain.auction import LeadRecord, Sale
from exchange.domain.campaign import Campaign, HttpBidding, HttpPosting
from exchange.domain.errors import Violation, invalid
from exchange.domain.ids import auction_of
from exchange.domain.lead import Person
from exchange.domain.mapping import PRESET, Mapping
from exchange.domain.party import EXCHANGE
from exchange.events import samples
from exchange.events.bodies import mapping_values
from exchange.events.compose import CURRENCY, compose, decimal
from leadexchange import mapping as language
from leadexchange.mapping.presets import presets as shipped

DOCUMENT: Final = "mapping.document"
Answer = language.Answer
_COMPILED: Final = 1_024


def mapping(item: Mapping, owner_ids: Collection[str]) -> list[Violation]:
    """What is wrong with a mapping; `owner_ids`: buyers and sources."""
    found = Findings()
    check_id(found, item.id, "mapping.id", "map")
    check_name(found, item.display_name, "mapping.display_name")
    known = item.owner_id == EXCHANGE or item.owner_id in owner_ids
    found.check(known, "mapping.owner_id", "the id of a buyer or source, or 'exchange'", item.owner_id)
    return [*found, *faults(item.document)]


def faults(document: ById[str, Any], field: str = DOCUMENT) -> list[Violation]:
    """What is wrong with a document, each fault under its JSON pointer."""
    try:
        language.load(document)
    except language.MappingError as error:
        return [Violation(f"{field}{one.pointer}", one.expected, one.got) for one in error.violations]
    return []


@lru_cache(maxsize=_COMPILED)
def _compiled(document: bytes) -> language.Mapping:
    return language.load(document)


def compiled(document: ById[str, Any]) -> language.Mapping:
    """A document that was judged, compiled."""
    return _compiled(msgspec.json.encode(document))


@cache
def presets() -> ById[str, Mapping]:
    """The mappings that come with the exchange, by id."""
    return {one.id: Mapping(one.id, EXCHANGE, one.display_name, dict(one.document)) for one in shipped().values()}


def named(kept: ById[str, Mapping], mapping_id: str) -> Mapping | None:
    """A kept mapping or preset by its id."""
    return presets().get(mapping_id) if mapping_id.startswith(PRESET) else kept.get(mapping_id)


def named_by(campaign: Campaign) -> tuple[str, ...]:
    """The ids of the mappings that a campaign's calls name."""
    calls = [part.call for part in (campaign.bidding, campaign.posting) if isinstance(part, HttpBidding | HttpPosting)]
    return tuple(dict.fromkeys(call.mapping_id for call in calls if call.mapping_id))


def sample_values(vertical: str, owner_id: str, at_ms: int) -> dict[str, Any]:
    """What a mapping makes a made-up lead's request from."""
    record, person = samples.lead(vertical, owner_id, at_ms)
    return values(record, person, record.outcome.sales[0])


def values(record: LeadRecord, person: Person, sale: Sale) -> dict[str, Any]:
    """What a mapping makes a lead's request from, as posted to a buyer and as delivered to it."""
    event = compose(record, iter(["evt_sample"] * (1 + len(record.outcome.sales))))[0]
    found: dict[str, Any] = msgspec.json.decode(mapping_values(event, record, sale, person))
    auction = {"auction_id": auction_of(record.id), "deadline_ms": record.submitted_ms + 1_000, "window_ms": 1_000}
    price = {"price": decimal(sale.price_micros), "currency": CURRENCY}
    found["ping"] = auction
    found["post"] = {"id": "post_sample", **auction, **price, "bid_reference": sale.reference}
    found["campaign"] = {**found.get("campaign", {}), "id": sale.campaign_id, "buyer_id": sale.buyer_id}
    return found


def preview(document: ById[str, Any], given: ById[str, Any], field: str) -> language.Preview:
    """The request that values give. Raises Refused for what cannot be built, each under its JSON pointer."""
    try:
        return compiled(document).preview(given)
    except language.BuildError as error:
        raise invalid([Violation(f"{field}{one.pointer}", one.expected, one.got) for one in error.violations]) from None


def read(document: ById[str, Any], status: int, content_type: str, body: str) -> language.Answer:
    """How an answer is read."""
    return compiled(document).read(status, content_type, body.encode())
