"""A scripted core and the adapter in front of it, over real sockets."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import grpc
import pytest
import pytest_asyncio

from adapters.rest.settings import Settings
from tests.rest.scripted_core import Api, ScriptedCore
from tests.rest.serving import serving


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
async def served(scripted: ScriptedCore, request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    """The adapter in front of that core, with the module's `SETTINGS` if it has any."""
    settings = getattr(request.module, "SETTINGS", Settings())
    stopping = asyncio.Event()
    async with serving(scripted.address, settings, stopping) as base, aiohttp.ClientSession() as session:
        yield Api(base, session, scripted, stopping)


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
