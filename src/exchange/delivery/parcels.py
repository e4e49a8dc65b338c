"""What a leased delivery holds: where it goes and its body, made at the moment it is leased."""

from collections.abc import Mapping, Sequence

import msgspec

from exchange.access.sealing import Sealer
from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.domain.auction import LeadRecord, Sale
from exchange.domain.endpoint import Endpoint, PayloadKind
from exchange.domain.event import ENDPOINT_TEST, LEAD_SOLD, LEADS_AVAILABLE, Event
from exchange.events import bodies, samples
from exchange.store.base import LeasedDelivery, Store

_MAILTO = "mailto:"


class Parcel(msgspec.Struct, frozen=True):
    """A delivery ready to be sent."""

    leased: LeasedDelivery
    endpoint: Endpoint
    url: str
    body: bytes
    content_type: str
    mapping_id: str = ""
    """Makes the body from what `body` holds."""
    event_type: str = ""
    """As the endpoint sees it."""


class Parcels:
    """Opens the person of a sold lead for its buyer, and for nobody else."""

    def __init__(self, book: Book, store: Store, sealer: Sealer, clock: Clock) -> None:
        self._book = book
        self._store = store
        self._sealer = sealer
        self._clock = clock

    async def pack(self, leased: Sequence[LeasedDelivery]) -> list[Parcel]:
        """Parcels in their order."""
        sold = {one.event.lead_id for one in leased if one.event.type == LEAD_SOLD}
        records = await self._store.leads_by_id(list(sold)) if sold else {}
        return [self._parcel(one, records) for one in leased]

    def _parcel(self, leased: LeasedDelivery, records: Mapping[str, LeadRecord]) -> Parcel:
        event = leased.event
        endpoint = self._book.endpoints[leased.delivery.endpoint_id]
        if event.type == ENDPOINT_TEST:
            return self._sample(leased, endpoint)
        url = f"{_MAILTO}{endpoint.fallback_email}" if leased.delivery.fallback else endpoint.url
        whole = event.type == LEAD_SOLD and not self._wants_notice(endpoint)
        lead = _bought(records.get(event.lead_id), event, endpoint.owner_id) if whole else None
        if lead is None:
            shown = bodies.thin(event) if event.type == LEAD_SOLD and self._wants_notice(endpoint) else event
            return self._enveloped(leased, endpoint, url, shown)
        record, sale = lead
        person = self._sealer.open(record.id, record.sealed, record.wrapped_key)
        if endpoint.mapping_id and not url.startswith(_MAILTO):
            values = bodies.mapping_values(event, record, sale, person, endpoint.settings)
            return Parcel(leased, endpoint, url, values, bodies.JSON, endpoint.mapping_id, event.type)
        return self._enveloped(leased, endpoint, url, event, bodies.lead_body(record, person))

    @staticmethod
    def _wants_notice(endpoint: Endpoint) -> bool:
        types = endpoint.event_types
        return endpoint.payload is PayloadKind.THIN or not (LEAD_SOLD in types or "*" in types)

    @staticmethod
    def _enveloped(
        leased: LeasedDelivery, endpoint: Endpoint, url: str, event: Event, lead: dict[str, object] | None = None
    ) -> Parcel:
        body = bodies.envelope(event, endpoint.envelope, lead)
        return Parcel(leased, endpoint, url, body, bodies.media_type(endpoint.envelope), event_type=event.type)

    def _sample(self, leased: LeasedDelivery, endpoint: Endpoint) -> Parcel:
        """A made-up event under the sample's own id, whole as a real one would be."""
        sample_of = str(leased.event.data["sample_of"])
        notice = sample_of == LEADS_AVAILABLE or (sample_of == LEAD_SOLD and self._wants_notice(endpoint))
        event, record, person = samples.made_up(LEAD_SOLD if notice else sample_of, leased.event)
        if notice:
            return self._enveloped(leased, endpoint, endpoint.url, bodies.thin(event))
        if sample_of != LEAD_SOLD:
            return self._enveloped(leased, endpoint, endpoint.url, event)
        if endpoint.mapping_id:
            values = bodies.mapping_values(event, record, record.outcome.sales[0], person, endpoint.settings)
            return Parcel(leased, endpoint, endpoint.url, values, bodies.JSON, endpoint.mapping_id, event.type)
        return self._enveloped(leased, endpoint, endpoint.url, event, bodies.lead_body(record, person))


def _bought(record: LeadRecord | None, event: Event, owner_id: str) -> tuple[LeadRecord, Sale] | None:
    """The lead and the sale, where the endpoint's owner is its buyer and the person is still known."""
    if record is None or not record.sealed:
        return None
    for sale in record.outcome.sales:
        if sale.buyer_id == owner_id and sale.campaign_id == event.campaign_id:
            return record, sale
    return None
