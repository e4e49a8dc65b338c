import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from tests.webhooks.scripted_outbox import ScriptedOutbox


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Adapters run on uvloop."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def outbox() -> AsyncIterator[ScriptedOutbox]:
    scripted = ScriptedOutbox()
    await scripted.start()
    yield scripted
    await scripted.stop()
