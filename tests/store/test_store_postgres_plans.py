"""What cores that share one PostgreSQL tell each other of rate plans."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from exchange.domain.plan import PlanCount
from exchange.store.postgres.engine import PostgresStore
from tests.store.values import BORN_MS


@pytest.fixture
async def cores(postgres_url: str) -> AsyncIterator[list[PostgresStore]]:
    """Three cores that share a store."""
    stores = [PostgresStore(postgres_url) for _ in range(3)]
    for store in stores:
        await store.open()
    yield stores
    for store in stores:
        await store.close()


async def test_each_core_learns_what_the_others_counted_and_not_what_it_counted_itself(
    cores: list[PostgresStore],
) -> None:
    minute = PlanCount("src1", "minute", BORN_MS, 3)
    hour = PlanCount("src1", "hour", BORN_MS, 4)
    assert await cores[0].share_counts([minute, hour]) == []
    assert await cores[1].share_counts([PlanCount("src1", "minute", BORN_MS, 10)]) == [hour, minute]
    told = await cores[2].share_counts([])
    assert told == [hour, PlanCount("src1", "minute", BORN_MS, 13)]
    # What is counted in the same part is added.
    await cores[0].share_counts([PlanCount("src1", "minute", BORN_MS, 1), PlanCount("src2", "minute", BORN_MS, 1)])
    told = await cores[1].share_counts([])
    assert PlanCount("src1", "minute", BORN_MS, 4) in told
    assert PlanCount("src2", "minute", BORN_MS, 1) in told


async def test_only_what_changed_is_read_again_and_what_has_left_its_window_goes(
    postgres_url: str, cores: list[PostgresStore]
) -> None:
    await cores[0].share_counts([PlanCount("src1", window, BORN_MS, 1) for window in ("minute", "hour")])
    assert len(await cores[1].share_counts([])) == 2
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("UPDATE plan_counts SET changed_ms = changed_ms - 90000")
    assert await cores[1].share_counts([]) == []
    await cores[0].share_counts([PlanCount("src2", "hour", BORN_MS, 1)])
    # Whoever comes anew learns all that is left.
    assert await cores[2].share_counts([]) == [PlanCount(one, "hour", BORN_MS, 1) for one in ("src1", "src2")]
    await connection.execute("UPDATE plan_counts SET changed_ms = changed_ms - 3800000")
    await cores[1].share_counts([PlanCount("src3", "hour", BORN_MS, 1)])
    assert await connection.fetchval("SELECT count(*) FROM plan_counts") == 1
    await connection.close()
