"""Processes that run out of file handles: what is open goes on, nothing spins, and new work comes in again after."""

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from leadexchange.v1.submission_service_pb2 import LeadOutcome
from tests.support import leads
from tests.support.caller import Caller
from tests.support.campaigns import UNIT, http, static
from tests.support.exchange import CoreProcess, RunningExchange, broken
from tests.support.waiting import eventually

_WATCHED_S = 1.0


def processor_s(pid: int) -> float:
    """Processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def no_more_handles(pid: int, more: int = 0) -> Iterator[None]:
    """Meanwhile a process gets no more handles than so many beyond what it has; it keeps those."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    handles = {int(one.name) for one in Path(f"/proc/{pid}/fd").iterdir()}
    free = [number for number in range(max(handles) + more + 2) if number not in handles]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (free[more], before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


@contextmanager
def crowd(host: str, port: int) -> Iterator[None]:
    """More connections than the process can take."""
    with contextlib.ExitStack() as connected:
        for _ in range(60):
            connected.enter_context(socket.create_connection((host, port), 5))
        yield


async def rests(pid: int) -> bool:
    """Whether a process with nothing to do does next to nothing."""
    before = processor_s(pid)
    await asyncio.sleep(_WATCHED_S)
    return processor_s(pid) - before < _WATCHED_S / 2


async def submit(source: Caller, number: int) -> LeadOutcome:
    return (await source.submission.SubmitLead(leads.request(number, f"r{number}"))).outcome


async def test_a_core_without_handles_serves_those_who_are_connected(tmp_path: Path) -> None:
    async with CoreProcess(tmp_path) as core:
        source, _ = await core.source(), await core.buyer()
        await core.campaign(static("won", "lender"))
        await submit(source, 0)
        host, _, port = core.address.rpartition(":")
        with no_more_handles(core.pid, 4), crowd(host, int(port)):
            assert (await submit(source, 1)).sales
            assert await rests(core.pid)
            assert (await submit(source, 2)).sales
        newcomer = core.caller(source.key)
        assert (await submit(newcomer, 3)).sales
    assert broken(core.url) == {}


class Endpoints:
    """A buyer's bidding and webhook endpoints over HTTP, each request over a connection of its own."""

    def __init__(self) -> None:
        self.delivered: list[str] = []

    async def ping(self, _: web.Request) -> web.Response:
        return self._closing({"price": "20.00"})

    async def post(self, _: web.Request) -> web.Response:
        return self._closing({"status": "accepted"})

    async def hook(self, request: web.Request) -> web.Response:
        self.delivered.append((await request.json())["type"])
        return self._closing({})

    @staticmethod
    def _closing(body: dict[str, str]) -> web.Response:
        response = web.json_response(body)
        response.force_close()
        return response

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        application = web.Application()
        application.add_routes(
            [web.post("/ping", self.ping), web.post("/post", self.post), web.post("/hook", self.hook)]
        )
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def test_adapters_without_handles_go_on_with_what_they_have(tmp_path: Path) -> None:
    endpoints = Endpoints()
    async with endpoints.serving() as url, RunningExchange(tmp_path) as exchange:
        pids = exchange.facts["pids"]
        source, _ = await exchange.source(), await exchange.buyer()
        await exchange.campaign(http("remote", "lender", url))
        await exchange.campaign(static("backstop", "lender", UNIT))
        await exchange.endpoint("lender", f"{url}/hook", "lead.sold")
        assert (await submit(source, 0)).sales[0].campaign_id == "remote"
        await eventually(lambda: len(endpoints.delivered) == 1)

        with no_more_handles(pids["gateway"]), no_more_handles(pids["webhooks"]):
            assert (await submit(source, 1)).sales[0].campaign_id == "backstop"
            assert await rests(pids["gateway"])
            assert await rests(pids["webhooks"])
            assert len(endpoints.delivered) == 1
        assert (await submit(source, 2)).sales[0].campaign_id == "remote"
        await eventually(lambda: len(endpoints.delivered) == 3)

        rest = exchange.addresses["rest"]
        host, _, port = rest.removeprefix("http://").rpartition(":")
        async with aiohttp.ClientSession() as session:

            async def ready() -> int:
                async with session.get(f"{rest}/api/v1/health/ready") as response:
                    return response.status

            assert await ready() == 200
            with no_more_handles(pids["rest"], 4), crowd(host, int(port)):
                assert await ready() == 200
                assert await rests(pids["rest"])
                assert await ready() == 200
            async with aiohttp.ClientSession() as newcomer, newcomer.get(f"{rest}/api/v1/health/ready") as response:
                assert response.status == 200
    assert broken(exchange.url) == {}
