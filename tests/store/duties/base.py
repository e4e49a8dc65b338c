"""What the suites of duties share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

import msgspec
import pytest

from exchange.domain.auction import LeadRecord
from exchange.domain.event import Event
from exchange.store.base import EventQuery, Store
from tests.store.engines import store_at
from tests.support.exchange import broken


def decided(record: LeadRecord | None) -> LeadRecord:
    """A record as it was written: without the place that the store gave it."""
    assert record is not None
    return msgspec.structs.replace(record, sequence=0)


async def reopened(store: Store, url: str) -> Store:
    """The same store as the next core finds it."""
    await store.close()
    again = store_at(url)
    await again.open()
    return again


async def outcomes(*writes: Awaitable[object]) -> list[BaseException | None]:
    """What came of writes made at once: None of those that were kept."""
    results = await asyncio.gather(*writes, return_exceptions=True)
    return [one if isinstance(one, BaseException) else None for one in results]


async def all_events(store: Store) -> list[Event]:
    return await store.events(EventQuery(limit=100_000))


class Duties:
    """A store of the engine at a URL, which a subclass gives; what a test leaves in it must pass `verify`."""

    @pytest.fixture
    def url(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    async def store(self, url: str) -> AsyncIterator[Store]:
        store = store_at(url)
        await store.open()
        yield store
        await store.close()
        assert broken(url) == {}
