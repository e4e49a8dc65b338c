"""Between domain values and rows."""

from typing import Any, Final

import msgspec

from exchange.domain.auction import LeadRecord, Offer, Outcome, Sale, Trace
from exchange.domain.campaign import Campaign
from exchange.domain.endpoint import Endpoint
from exchange.domain.event import Event
from exchange.domain.lead import LeadStatus, Profile
from exchange.domain.mapping import Mapping
from exchange.domain.party import Buyer, Source
from exchange.domain.plan import RatePlan
from exchange.domain.policy import Policy
from exchange.domain.posting import Adjustment, Posting
from exchange.domain.principal import ApiKey
from exchange.domain.reasons import Reason
from exchange.store.base import CatalogItem

Row = tuple[Any, ...]

encode: Final = msgspec.json.Encoder().encode
_profile: Final = msgspec.json.Decoder(Profile).decode
encode_trace: Final = msgspec.msgpack.Encoder().encode
"""The longest column by far: two thirds of what it is in JSON."""
_trace: Final = msgspec.msgpack.Decoder(Trace).decode
_trace_in_json: Final = msgspec.json.Decoder(Trace).decode
_offer: Final = msgspec.json.Decoder(Offer).decode
_data: Final = msgspec.json.Decoder(dict[str, str | int | bool]).decode
_adjustment: Final = msgspec.json.Decoder(Adjustment).decode
_key: Final = msgspec.json.Decoder(ApiKey).decode
_ITEMS: Final[dict[str, msgspec.json.Decoder[CatalogItem]]] = {
    "source": msgspec.json.Decoder(Source),
    "buyer": msgspec.json.Decoder(Buyer),
    "campaign": msgspec.json.Decoder(Campaign),
    "endpoint": msgspec.json.Decoder(Endpoint),
    "mapping": msgspec.json.Decoder(Mapping),
    "policy": msgspec.json.Decoder(Policy),
    "rateplan": msgspec.json.Decoder(RatePlan),
}


def text(values: object) -> str:
    """Values as JSON text, for json_each."""
    return encode(values).decode()


def lead_row(sequence: int, record: LeadRecord) -> Row:
    """The columns of `insert_lead`."""
    profile, outcome = record.profile, record.outcome
    return (
        sequence,
        record.id,
        profile.source_id,
        record.request_id or None,
        record.request_digest,
        profile.vertical,
        str(profile.attributes.get("state", "")),
        outcome.status,
        outcome.reason,
        record.submitted_ms,
        record.decided_ms,
        outcome.redirect_url,
        encode(profile),
        record.sealed,
        record.wrapped_key,
        encode_trace(record.trace),
    )


def trace(encoded: bytes) -> Trace:
    """A trace, also as it was kept before: in JSON, whose brace is no map in MessagePack."""
    return _trace_in_json(encoded) if encoded.startswith(b"{") else _trace(encoded)


def lead(row: Row, sales: tuple[Sale, ...] = ()) -> LeadRecord:
    """A lead from the columns of the `lead_…` queries."""
    return LeadRecord(
        sequence=row[0],
        id=row[1],
        request_id=row[2] or "",
        request_digest=row[3],
        outcome=Outcome(LeadStatus(row[4]), Reason(row[5]), sales, row[8]),
        submitted_ms=row[6],
        decided_ms=row[7],
        profile=_profile(row[9]),
        sealed=row[10],
        wrapped_key=row[11],
        trace=trace(row[12]),
    )


def sale_row(slot: int, sale: Sale) -> Row:
    """The columns of `insert_sale`."""
    return (
        sale.id,
        sale.lead_id,
        slot,
        sale.campaign_id,
        sale.buyer_id,
        sale.price_micros,
        sale.payout_micros,
        sale.sold_ms,
        sale.reference,
        sale.shared,
    )


def sale(row: Row) -> Sale:
    """A sale from the columns of `sales_by_leads`."""
    return Sale(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], bool(row[8]))


def posting_row(posting: Posting) -> Row:
    """The columns of `insert_posting`."""
    return (posting.transaction_id, posting.account, posting.amount_micros, posting.at_ms)


def adjustment(document: bytes) -> Adjustment:
    """An adjustment from its document."""
    return _adjustment(document)


def event_row(sequence: int, event: Event) -> Row:
    """The columns of `insert_event`."""
    return (
        sequence,
        event.id,
        event.type,
        event.owner_id,
        event.lead_id,
        event.campaign_id,
        event.occurred_ms,
        encode(event.data),
        event.vertical,
        event.source_id,
    )


def event(row: Row) -> Event:
    """An event from the columns of the `events_…` queries."""
    return Event(
        sequence=row[0],
        id=row[1],
        type=row[2],
        owner_id=row[3],
        lead_id=row[4],
        campaign_id=row[5],
        occurred_ms=row[6],
        data=_data(row[7]),
        vertical=row[8],
        source_id=row[9],
    )


def offer_row(offer: Offer) -> Row:
    """The columns of `insert_offer`."""
    return (offer.auction_id, offer.profile.source_id, offer.request_id or None, offer.made_ms, encode(offer))


def offer(document: bytes, *, used: bool = False) -> Offer:
    """An offer from its document."""
    return msgspec.structs.replace(_offer(document), used=used)


def item_row(item: CatalogItem) -> Row:
    """The columns of `save_item`."""
    return (kind_of(type(item)), item.id, encode(item))


def kind_of(kind: type[CatalogItem]) -> str:
    """A kind of item, as the store names it."""
    return kind.__name__.lower()


def item(kind: str, document: bytes) -> CatalogItem:
    """A catalogue item from its document."""
    return _ITEMS[kind].decode(document)


def key(document: bytes) -> ApiKey:
    """A key from its document."""
    return _key(document)
