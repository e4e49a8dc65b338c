"""Which endpoints hear of which events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from exchange.domain.event import Delivery, Event
from exchange.domain.party import Endpoint


def route(
    events: Iterable[Event], endpoints_by_owner: Mapping[str, Sequence[Endpoint]], ids: Iterator[str]
) -> tuple[Delivery, ...]:
    """A delivery, due at once, for each endpoint of an event's owner that wants its type; `ids`: fresh `dlv_` ids."""
    return tuple(
        Delivery(next(ids), event.id, endpoint.id, event.occurred_ms)
        for event in events
        for endpoint in endpoints_by_owner.get(event.owner_id, ())
        if endpoint.wants(event.type)
    )
