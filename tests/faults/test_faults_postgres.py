"""A whole core on a PostgreSQL that restarts, is parted from it, slow, read-only, or full."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from leadexchange.v1.submission_service_pb2 import PingLeadRequest, SubmitLeadRequest, SubmitLeadsRequest
from tests.faults.apart import server_apart
from tests.faults.load import STORE_FAILS, Answers, Crm, why
from tests.faults.proxy import Proxy
from tests.support import leads, postgres
from tests.support.buyer import ScriptedBuyer
from tests.support.caller import refusal_of, refused
from tests.support.campaigns import UNIT, one_of, posted, static
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

_SLOW_S: Final = 0.1  # each way of a dozen that a settlement takes


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A server of this module's own."""
    postgres.require()
    with server_apart() as own:
        yield own


class Stage:
    """A core behind a network, a source and a buyer that takes what it is posted."""

    def __init__(self, core: RunningCore, proxy: Proxy, answers: Answers, crm: Crm, buyer: ScriptedBuyer) -> None:
        self.core = core
        self.proxy = proxy
        self.answers = answers
        self.crm = crm
        self.buyer = buyer

    async def load(self, stopping: asyncio.Event, workers: int = 8) -> None:
        """Keeps so many leads under way."""

        async def work(first: int) -> None:
            number = first
            while not stopping.is_set():
                await self.answers.submit([f"r{number}"])
                number += workers

        await asyncio.gather(*map(work, range(workers)))


@asynccontextmanager
async def stage(server: postgres.Server, tmp_path: Path, user: str = "exchange") -> AsyncIterator[Stage]:
    with server.database() as place:
        database = place.partition("@/")[2].partition("?")[0]
        if user != "exchange":
            await administer(server, f"ALTER DATABASE {database} OWNER TO {user}")
        async with Proxy(server.folder).serving() as proxy:
            core = RunningCore(tmp_path, EXCHANGE_STORE_URL=proxy.url(database, user))
            core.url = place  # what verifies goes there directly
            async with core:
                source, lender = await core.source(), await core.buyer()
                await core.campaign(static("won", "lender"))
                targeting = {"vertical": "mortgage", "conditions": [one_of("state", "TX", "FL", "GA", "CA", "OH")]}
                await core.campaign(posted("posted", "lender", 20 * UNIT, targeting=targeting))
                answers, crm = Answers(source), Crm()
                async with ScriptedBuyer(lender, on_post=crm.take) as buyer:
                    yield Stage(core, proxy, answers, crm, buyer)
                    await answers.insist()
                    assert crm.posts
                    crm.settled(answers, "posted", {void.post_id for void in buyer.voids})
                    await answers.check()


async def administer(server: postgres.Server, *statements: str) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def be_impatient(on: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the core wait for its database as long as a test can."""
    store: Any = on.core.core.store
    for one in (store, store._books):
        monkeypatch.setattr(one, "_patience_s", 0.3)


async def test_a_crash_of_the_server_under_load_is_waited_out(server: postgres.Server, tmp_path: Path) -> None:
    async with stage(server, tmp_path) as on:
        stopping = asyncio.Event()
        load = asyncio.create_task(on.load(stopping))
        await eventually(lambda: len(on.answers.taken) > 30)
        await asyncio.to_thread(server.restart, signal.SIGQUIT)
        before = len(on.answers.taken)
        await eventually(lambda: len(on.answers.taken) > before + 30)
        stopping.set()
        await load
        assert not on.answers.refused  # what was to be looked up waited, as what was to be written did


async def test_beyond_its_patience_it_refuses_and_finishes_later_what_was_posted(
    server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(server, tmp_path) as on:
        be_impatient(on, monkeypatch)
        await on.answers.submit(f"r{number}" for number in range(20))
        stopping = asyncio.Event()
        load = asyncio.create_task(on.load(stopping))
        await eventually(lambda: len(on.answers.taken) > 30)
        await asyncio.to_thread(server.stop, signal.SIGQUIT)
        try:
            await eventually(lambda: len(on.answers.refused) > 8)
            stopping.set()
            await load
        finally:
            await asyncio.to_thread(server.start)
        assert {why(one) for one in on.answers.refused.values()} == {STORE_FAILS}


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
async def test_a_connection_that_breaks_around_the_commit(
    server: postgres.Server, tmp_path: Path, answered: bool
) -> None:
    """Before the server has it, nothing is kept and it is made again; after, it is found to be kept."""
    async with stage(server, tmp_path) as on:
        stopping = asyncio.Event()
        load = asyncio.create_task(on.load(stopping))
        for _ in range(4):
            before, cuts = len(on.answers.taken), on.proxy.cuts
            on.proxy.cut_at(b"COMMIT", answered=answered)
            await eventually(lambda: on.proxy.cuts > cuts and len(on.answers.taken) > before + 10)  # noqa: B023
        stopping.set()
        await load
        assert not on.answers.refused


async def test_a_core_that_is_cut_off_refuses_at_once(server: postgres.Server, tmp_path: Path) -> None:
    """As soon as others may have taken over from it: with no more than their deadline left, its callers go there."""
    async with stage(server, tmp_path) as on:
        await on.answers.submit(f"r{number}" for number in range(20))
        on.proxy.swallows = True
        await eventually(on.core.core.membership.away, "its place to lapse", 10)
        source = on.answers.source
        for call in (
            source.submission.SubmitLead(leads.request(0, "r100"), timeout=20),
            source.submission.PingLead(PingLeadRequest(profile=leads.profile(0)), timeout=20),
        ):
            begun = asyncio.get_running_loop().time()
            found = await refused(call)
            assert (found.reason, found.retry_ms) == ("STORE_UNAVAILABLE", 1_000)
            assert asyncio.get_running_loop().time() - begun < 5  # and not what a session that says nothing is given
        (told,) = [frame async for frame in source.submission.SubmitLeads(iter([_frame(leads.request(0, "r100"))]))]
        assert refusal_of(told.results[0].error).reason == "STORE_UNAVAILABLE"
        on.proxy.swallows = False
        on.proxy.cut()  # the sessions that were cut off are given up
        await eventually(lambda: not on.core.core.membership.away(), "its place", 20)
        await on.answers.submit(["r100"])


def _frame(*requests: SubmitLeadRequest) -> SubmitLeadsRequest:
    return SubmitLeadsRequest(leads=requests)


async def test_a_slow_network_only_makes_it_slow(server: postgres.Server, tmp_path: Path) -> None:
    async with stage(server, tmp_path) as on:
        on.proxy.delay_s = _SLOW_S
        await on.answers.submit(f"r{number}" for number in range(20))
        on.proxy.delay_s = 0.0
        assert not on.answers.refused


@asynccontextmanager
async def read_only(server: postgres.Server) -> AsyncIterator[None]:
    await administer(server, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        off = "SET default_transaction_read_only = off"
        await administer(server, off, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")


async def test_a_server_that_is_read_only_refuses_until_it_is_promoted(
    server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(server, tmp_path) as on:
        be_impatient(on, monkeypatch)
        await on.answers.submit(f"r{number}" for number in range(20))
        async with read_only(server):
            on.proxy.cut()  # as a failover does
            await on.answers.submit(f"s{number}" for number in range(20))
            assert {why(one) for one in on.answers.refused.values()} == {STORE_FAILS}
            assert len(on.answers.refused) == 20
            await on.answers.check()  # reads go on


async def test_a_short_while_on_a_standby_is_waited_out(server: postgres.Server, tmp_path: Path) -> None:
    """No connection breaks: the session that was there is given up for one to the server that takes writes."""
    async with stage(server, tmp_path) as on:
        await on.answers.submit(f"r{number}" for number in range(20))
        books: Any = on.core.core.store
        session = books._books._session._connection
        async with read_only(server):
            writing = asyncio.create_task(on.answers.submit(f"s{number}" for number in range(20)))
            await eventually(session.is_closed, "its session to be given up")
        await writing
        assert not on.answers.refused


async def test_no_connection_left_for_it_refuses_until_there_is_one(
    server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = f"app_{secrets.token_hex(4)}"  # who may make tables in its own database, and no more
    await administer(server, f"CREATE ROLE {user} LOGIN")
    async with stage(server, tmp_path, user) as on:
        be_impatient(on, monkeypatch)
        await on.answers.submit(f"r{number}" for number in range(20))
        await administer(server, f"ALTER ROLE {user} CONNECTION LIMIT 0")
        on.proxy.cut()
        await on.answers.submit(f"s{number}" for number in range(20))
        assert {why(one) for one in on.answers.refused.values()} == {STORE_FAILS}
        await administer(server, f"ALTER ROLE {user} CONNECTION LIMIT -1")
    await administer(server, f"DROP ROLE {user}")
