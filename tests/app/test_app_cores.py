"""`exchange up --processes`: several cores over one database, killed and replaced while they serve."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from examples.buyers.desk import Behaviour, Desk
from examples.buyers.http import HttpBuyer
from leadexchange.client import AsyncClient
from leadexchange.v1.access_service_pb2 import WhoAmIRequest
from tests.support import leads, postgres
from tests.support.caller import Caller, connect
from tests.support.campaigns import http, static
from tests.support.exchange import RunningExchange, broken
from tests.support.waiting import eventually

LEAD = {
    "vertical": "mortgage",
    "attributes": {"zip": "78251", "state": "TX", "loan_purpose": "purchase", "loan_amount": 289000},
    "contact": {"phone": "1 210.555.0169"},
}


class Whole(RunningExchange):
    """A core, REST and the gateway, all of which can be replaced."""

    def __init__(self, directory: Path, **settings: str) -> None:
        super().__init__(
            directory, **{"EXCHANGE_SOAP_ENABLED": "false", "EXCHANGE_WEBHOOKS_ENABLED": "false", **settings}
        )

    async def roll(self) -> None:
        """Has every process replaced, and waits for it."""
        self.hang_up()
        await eventually(lambda: "every process was replaced" in self.log.read_text(), "the restart", 60)

    def hang_up(self) -> None:
        """SIGHUP."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def children(self) -> list[int]:
        """The processes as they now are."""
        assert self._process is not None
        pid = self._process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    @property
    def pids(self) -> dict[str, int]:
        """The first processes, by name."""
        return dict(self.facts["pids"])


class Cores(Whole):
    """With two cores over a database."""

    command = ("up", "--json", "--processes", "2")

    def __init__(self, directory: Path, url: str) -> None:
        super().__init__(directory, EXCHANGE_STORE_URL=url, EXCHANGE_GRPC_CONNECTION_AGE_S="1")
        self.source_key = ""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cores(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cores]:
    """For all tests here, in their order: a source, a buyer and a campaign that buys what no other buys."""
    postgres.require()
    with postgres.shared_server() as server, server.database() as url:
        async with Cores(tmp_path_factory.mktemp("cores"), url) as exchange:
            exchange.source_key = (await exchange.source()).key or ""
            await exchange.buyer()
            await exchange.campaign(static("all", "lender"))
            yield exchange
        assert broken(url) == {}


@asynccontextmanager
async def core(exchange: Whole, name: str, key: str | None) -> AsyncIterator[Caller]:
    """Somebody who calls one core by itself."""
    channel = connect(exchange.addresses[name])
    try:
        yield Caller(channel, key)
    finally:
        await channel.close()


def lives(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


def connections(pid: int, port: int) -> int:
    """How many connections to a port a process has open."""
    wanted = f":{port:04X}"
    tables = [Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:] for table in ("tcp", "tcp6")]
    lines = [line.split() for table in tables for line in table]
    inodes = {f"socket:[{line[9]}]" for line in lines if line[1].endswith(wanted) and line[3] == "01"}
    return sum(str(file.readlink()) in inodes for file in Path(f"/proc/{pid}/fd").iterdir())


@pytest.mark.asyncio(loop_scope="module")
async def test_cores_share_a_port_and_an_http_bidder(cores: Cores) -> None:
    buyer = HttpBuyer(Desk(Behaviour(price_micros=12_000_000)))
    url = await buyer.start()
    try:
        await cores.campaign(http("remote", "lender", url))
        await asyncio.sleep(1)  # until the other core has heard of it
        for number, name in enumerate(("core-1", "core-2")):
            async with core(cores, name, cores.source_key) as caller:
                answer = await caller.submission.SubmitLead(leads.request(number))
                assert [sale.campaign_id for sale in answer.outcome.sales] == ["remote"]
    finally:
        await buyer.stop()
    callers = [cores.caller(cores.source_key) for _ in range(24)]
    await asyncio.gather(*(caller.access.WhoAmI(WhoAmIRequest()) for caller in callers))
    port = int(cores.address.rpartition(":")[2])
    assert all(connections(cores.pids[name], port) for name in ("core-1", "core-2"))


@pytest.mark.asyncio(loop_scope="module")
async def test_another_exchange_does_not_get_their_callers(cores: Cores, tmp_path: Path) -> None:
    other = Whole(tmp_path, EXCHANGE_STORE_URL=cores.url, EXCHANGE_GRPC_LISTEN=cores.address)
    with pytest.raises(AssertionError, match=r"grpc.listen: cannot listen on .*: Address already in use"):
        await other.start()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_core_that_is_killed_comes_back_and_calls_go_on(cores: Cores) -> None:
    async with Load(cores, cores.source_key) as load:
        await load.more()
        os.kill(cores.pids["core-2"], signal.SIGKILL)
        await eventually(lambda: "core-2 was started again" in cores.log.read_text(), "the core", 30)
        await load.more()
    assert load.failed == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_rolling_restart_fails_no_request(cores: Cores) -> None:
    async with Load(cores, cores.source_key, plain=True) as load:
        await load.more()
        await cores.roll()
        await load.more()
    assert load.failed == []
    assert not any(map(lives, cores.pids.values()))


async def test_a_core_that_is_alone_is_replaced_while_requests_wait(tmp_path: Path) -> None:
    async with Whole(tmp_path) as exchange:
        source = await exchange.source()
        await exchange.buyer()
        await exchange.campaign(static("all", "lender"))
        async with Load(exchange, source.key or "") as load:
            await load.more()
            await exchange.roll()
            await load.more()
        assert load.failed == []
    assert broken(exchange.url) == {}


async def test_what_does_not_come_up_replaces_nothing(tmp_path: Path) -> None:
    settings = tmp_path / "exchange.toml"
    settings.touch()
    async with Whole(tmp_path, EXCHANGE_CONFIG=str(settings)) as exchange:
        source = await exchange.source()
        settings.write_text("[grpc]\nnonsense = 7\n")
        exchange.hang_up()
        await eventually(lambda: "the restart was given up: core did not start" in exchange.log.read_text(), "", 30)
        assert (await source.access.WhoAmI(WhoAmIRequest())).api_key.party_id == "ratewise"
        assert all(map(lives, exchange.pids.values()))


async def test_stopping_amid_a_restart_leaves_nobody_behind(tmp_path: Path) -> None:
    async with Whole(tmp_path) as exchange:
        before = len(exchange.children())
        exchange.hang_up()
        await eventually(lambda: len(exchange.children()) > before, "the first of the new processes")
        children = exchange.children()
    assert not any(map(lives, children))


async def test_several_cores_need_a_store_that_they_can_share(tmp_path: Path) -> None:
    exchange = Whole(tmp_path, EXCHANGE_GRPC_PROCESSES="2")
    with pytest.raises(AssertionError, match=r"grpc.processes: 2 cores need .* PostgreSQL"):
        await exchange.start()


class Load:
    """Submissions all the time, over REST and gRPC, until it is left. `failed` is what the callers were told."""

    def __init__(self, exchange: Whole, key: str, *, plain: bool = False) -> None:
        """With `plain` some call by gRPC as anyone would, and repeat nothing."""
        self.answered = 0
        self.failed: list[str] = []
        self._exchange = exchange
        self._key = key
        self._plain = plain
        self._ending = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._number = 0

    async def __aenter__(self) -> "Load":
        work = [self._rest(), self._client(), *([self._grpc(), self._grpc()] if self._plain else [])]
        self._tasks = [asyncio.create_task(one) for one in work]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ending.set()
        await asyncio.gather(*self._tasks)

    async def more(self) -> None:
        """Waits for some more answers."""
        answered = self.answered
        await eventually(lambda: self.answered > answered + 20, "more answers")

    async def _pause(self) -> int:
        await asyncio.sleep(0.02)
        self._number += 1
        return self._number % 1_000

    async def _rest(self) -> None:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._key}"}) as session:
            while not self._ending.is_set():
                headers = {"Idempotency-Key": f"rest-{await self._pause()}-{self._number}"}
                url = f"{self._exchange.addresses['rest']}/api/v1/leads"
                try:
                    async with session.post(url, json=LEAD, headers=headers) as answer:
                        self._note(answer.status == 201, f"{answer.status} {await answer.text()}")
                except aiohttp.ClientError as error:
                    self._note(False, repr(error))

    async def _client(self) -> None:
        async with AsyncClient(self._exchange.address, self._key, tls=False) as client:
            while not self._ending.is_set():
                outcome = await client.submit_request(leads.request(await self._pause(), f"client-{self._number}"))
                self._note(bool(outcome.lead_id), str(outcome))

    async def _grpc(self) -> None:
        caller = self._exchange.caller(self._key)
        while not self._ending.is_set():
            outcome = (await caller.submission.SubmitLead(leads.request(await self._pause()))).outcome
            self._note(bool(outcome.lead_id), str(outcome))

    def _note(self, well: bool, told: str) -> None:
        self.answered += 1
        if not well:
            self.failed.append(told)
