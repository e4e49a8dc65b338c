"""A server that is away for a moment, and one that is not PostgreSQL."""

import asyncio

import asyncpg
import pytest

from exchange.domain.errors import StoreError
from exchange.store.base import LeadQuery
from exchange.store.postgres.engine import PostgresStore
from tests.store.values import id_of, sale
from tests.support import postgres


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


async def test_reads_wait_for_a_server_that_restarts_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.require()
    with postgres.own_server() as own, own.database() as place:
        store = PostgresStore(place)
        await store.open()
        await store.settle(sale(1, "r1"))
        await asyncio.to_thread(own.stop)
        reading = [asyncio.create_task(store.leads(LeadQuery())) for _ in range(8)]  # more than there are sessions
        looking = asyncio.create_task(store.find_request("src1", "r1"))
        done, _ = await asyncio.wait([*reading, looking], timeout=1.5)
        assert not done
        await asyncio.to_thread(own.start)
        pages = await asyncio.gather(*reading)
        assert {one.id for page in pages for one in page.records} == {id_of("lead", 1)}
        assert await looking is not None
        await asyncio.to_thread(own.stop)
        monkeypatch.setattr(store, "_patience_s", 0.2)
        with pytest.raises(StoreError, match="PostgreSQL"):
            await store.leads(LeadQuery())
        await asyncio.to_thread(own.start)
        await store.close()


@pytest.mark.parametrize(
    "version",
    [
        "CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)",
        "PostgreSQL 15.2-YB-2025.1.0.0-b0 on x86_64-pc-linux-gnu",
        "PostgreSQL 12.22 on x86_64-pc-linux-gnu",
    ],
)
async def test_what_is_not_postgresql_or_too_old_is_refused_before_anything_is_made(url: str, version: str) -> None:
    """A server that says of itself what another database or version does."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        f"CREATE SCHEMA other; CREATE FUNCTION other.version() RETURNS text LANGUAGE sql AS $$SELECT '{version}'$$"
    )
    database = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {database} SET search_path = other, pg_catalog, public")
    with pytest.raises(StoreError) as caught:
        await PostgresStore(url).open()
    assert str(caught.value) == f"the store needs PostgreSQL 13 or later; the server is {version}"
    assert await connection.fetchval("SELECT to_regclass('public.migrations')") is None
    await connection.execute(f"ALTER DATABASE {database} RESET search_path")
    await connection.close()
    store = PostgresStore(url)
    await store.open()
    await store.close()
