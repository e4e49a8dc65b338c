import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from tests.gateway.scripted_core import ScriptedCore


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Adapters run on uvloop; the transport, which is made of loop primitives, is tried on both."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"uvloop": uvloop.new_event_loop}
    if "transport" in item.path.name:
        factories["asyncio"] = asyncio.new_event_loop
    return factories


@pytest.fixture
async def core() -> AsyncIterator[ScriptedCore]:
    scripted = ScriptedCore()
    await scripted.start()
    yield scripted
    await scripted.stop()
