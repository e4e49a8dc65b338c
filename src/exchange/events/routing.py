"""Which endpoints hear of which events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from exchange.domain.endpoint import Endpoint
from exchange.domain.event import LEAD_SOLD, LEADS_AVAILABLE, Delivery, Event
from exchange.domain.party import EXCHANGE, PartyState


def route(
    events: Iterable[Event], endpoints_by_owner: Mapping[str, Sequence[Endpoint]], ids: Iterator[str]
) -> tuple[Delivery, ...]:
    """A delivery, due at once, for each endpoint that hears of an event; `ids`: fresh `dlv_` ids.

    An event's owner hears of it; so does the operator, whose endpoints are never given contact data.
    """
    own = endpoints_by_owner.get(EXCHANGE, ())
    return tuple(
        deliver(event, endpoint, next(ids))
        for event in events
        for endpoint in (*endpoints_by_owner.get(event.owner_id, ()), *(own if event.owner_id != EXCHANGE else ()))
        if wants(endpoint, event)
    )


def deliver(event: Event, endpoint: Endpoint, delivery_id: str) -> Delivery:
    """An event on its way to an endpoint, due at once."""
    return Delivery(delivery_id, event.id, endpoint.id, event.occurred_ms, lead_id=event.lead_id)


def wants(endpoint: Endpoint, event: Event) -> bool:
    """Whether an endpoint subscribes to an event. None hears of its own failures: it could not."""
    if endpoint.state != PartyState.ACTIVE or event.data.get("endpoint_id") == endpoint.id:
        return False
    types = endpoint.event_types
    if not ("*" in types or event.type in types or (event.type == LEAD_SOLD and LEADS_AVAILABLE in types)):
        return False
    return (
        _among(endpoint.verticals, event.vertical)
        and _among(endpoint.campaign_ids, event.campaign_id)
        and _among(endpoint.source_ids, event.source_id)
    )


def _among(wanted: Sequence[str], value: str) -> bool:
    return not wanted or value in wanted
