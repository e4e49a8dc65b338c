"""Cores that share one PostgreSQL: who is taken for dead, what becomes of what it had under way, and who is not."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence

import asyncpg
import pytest

from exchange.domain.auction import LeadRecord
from exchange.domain.lead import LeadStatus
from exchange.store.base import LeadQuery, LeaseRequest, Place, Replaced
from exchange.store.postgres import cores as keeping
from exchange.store.postgres.engine import PostgresStore
from tests.store.duties.base import decided
from tests.store.values import BORN_MS, id_of, pending, sale, settlement, unsold
from tests.support import postgres
from tests.support.exchange import broken

LEASE_MS = 1_500


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def cores(url: str) -> AsyncIterator[list[PostgresStore]]:
    """Two cores that share a store; a test may close them."""
    stores = [PostgresStore(url, lease_ms=LEASE_MS) for _ in range(2)]
    for store in stores:
        await store.open()
    yield stores
    for store in stores:
        await store.close()
    assert broken(url) == {}


async def _keeping(stores: Sequence[PostgresStore], until: Callable[[list[Place]], bool]) -> list[Place]:
    """What keeping places answered, in turns, until something is so."""
    said: list[Place] = []
    async with asyncio.timeout(30):
        while not until(said):
            said += [await store.keep_place() for store in stores]
            await asyncio.sleep(0.05)
    return said


def _inherited(places: Sequence[Place]) -> list[LeadRecord]:
    return [decided(lead) for place in places for lead in place.inherited]


async def test_the_one_longest_there_leads_and_all_that_live_are_counted(url: str, cores: list[PostgresStore]) -> None:
    assert [await store.keep_place() for store in cores] == [Place(leads=True, cores=2), Place(leads=False, cores=2)]
    third = PostgresStore(url, lease_ms=LEASE_MS)
    await third.open()
    assert await cores[1].keep_place() == Place(leads=False, cores=3)
    await cores[0].close()
    assert [await store.keep_place() for store in (cores[1], third)] == [Place(True, 2), Place(False, 2)]
    await third.close()
    assert await cores[1].keep_place() == Place(leads=True, cores=1)


async def test_what_a_core_leaves_when_it_closes_is_handed_over_at_once_and_once(cores: list[PostgresStore]) -> None:
    leads = [pending(number) for number in range(3)]
    for lead in leads:
        await cores[0].open_lead(lead)
    await cores[0].settle(settlement(unsold(leads[2]), opened=True))
    await cores[1].open_lead(pending(9))
    assert (await cores[1].keep_place()).inherited == ()  # as long as its core lives, it is its core's
    await cores[0].close()
    assert _inherited([await cores[1].keep_place()]) == leads[:2]
    assert (await cores[1].keep_place()).inherited == ()


async def test_what_was_pending_before_any_core_was_there_is_handed_over_at_once(url: str) -> None:
    store = PostgresStore(url)
    await store.open()
    await store.open_lead(pending(1))
    await store.close()
    connection = await asyncpg.connect(url)  # as an earlier version left it
    await connection.execute("UPDATE leads SET core_id = ''; INSERT INTO writers (id, commits) VALUES ('old', 7)")
    assert (await store.open()).pending == []
    assert _inherited([await store.keep_place()]) == [pending(1)]
    assert await connection.fetchval("SELECT count(*) FROM writers WHERE core_id = ''") == 0
    await connection.close()
    await store.close()


async def test_leads_are_handed_out_by_the_page_each_to_one_core(
    url: str, cores: list[PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_MOST_INHERITED", 4)
    third = PostgresStore(url)
    await third.open()
    leads = [pending(number) for number in range(19)]
    await asyncio.gather(*map(third.open_lead, leads))
    await third.close()
    said = [place for _ in range(6) for place in await asyncio.gather(*(store.keep_place() for store in cores))]
    assert max(len(place.inherited) for place in said) == 4
    assert sorted(lead.id for lead in _inherited(said)) == [lead.id for lead in leads]


async def test_nothing_is_lost_with_a_call_that_was_cancelled_or_an_answer_that_did_not_come(
    cores: list[PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    await cores[0].open_lead(pending(1))
    await cores[0].close()
    call = asyncio.create_task(cores[1].keep_place())
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait([call])
    assert call.cancelled()
    assert _inherited([await cores[1].keep_place()]) == [pending(1)]

    await cores[0].open()
    await cores[0].open_lead(pending(2))
    await cores[0].close()
    execute = asyncpg.Connection.execute
    broken_off: list[str] = []

    async def breaks(self: "asyncpg.Connection[asyncpg.Record]", said: str, *rest: object, **more: float) -> str:
        answer = await execute(self, said, *rest, **more)
        if "COMMIT" in said and not broken_off:
            broken_off.append(said)
            self.terminate()
            raise ConnectionResetError
        return answer

    monkeypatch.setattr(asyncpg.Connection, "execute", breaks)
    assert _inherited([await cores[1].keep_place()]) == [pending(2)]
    assert broken_off


async def test_a_core_that_does_not_keep_its_place_is_replaced_at_every_writer(cores: list[PostgresStore]) -> None:
    await cores[0].open_lead(pending(1))
    await cores[0].keep_place()
    said = await _keeping(cores[1:], lambda places: any(place.inherited for place in places))
    assert _inherited(said) == [pending(1)]
    assert said[-1] == Place(leads=True, cores=1, inherited=said[-1].inherited)
    for write in (
        cores[0].settle(settlement(unsold(pending(1)), opened=True)),
        cores[0].settle(sale(2)),
        cores[0].lease(LeaseRequest("lse1", 5, BORN_MS, BORN_MS)),
        cores[0].keep_place(),
    ):
        with pytest.raises(Replaced):
            await write
    await cores[1].settle(settlement(unsold(pending(1)), opened=True))
    assert [one.id for one in (await cores[0].leads(LeadQuery())).records] == [id_of("lead", 1)]


async def _started(url: str, lease_ms: int) -> asyncio.subprocess.Process:
    """A core as a process; it has opened ten leads."""
    command = (sys.executable, "-m", "tests.store.placed", url, str(lease_ms))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"opened\n"
    return process


async def test_the_leads_of_a_core_that_was_killed_go_to_one_other(url: str) -> None:
    others = [PostgresStore(url) for _ in range(2)]
    for store in others:
        await store.open()
    killed = await _started(url, keeping.LEASE_MS)
    assert _inherited(await _keeping(others, lambda places: len(places) > 8)) == []
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    said = await _keeping(others, lambda places: len(places) > 2 and all(one.cores == 2 for one in places[-2:]))
    said += await _keeping(others, lambda places: len(places) > 8)
    assert sorted(lead.id for lead in _inherited(said)) == [id_of("lead", number) for number in range(10)]
    for store in others:
        await store.close()


async def test_a_core_that_was_stopped_is_replaced_when_it_wakes(url: str, cores: list[PostgresStore]) -> None:
    """It is stopped while it writes: perhaps within a transaction, whose locks nobody waits for."""
    stopped = await _started(url, LEASE_MS)
    assert stopped.stdout is not None
    for _ in range(3):
        assert b"kept" in await stopped.stdout.readline()
    stopped.send_signal(signal.SIGSTOP)
    said = await _keeping(cores, lambda places: len(places) > 2 and all(one.cores == 2 for one in places[-2:]))
    inherited = _inherited(said)
    assert [lead.id for lead in inherited] == [id_of("lead", number) for number in range(10)]
    for lead in inherited:
        await cores[0].settle(settlement(unsold(lead), opened=True))
    stopped.send_signal(signal.SIGCONT)
    heard = (await asyncio.wait_for(stopped.communicate(), 30))[0].splitlines()
    assert heard[-3:] == [b"replaced books", b"replaced outbox", b"replaced place"]
    found = await cores[1].leads_by_id([lead.id for lead in inherited])
    assert {one.outcome.status for one in found.values()} == {LeadStatus.UNSOLD}


async def test_a_database_that_was_away_leaves_all_cores_alive() -> None:
    """Whoever is back first judges nobody, until the others had time to come back as well."""
    postgres.require()
    with postgres.own_server() as own, own.database() as place:
        first, second = (PostgresStore(place, lease_ms=LEASE_MS) for _ in range(2))
        for store in (first, second):
            await store.open()
        await second.open_lead(pending(1))
        await _keeping([first, second], lambda places: len(places) > 2 * LEASE_MS // 50)
        await asyncio.to_thread(own.stop)
        waiting = asyncio.create_task(first.keep_place())
        await asyncio.sleep(1.3 * LEASE_MS / 1_000)
        await asyncio.to_thread(own.start)
        assert (await waiting).cores == 2
        assert [(await first.keep_place()).cores for _ in range(3)] == [2, 2, 2]
        said = await _keeping([first, second], lambda places: len(places) > 3 * LEASE_MS // 50)
        assert {one.cores for one in said} == {2}
        assert _inherited(said) == []
        # Then one that stays away is.
        said = await _keeping([first], lambda places: bool(places) and places[-1].cores == 1)
        assert _inherited(said) == [pending(1)]
        with pytest.raises(Replaced):
            await second.keep_place()
        for store in (second, first):
            await store.close()
        assert broken(place) == {}
