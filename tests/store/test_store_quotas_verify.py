"""`exchange verify` finds counts that are not what was sold and held; and what a core that was killed had held."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest

from exchange.store.base import OverQuota
from exchange.store.postgres.engine import PostgresStore
from tests.store.buying import BUYER, CAMPAIGN, cap, credit, giving_up, purchase, rows, selling
from tests.store.values import PRICE, id_of, pending
from tests.support.exchange import broken

QUOTAS = cap(), cap(BUYER), credit()


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    """A sound store: two leads sold under quotas, one pending for which room is held."""
    store = PostgresStore(postgres_url)
    await store.open()
    for number in (1, 2):
        await store.settle(selling(number, *QUOTAS))
    await store.open_lead(pending(3), (purchase(*QUOTAS),))
    assert broken(postgres_url) == {}
    yield postgres_url
    await store.close()


@pytest.mark.parametrize(
    ("statement", "invariant", "row"),
    [
        ("UPDATE usage SET leads = leads + 1 WHERE owner = 'campaign:camp-of-buy1'", "used", CAMPAIGN),
        ("UPDATE usage SET micros = micros - 1 WHERE owner = 'buyer:buy1' AND period <> 0", "used", f"{BUYER} 2"),
        ("UPDATE usage SET micros = micros - 1 WHERE period = 0", "used", f"{BUYER} 0"),
        ("UPDATE usage SET held_leads = 0", "used", "not (3, "),
        ("UPDATE usage SET held_micros = 0", "used", "not (3, "),
        ("UPDATE usage SET until_ms = until_ms - 1 WHERE period = 2", "used", "nothing"),
        ("DELETE FROM usage WHERE owner = 'campaign:camp-of-buy1'", "used", f"{CAMPAIGN} 2"),
        ("DELETE FROM holds", "used", "not (2, "),
        ("UPDATE holds SET lead_id = 'lead_x'", "held", "lead_x camp-of-buy1"),
        ("UPDATE leads SET status = 3, reason = 251, decided_ms = 1 WHERE status = 1", "held", id_of("lead", 3)),
    ],
)
async def test_what_is_counted_wrongly_is_found_and_named(url: str, statement: str, invariant: str, row: str) -> None:
    connection = await asyncpg.connect(url)
    assert await connection.execute(statement) not in {"UPDATE 0", "DELETE 0"}
    await connection.close()
    assert any(row in one for one in broken(url)[invariant])


async def test_what_a_core_held_that_was_killed_is_freed_by_whoever_settles_its_leads(postgres_url: str) -> None:
    script = (
        "import asyncio\n"
        "from exchange.store.postgres.engine import PostgresStore\n"
        "from tests.store.buying import cap, purchase\n"
        "from tests.store.values import pending\n"
        "async def work():\n"
        f"    store = PostgresStore({postgres_url!r})\n"
        "    await store.open()\n"
        "    for number in (1, 2):\n"
        "        await store.open_lead(pending(number), (purchase(cap(max_leads=2)),))\n"
        "    print('opened', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(work())\n"
    )
    store = PostgresStore(postgres_url)
    await store.open()
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"opened\n"
    other.send_signal(signal.SIGKILL)
    await other.wait()
    quota = cap(max_leads=2)
    with pytest.raises(OverQuota):
        await store.settle(selling(3, quota))
    await store.settle(selling(1, quota, opened=True))
    with pytest.raises(OverQuota):
        await store.settle(selling(3, quota))
    await store.settle(giving_up(pending(2)))
    (used,) = await store.settle(selling(3, quota))
    assert (used.leads, used.micros, used.held_leads) == (2, 2 * PRICE, 0)
    assert await rows(postgres_url, "holds") == []
    await store.close()
    assert broken(postgres_url) == {}
