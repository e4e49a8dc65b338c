"""What the cores that share one PostgreSQL hear of each other, at once or when they look."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import msgspec
import pytest

from exchange.domain.endpoint import BreakerState, EndpointHealth
from exchange.domain.event import Attempt, DeliveryState
from exchange.domain.party import Source
from exchange.domain.principal import ApiKey, Role
from exchange.domain.quota import Purchase, Quota, Usage
from exchange.store.base import CatalogItem, LeaseRequest, News, Reported, Verdict
from exchange.store.postgres import catalog
from exchange.store.postgres.engine import PostgresStore
from tests.store.values import BORN_MS, PRICE, pending, sale, settlement, sold
from tests.support.exchange import broken
from tests.support.waiting import eventually


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def cores(url: str) -> AsyncIterator[list[PostgresStore]]:
    """Two cores that share a store."""
    stores = [PostgresStore(url) for _ in range(2)]
    for store in stores:
        await store.open()
    yield stores
    for store in stores:
        await store.close()
    assert broken(url) == {}


def _items(heard: list[News]) -> list[CatalogItem]:
    return [item for news in heard for item in news.items]


async def test_each_core_hears_of_changes_of_the_catalogue_and_of_keys_its_own_included(
    cores: list[PostgresStore],
) -> None:
    heard: tuple[list[News], list[News]] = ([], [])
    for store, news in zip(cores, heard, strict=True):
        store.on_news(news.append)
    sources: list[CatalogItem] = [Source("src1", "One", revision=1), Source("src2", "Two", revision=1)]
    await cores[0].save_items(sources, 1)
    await cores[1].save_key(key := ApiKey("key_1", Role.OPERATOR, b"h" * 32))
    for news in heard:
        await eventually(lambda: any(one.keys for one in news))  # noqa: B023 - awaited here
        assert _items(news) == sources
        assert [one for told in news for one in told.keys] == [key]


async def test_what_is_kept_before_anybody_listens_is_heard_by_the_first_who_does(cores: list[PostgresStore]) -> None:
    source = Source("src1", "One", revision=1)
    await cores[0].save_items([source], 1)
    await asyncio.sleep(0.3)
    heard: list[News] = []
    cores[1].on_news(heard.append)
    await eventually(lambda: _items(heard) == [source])


async def test_many_changes_come_in_order_each_once(
    cores: list[PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "_MOST_CHANGES", 7)
    heard: list[News] = []
    cores[1].on_news(heard.append)
    sources = [Source(f"src{number}", "S", revision=1) for number in range(40)]
    await cores[0].save_items(sources, 1)
    await eventually(lambda: len(_items(heard)) >= 40)
    assert _items(heard) == sources
    assert max(len(news.items) for news in heard) == 7


async def test_healths_come_whole_when_one_of_them_changed(cores: list[PostgresStore]) -> None:
    heard: list[News] = []
    cores[1].on_news(heard.append)
    failing = EndpointHealth("ep1", failures=3)
    held = EndpointHealth("ep2", breaker=BreakerState.HELD)
    await cores[0].report(Reported(BORN_MS, healths=(failing,)))
    await eventually(lambda: heard and heard[-1].healths == (failing,))
    await cores[0].report(Reported(BORN_MS, healths=(held,)))
    await eventually(lambda: heard[-1].healths == (failing, held))
    better = EndpointHealth("ep1")
    await cores[0].report(Reported(BORN_MS, healths=(better,)))
    await eventually(lambda: heard[-1].healths == (better, held))
    assert all(news.healths is not None for news in heard)


async def test_what_another_core_bought_is_heard(cores: list[PostgresStore]) -> None:
    heard: list[News] = []
    cores[1].on_news(heard.append)
    quota = Quota("campaign:camp-of-buy1", 1, BORN_MS, BORN_MS + 86_400_000, max_leads=9)
    purchase = Purchase("camp-of-buy1", PRICE, (quota,))
    await cores[0].settle(msgspec.structs.replace(sale(1), purchases=(purchase,)))
    await eventually(lambda: any(one.owner == quota.owner for news in heard for one in news.used))
    (used,) = (one for news in heard for one in news.used if one.owner == quota.owner)
    assert used == Usage(quota.owner, 1, BORN_MS, 1, PRICE)


async def test_what_makes_deliveries_due_is_told_to_every_core(cores: list[PostgresStore]) -> None:
    rung = asyncio.Event()
    cores[1].on_events(rung.set)

    async def rings(act: Callable[[], Awaitable[object]]) -> None:
        await asyncio.sleep(1.2)  # what came before is known
        rung.clear()
        await act()
        await asyncio.wait_for(rung.wait(), 5)

    one = settlement(sold(pending(1)), endpoint_id="ep1")
    await rings(lambda: cores[0].settle(one))
    now_ms = BORN_MS + 60_000
    leased = await cores[0].lease(LeaseRequest("lse1", 9, now_ms, now_ms + 60_000))
    assert leased
    ended = [
        Verdict(first.delivery.id, "lse1", DeliveryState.DEAD, attempt=Attempt(first.delivery.id, "lse1", 500, 3))
        for first in leased
    ]
    await cores[0].report(Reported(now_ms, tuple(ended)))
    await rings(lambda: cores[0].redrive_ids([first.delivery.id for first in leased], now_ms))
    leased = await cores[0].lease(LeaseRequest("lse2", 9, now_ms, now_ms + 60_000))
    later = [Verdict(first.delivery.id, "lse2", DeliveryState.PENDING, now_ms + 50_000, 1) for first in leased]
    await cores[0].report(Reported(now_ms, tuple(later)))
    await rings(lambda: cores[0].report(Reported(now_ms, woken=("ep1",))))


async def test_what_no_notice_tells_of_is_found_by_looking(url: str, cores: list[PostgresStore]) -> None:
    heard: list[News] = []
    rung = asyncio.Event()
    cores[1].on_news(heard.append)
    cores[1].on_events(rung.set)
    await cores[0].settle(settlement(sold(pending(1)), endpoint_id="ep1"))
    await asyncio.wait_for(rung.wait(), 5)
    await asyncio.sleep(1.2)
    connection = await asyncpg.connect(url)
    for statement in (
        "UPDATE deliveries SET due_ms = 5",
        """INSERT INTO events SELECT nextval('events_seq'), 'evt_2', type, owner_id, lead_id, campaign_id, occurred_ms,
        data, vertical, source_id FROM events LIMIT 1""",
    ):
        rung.clear()
        await connection.execute(statement)
        await asyncio.wait_for(rung.wait(), 5)
    await connection.execute("DELETE FROM events WHERE id = 'evt_2'")
    await connection.execute(
        "INSERT INTO catalog (kind, id, document, place) VALUES ('source', 's', $1, nextval('catalog_seq'))",
        msgspec.json.encode(Source("s", "S", revision=1)),
    )
    await connection.close()
    await eventually(lambda: [one.id for one in _items(heard)] == ["s"])


async def test_news_go_on_when_the_listening_connection_was_lost(url: str, cores: list[PostgresStore]) -> None:
    heard: list[News] = []
    cores[1].on_news(heard.append)
    connection = await asyncpg.connect(url)
    sources = [Source(f"src{number}", "S", revision=1) for number in range(3)]
    for source in sources:
        async with asyncio.timeout(10):
            while not await connection.fetchval(  # noqa: ASYNC110 - of the server
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'exchange-ears' AND datname = current_database()"
            ):
                await asyncio.sleep(0.05)
        await cores[0].save_items([source], 1)
        await eventually(lambda: source in _items(heard))  # noqa: B023 - awaited here
    await connection.close()
    assert _items(heard) == sources
