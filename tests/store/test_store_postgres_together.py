"""Look-ups of PostgreSQL that share a query."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from exchange.domain import limits
from exchange.domain.errors import StoreError
from exchange.store.base import Consumer
from exchange.store.postgres.engine import PostgresStore
from exchange.store.postgres.together import Together
from tests.store.values import BORN_MS, offer, sale


class Asked:
    """Answers each query with ten times what is wanted, when the test lets it."""

    def __init__(self) -> None:
        self.queries: list[list[int]] = []
        self.fails = False
        self.answer = asyncio.Event()

    async def __call__(self, wanted: Sequence[int]) -> list[int]:
        self.queries.append(list(wanted))
        await self.answer.wait()
        if self.fails:
            raise StoreError("away")
        return [10 * one for one in wanted]


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def together(asked: Asked) -> Together[int, int]:
    return Together(asked)


async def begun(together: Together[int, int], *wanted: int) -> list[asyncio.Task[int]]:
    """Look-ups in a turn of the loop, when each is on its way."""
    tasks = [asyncio.create_task(together.find(one)) for one in wanted]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_those_of_one_turn_share_a_query_and_those_after_it_the_next(
    asked: Asked, together: Together[int, int]
) -> None:
    tasks = await begun(together, 1, 2, 1)
    tasks += await begun(together, 3)
    tasks += await begun(together, 4, 1)  # what there was of it a moment ago may have changed
    asked.answer.set()
    assert await asyncio.gather(*tasks) == [10, 20, 10, 30, 40, 10]
    assert asked.queries == [[1, 2], [3, 4, 1]]
    assert await together.find(5) == 50


async def test_a_query_asks_for_no_more_than_its_bound(asked: Asked, together: Together[int, int]) -> None:
    asked.answer.set()
    wanted = range(2 * limits.MAX_COMMIT_BATCH + 1)
    assert await asyncio.gather(*map(together.find, wanted)) == [10 * one for one in wanted]
    assert list(map(len, asked.queries)) == [limits.MAX_COMMIT_BATCH, limits.MAX_COMMIT_BATCH, 1]


async def test_what_fails_is_told_to_all_who_wait_for_it_and_to_nobody_else(
    asked: Asked, together: Together[int, int]
) -> None:
    tasks = await begun(together, 1, 2)
    asked.fails = True
    asked.answer.set()
    assert [str(one) for one in await asyncio.gather(*tasks, return_exceptions=True)] == ["away", "away"]
    asked.fails = False
    assert await together.find(1) == 10


async def test_who_hangs_up_takes_nothing_from_the_others(asked: Asked, together: Together[int, int]) -> None:
    first, other, same = await begun(together, 1, 2, 1)
    first.cancel()
    asked.answer.set()
    assert [await other, await same] == [20, 10]


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(postgres_url)
    await store.open()
    yield store
    await store.close()


async def test_consumers_looked_up_together_are_each_told_of_themselves_alone(store: PostgresStore) -> None:
    await store.settle(msgspec.structs.replace(sale(1), consumer_keys=("a", "b")))
    await store.suppress("buy1", ["b", "c"])
    bought = {"mortgage": BORN_MS + 1}, {"buy1": BORN_MS + 1}
    wanted = ((["a"], 0), (["a"], BORN_MS + 2), (["b", "a"], 0), (["c"], 0), (["d"], 0))
    found = await asyncio.gather(*(store.consumer(keys, since_ms) for keys, since_ms in wanted))
    expected = [
        Consumer(*bought),
        Consumer(),
        Consumer(*bought, frozenset(["buy1"])),
        Consumer(suppressed_by=frozenset(["buy1"])),
        Consumer(),
    ]
    assert found == expected


async def test_offers_looked_up_together_are_each_found_with_whether_they_were_taken_up(store: PostgresStore) -> None:
    offers = [offer(number, f"r{number}") for number in (1, 2)]
    for one in offers:
        await store.save_offer(one)
    await store.settle(sale(2))
    found = await asyncio.gather(
        *(store.offer(one) for one in ("auc_none", offers[1].auction_id, offers[0].auction_id))
    )
    assert found == [None, msgspec.structs.replace(offers[1], used=True), offers[0]]
