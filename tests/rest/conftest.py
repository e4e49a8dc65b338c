"""A scripted core and the adapter in front of it, over real sockets."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import grpc
import pytest
import pytest_asyncio
from aiohttp import web

from adapters.common.core import connect
from adapters.rest.core import Core
from adapters.rest.edge import SERVER_LOG
from adapters.rest.router import application
from tests.rest.scripted_core import Api, ScriptedCore


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scripted() -> AsyncIterator[ScriptedCore]:
    """One scripted core for a module's tests."""
    core = ScriptedCore()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((core,))
    core.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    yield core
    await server.stop(None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(scripted: ScriptedCore) -> AsyncIterator[Api]:
    """The adapter in front of that core."""
    channel = connect(scripted.address)
    stopping = asyncio.Event()
    runner = web.AppRunner(application(Core(channel), stopping), access_log=None, logger=SERVER_LOG)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        yield Api(f"http://127.0.0.1:{runner.addresses[0][1]}", session, scripted, stopping)
    await runner.cleanup()
    await channel.close(None)


@pytest.fixture
def api(served: Api) -> Api:
    """The adapter in front of a core that has forgotten the last test."""
    served.core.reset()
    served.stopping.clear()
    return served


@pytest.fixture
def core(api: Api) -> ScriptedCore:
    """That core."""
    return api.core
