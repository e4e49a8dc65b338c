"""Changes to the catalogue: judged, kept, then seen by auctions."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from exchange.catalog import validate
from exchange.catalog.book import Book, Item
from exchange.domain.campaign import Campaign
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.party import Buyer, Endpoint, Source
from exchange.domain.policy import Policy
from exchange.domain.reasons import Reason
from exchange.store.base import Store

I = TypeVar("I", Source, Buyer, Campaign, Endpoint, Policy)  # noqa: E741


class Catalog:
    """Creates and updates items. One change of an item at a time."""

    def __init__(
        self,
        book: Book,
        store: Store,
        *,
        protect: Callable[[Item], Item],
        now_ms: Callable[[], int],
        development: bool,
    ) -> None:
        """`protect` seals an item's secrets for the store; `development` allows plain HTTP towards buyers."""
        self.book = book
        self._store = store
        self._protect = protect
        self._development = development
        self._now_ms = now_ms
        self._changing: set[str] = set()
        self._items: dict[type[Item], Any] = {
            Source: book.sources,
            Buyer: book.buyers,
            Campaign: book.campaigns,
            Endpoint: book.endpoints,
            Policy: book.policies,
        }

    async def create(self, item: I) -> I:
        """Keeps a new item. Raises Refused: INVALID_FIELD, ALREADY_EXISTS."""
        # Sources and buyers share one space of ids: events and accounts name their owner by it alone.
        kinds: tuple[type[Item], ...] = (Source, Buyer) if isinstance(item, Source | Buyer) else (type(item),)
        for kind in kinds:
            if item.id in self._items[kind]:
                raise Refused(Reason.ALREADY_EXISTS, f"{kind.__name__.lower()} {item.id} exists already")
        return await self._keep(msgspec.structs.replace(item, revision=1))

    async def update(self, item: I, read_revision: int) -> I:
        """Keeps a changed item. Raises Refused: NOT_FOUND, STALE_REVISION, INVALID_FIELD.

        `read_revision` is the revision that the change was made on; 0 does not ask.
        """
        current = self.get(type(item), item.id)
        if read_revision and read_revision != current.revision:
            raise Refused(
                Reason.STALE_REVISION, f"revision is {current.revision}, the change was made on {read_revision}"
            )
        violations = _fixed(current, item)
        if violations:
            raise invalid(violations)
        return await self._keep(msgspec.structs.replace(item, revision=current.revision + 1))

    def get(self, kind: type[I], item_id: str) -> I:
        """An item. Raises Refused (NOT_FOUND)."""
        items: dict[str, I] = self._items[kind]
        if item_id not in items:
            raise Refused(Reason.NOT_FOUND, f"There is no {kind.__name__.lower()} of that id.")
        return items[item_id]

    def page(self, kind: type[I], after: str, limit: int, wanted: Callable[[I], bool]) -> list[I]:
        """Items by id, after an id."""
        items: dict[str, I] = self._items[kind]
        found: list[I] = []
        for item_id in sorted(items):
            if item_id > after and wanted(items[item_id]):
                found.append(items[item_id])
                if len(found) == limit:
                    break
        return found

    async def _keep(self, item: I) -> I:
        violations = self._violations(item)
        if violations:
            raise invalid(violations)
        if item.id in self._changing:
            raise Refused(Reason.STALE_REVISION, "another change of it is being made; read it again")
        if isinstance(item, Campaign | Buyer):
            item = msgspec.structs.replace(item, changed_ms=self._now_ms())
        self._changing.add(item.id)
        try:
            await self._store.save_item(self._protect(item))
            self.book.put(item)
        finally:
            self._changing.discard(item.id)
        return item

    def _violations(self, item: Item) -> list[Violation]:
        match item:
            case Source():
                return validate.source(item)
            case Buyer():
                return validate.buyer(item)
            case Campaign():
                return validate.campaign(item, self.book.buyers, development=self._development)
            case Policy():
                return validate.policy(item)
            case Endpoint():
                owners = (self.book.buyers, self.book.sources)
                return validate.endpoint(item, owners, development=self._development)


_FIXED: Final = {Campaign: ("buyer_id", "test"), Buyer: ("time_zone",)}
"""What an item keeps for good: what was bought is counted by it."""


def _fixed(current: Item, changed: Item) -> list[Violation]:
    """Changes of what may not change."""
    kind = type(current)
    return [
        Violation(f"{kind.__name__.lower()}.{name}", f"{before}, as it was created", validate.shorten(after))
        for name in _FIXED.get(kind, ())
        if (before := getattr(current, name)) != (after := getattr(changed, name))
    ]
