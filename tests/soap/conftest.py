"""A scripted core and the adapter in front of it, over real sockets."""

from collections.abc import AsyncIterator

import aiohttp
import grpc
import pytest
import pytest_asyncio
from aiohttp import web

from adapters.common.core import connect
from adapters.soap.core import Core
from adapters.soap.server import SERVER_LOG
from adapters.soap.service import PATH, Endpoint
from tests.rest.scripted_core import ScriptedCore
from tests.soap.wire import Wire


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
async def served(scripted: ScriptedCore) -> AsyncIterator[Wire]:
    """The adapter in front of that core."""
    channel = connect(scripted.address)
    runner = web.AppRunner(Endpoint(Core(channel)).application(), access_log=None, logger=SERVER_LOG)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        yield Wire(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}", session, scripted)
    await runner.cleanup()
    await channel.close(None)


@pytest.fixture
def wire(served: Wire) -> Wire:
    """The adapter in front of a core that has forgotten the last test."""
    served.core.reset()
    return served


@pytest.fixture
def core(wire: Wire) -> ScriptedCore:
    """That core."""
    return wire.core
