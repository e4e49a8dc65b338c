"""The whole catalogue at once, for CatalogService: out as a stream of items, and in as one."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from exchange.access.authority import Action
from exchange.access.signing import new_secret
from exchange.catalog.book import Item
from exchange.catalog.importing import ORDER, items_of
from exchange.domain import limits
from exchange.domain import mapping as domain_mapping
from exchange.domain.campaign import Campaign
from exchange.domain.endpoint import Endpoint
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.party import Buyer, Source
from exchange.domain.plan import RatePlan
from exchange.domain.policy import Policy
from exchange.domain.principal import Principal
from exchange.rpc.calls import Context, detached, frame_bound, stream, unary
from exchange.rpc.convert import campaigns, parties
from exchange.rpc.convert.endpoints import endpoint, endpoint_message
from exchange.rpc.convert.mappings import mapping, mapping_message
from exchange.rpc.convert.plans import plan, plan_message
from exchange.rpc.convert.policies import policy, policy_message
from exchange.rpc.items import Items
from leadexchange.v1 import catalog_service_pb2 as pb

_FIELDS: Final[Mapping[type[Item], str]] = {
    Source: "source",
    Buyer: "buyer",
    Campaign: "campaign",
    Endpoint: "endpoint",
    domain_mapping.Mapping: "mapping",
    Policy: "policy",
    RatePlan: "rate_plan",
}
_OUT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "source": parties.source_message,
    "buyer": parties.buyer_message,
    "campaign": campaigns.campaign_message,
    "endpoint": endpoint_message,
    "mapping": mapping_message,
    "policy": policy_message,
    "rate_plan": plan_message,
}
_IN: Final[Mapping[str, Callable[[Any], Item]]] = {
    "source": parties.source,
    "buyer": parties.buyer,
    "campaign": campaigns.campaign,
    "endpoint": endpoint,
    "mapping": mapping,
    "policy": policy,
    "rate_plan": plan,
}


class CatalogFiles(Items):
    """Exports and imports."""

    @stream(Action.MANAGE_CATALOG)
    async def ExportCatalog(
        self, request: pb.ExportCatalogRequest, caller: Principal, context: Context
    ) -> AsyncIterator[pb.ExportCatalogResponse]:
        """Every item, what others name first, without secrets."""
        frame, size = pb.ExportCatalogResponse(), 0
        for message in self._messages():
            bytes_ = message.ByteSize()
            if frame.items and (len(frame.items) == limits.MAX_FRAME_ITEMS or size + bytes_ > limits.FRAME_BYTES):
                yield frame
                frame, size = pb.ExportCatalogResponse(), 0
            frame.items.append(message)
            size += bytes_
        if frame.items:
            yield frame

    def _messages(self) -> Iterator[pb.CatalogItem]:
        for kind in ORDER:
            items, field = items_of(self._catalog.book, kind), _FIELDS[kind]
            for item_id in sorted(items):
                yield pb.CatalogItem(**{field: _OUT[field](items[item_id])})

    @unary(Action.MANAGE_CATALOG)
    async def ImportCatalog(
        self, requests: AsyncIterable[pb.ImportCatalogRequest], caller: Principal, context: Context
    ) -> pb.ImportCatalogResponse:
        """Brings the catalogue to what is given, all of it or nothing."""
        items: list[Item] = []
        validate_only, first = False, True
        async for frame in requests:
            validate_only, first = (frame.validate_only if first else validate_only), False
            frame_bound(len(frame.items), limits.MAX_FRAME_ITEMS, "items")
            if len(items) + len(frame.items) > limits.MAX_IMPORTED:
                raise invalid([Violation("items", f"at most {limits.MAX_IMPORTED} in all", "more")])
            items += [self._item(message, len(items) + place) for place, message in enumerate(frame.items)]
        brought = await detached(self._catalog.bring(items, validate_only=validate_only))
        return pb.ImportCatalogResponse(
            created=len(brought.created), changed=len(brought.changed), unchanged=brought.unchanged
        )

    def _item(self, message: pb.CatalogItem, place: int) -> Item:
        """An item as sent; an endpoint with a fresh secret, which it keeps if it is new. Raises Refused."""
        at, field = f"items[{place}]", message.WhichOneof("item")
        if field is None:
            raise invalid([Violation(at, f"one of {', '.join(_IN)}", "nothing")])
        try:
            item = _IN[field](getattr(message, field))
        except Refused as refused:
            found = [msgspec.structs.replace(one, field=f"{at}.{one.field}") for one in refused.violations]
            raise invalid(found) from None
        if isinstance(item, Endpoint):
            item = msgspec.structs.replace(item, secret=new_secret(item.signature_scheme, self.clock.entropy))
        return item
