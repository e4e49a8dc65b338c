"""Changes to the catalogue: judged, kept, then seen by auctions."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

import msgspec

from exchange.catalog import judging
from exchange.catalog.book import Book, Item
from exchange.catalog.importing import Brought, bring, items_of
from exchange.domain import mapping
from exchange.domain.campaign import Campaign
from exchange.domain.endpoint import Endpoint
from exchange.domain.errors import Refused, invalid
from exchange.domain.party import Buyer, Source
from exchange.domain.plan import RatePlan
from exchange.domain.policy import Policy
from exchange.domain.reasons import Reason
from exchange.store.base import Conflict, Store

I = TypeVar("I", Source, Buyer, Campaign, Endpoint, mapping.Mapping, Policy, RatePlan)  # noqa: E741
Space = tuple[type[Item], ...]
"""The kinds of items among which an id is used once."""
_PARTIES: Final[Space] = (Source, Buyer)
"""Events and accounts name their owner by its id alone."""
_PUT_AT_ONCE: Final = 64  # items of an import, before auctions have their turn


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
        self._changing: set[tuple[Space, str]] = set()

    async def create(self, item: I) -> I:
        """Keeps a new item. Raises Refused: INVALID_FIELD, ALREADY_EXISTS."""
        return await self._keep(self.judge_new(item))

    def judge_new(self, item: I) -> I:
        """A new item as it would be kept. Raises Refused as `create` does."""
        for kind in _space(item):
            if item.id in items_of(self.book, kind):
                raise Refused(Reason.ALREADY_EXISTS, f"{kind.__name__.lower()} {item.id} exists already")
        return self._judged(msgspec.structs.replace(item, revision=1))

    async def update(self, item: I, read_revision: int) -> I:
        """Keeps a changed item. Raises Refused: NOT_FOUND, STALE_REVISION, INVALID_FIELD.

        `read_revision` is the revision that the change was made on; 0 does not ask.
        """
        return await self._keep(self.judge_changed(item, read_revision))

    def judge_changed(self, item: I, read_revision: int) -> I:
        """A changed item as it would be kept. Raises Refused as `update` does."""
        current = self.get(type(item), item.id)
        if read_revision and read_revision != current.revision:
            raise Refused(
                Reason.STALE_REVISION, f"revision is {current.revision}, the change was made on {read_revision}"
            )
        violations = judging.fixed(current, item)
        if violations:
            raise invalid(violations)
        return self._judged(msgspec.structs.replace(item, revision=current.revision + 1))

    def get(self, kind: type[I], item_id: str) -> I:
        """An item. Raises Refused (NOT_FOUND)."""
        items: Mapping[str, I] = items_of(self.book, kind)
        if item_id not in items:
            raise Refused(Reason.NOT_FOUND, f"There is no {kind.__name__.lower()} of that id.")
        return items[item_id]

    def page(self, kind: type[I], after: str, limit: int, wanted: Callable[[I], bool]) -> list[I]:
        """Items by id, after an id."""
        items: Mapping[str, I] = items_of(self.book, kind)
        found: list[I] = []
        for item_id in sorted(items):
            if item_id > after and wanted(items[item_id]):
                found.append(items[item_id])
                if len(found) == limit:
                    break
        return found

    async def at(self, kind: type[I], item_id: str, revision: int) -> I:
        """An item as it stood at a revision, its secrets sealed. Raises Refused (NOT_FOUND)."""
        found = await self._store.item_at(kind, item_id, revision)
        if found is None:
            raise Refused(Reason.NOT_FOUND, f"There is no {kind.__name__.lower()} of that id and revision.")
        return found

    async def bring(self, items: Sequence[Item], *, validate_only: bool = False) -> Brought:
        """Brings the catalogue to these items, all or none. Raises Refused: INVALID_FIELD, STALE_REVISION."""
        now_ms = self._now_ms()
        with self._changing_alone(items):
            # In a thread, since auctions go on meanwhile: nothing that an import looks at is ever taken away.
            brought = await asyncio.to_thread(bring, self.book, items, now_ms, development=self._development)
            kept = [*brought.created, *brought.changed]
            if kept and not validate_only:
                protected = await asyncio.to_thread(lambda: [self._protect(item) for item in kept])
                await self._save(protected, now_ms)
                for place, item in enumerate(kept):
                    self.book.put(item)
                    if place % _PUT_AT_ONCE == 0:
                        await asyncio.sleep(0)
        return brought

    def _judged(self, item: I) -> I:
        found = judging.violations(item, judging.View.of(self.book), development=self._development)
        if found:
            raise invalid(found)
        return item

    async def _keep(self, item: I) -> I:
        if isinstance(item, Campaign | Buyer):
            item = msgspec.structs.replace(item, changed_ms=self._now_ms())
        with self._changing_alone([item]):
            await self._save([self._protect(item)], self._now_ms())
            self.book.put(item)
        return item

    async def _save(self, protected: Sequence[Item], at_ms: int) -> None:
        """Keeps items. Raises Refused (STALE_REVISION) when another core has changed one meanwhile."""
        try:
            await self._store.save_items(protected, at_ms)
        except Conflict as error:
            raise Refused(Reason.STALE_REVISION, "it was changed meanwhile; read it again") from error

    @contextmanager
    def _changing_alone(self, items: Iterable[Item]) -> Iterator[None]:
        """Holds other changes of these items off. Raises Refused (STALE_REVISION) when there is one."""
        names = {(_space(item), item.id) for item in items}
        if names & self._changing:
            raise Refused(Reason.STALE_REVISION, "another change of it is being made; read it again")
        self._changing |= names
        try:
            yield
        finally:
            self._changing -= names


def _space(item: Item) -> Space:
    return _PARTIES if isinstance(item, _PARTIES) else (type(item),)
