"""What the services of catalogue items share."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.catalog.service import Catalog
from exchange.domain.campaign import Campaign
from exchange.domain.endpoint import Endpoint
from exchange.domain.mapping import Mapping
from exchange.domain.party import Buyer, Source
from exchange.domain.principal import Principal, Role
from exchange.rpc.calls import Service, page_size, page_token, position_of

I = TypeVar("I", Source, Buyer, Campaign, Endpoint, Mapping)  # noqa: E741


class Items(Service):
    """Mints ids and pages through items."""

    def __init__(self, keys: KeyRing, clock: Clock, catalog: Catalog) -> None:
        super().__init__(keys, clock)
        self._catalog = catalog

    def _new(self, item: I, prefix: str) -> I:
        item_id = item.id or self.clock.mint(prefix)
        return msgspec.structs.replace(item, id=item_id, created_ms=self.clock.now_ms())

    async def _create(self, item: I, *, validate_only: bool) -> I:
        """The item as kept, or only judged, as it would be."""
        return self._catalog.judge_new(item) if validate_only else await self._catalog.create(item)

    async def _update(self, item: I, read_revision: int, *, validate_only: bool) -> I:
        """The item as changed, or only judged, as it would be."""
        if validate_only:
            return self._catalog.judge_changed(item, read_revision)
        return await self._catalog.update(item, read_revision)

    def _page(self, kind: type[I], size: int, token: str, wanted: Callable[[I], bool]) -> tuple[list[I], str]:
        limit = page_size(size)
        items = self._catalog.page(kind, position_of(token), limit + 1, wanted)
        return items[:limit], page_token(items[limit - 1].id) if len(items) > limit else ""


def own(caller: Principal, owner_id: str) -> bool:
    """Whether a thing is the caller's to see: an operator sees all."""
    return caller.role == Role.OPERATOR or caller.party_id == owner_id
