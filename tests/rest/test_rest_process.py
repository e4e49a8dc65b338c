"""The adapter as a process: health, readiness, and an orderly end."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from grpc_health.v1.health_pb2 import HealthCheckResponse

from tests.rest.scripted_core import Api, ScriptedCore

CHECK = "Health/Check"
SERVING = HealthCheckResponse(status=HealthCheckResponse.SERVING)


@pytest.mark.asyncio(loop_scope="module")
async def test_live_needs_nobody(api: Api, core: ScriptedCore) -> None:
    reply = await api("GET", "/health/live", key=None)
    assert (reply.status, reply.json) == (200, {"status": "live"})
    assert core.calls == []


@pytest.mark.asyncio(loop_scope="module")
async def test_ready_asks_the_core(api: Api, core: ScriptedCore) -> None:
    core.script(CHECK, SERVING)
    reply = await api("GET", "/health/ready", key=None)
    assert (reply.status, reply.json) == (200, {"status": "ready"})
    assert "authorization" not in core.only.metadata
    assert (await api("HEAD", "/health/ready", key=None)).status == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_not_ready_while_the_core_is_not(api: Api, core: ScriptedCore) -> None:
    core.script(CHECK, HealthCheckResponse(status=HealthCheckResponse.NOT_SERVING))
    reply = await api("GET", "/health/ready", key=None)
    assert (reply.status, reply.json["reason"]) == (503, "UNAVAILABLE")


@pytest.mark.asyncio(loop_scope="module")
async def test_not_ready_while_stopping(api: Api, core: ScriptedCore) -> None:
    core.script(CHECK, SERVING)
    api.stopping.set()
    reply = await api("GET", "/health/ready", key=None)
    assert (reply.status, reply.json["reason"]) == (503, "DRAINING")


async def start(**settings: str) -> asyncio.subprocess.Process:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "adapters.rest"),
        env=environment | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)} | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest_asyncio.fixture(loop_scope="module")
async def process(scripted: ScriptedCore) -> AsyncIterator[asyncio.subprocess.Process]:
    scripted.reset()
    process = await start(EXCHANGE_CORE=scripted.address, EXCHANGE_REST_LISTEN="127.0.0.1:0")
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


@pytest.mark.asyncio(loop_scope="module")
async def test_stops_in_order(process: asyncio.subprocess.Process, scripted: ScriptedCore) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    ready = json.loads(await process.stdout.readline())
    assert ready["ready"] == "rest"
    scripted.free.clear()
    async with aiohttp.ClientSession() as session:
        lead = {"contact": {"email": "kari@example.com"}}
        headers = {"Authorization": "Bearer k-secret"}
        sending = asyncio.create_task(session.post(f"{ready['address']}/api/v1/leads", json=lead, headers=headers))
        await scripted.called.wait()
        process.send_signal(signal.SIGTERM)
        while await accepts(ready["address"]):  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.01)
        assert not sending.done()
        scripted.free.set()
        async with await sending as response:
            assert response.status == 201
    assert await process.wait() == 0
    logged = (await process.stderr.read()).decode()
    assert "POST /api/v1/leads 201" in logged
    assert "kari" not in logged
    assert "k-secret" not in logged


async def accepts(address: str) -> bool:
    host, _, port = address.removeprefix("http://").rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "EXCHANGE_CORE"),
        ({"EXCHANGE_CORE": "127.0.0.1:1", "EXCHANGE_REST_LISTEN": "8080"}, "EXCHANGE_REST_LISTEN"),
        ({"EXCHANGE_CORE": "127.0.0.1:1", "EXCHANGE_REST_LISTEN": "127.0.0.1:99999"}, "EXCHANGE_REST_LISTEN"),
    ],
)
async def test_setting_at_fault_is_named(settings: dict[str, str], named: str) -> None:
    process = await start(**settings)
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert named in errors.decode()
