"""The adapter in a test's process, in front of any core."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from adapters.common.core import connect
from adapters.rest.core import Core
from adapters.rest.edge import SERVER_LOG
from adapters.rest.router import application
from adapters.rest.settings import Settings


@asynccontextmanager
async def serving(
    core: str, settings: Settings | None = None, stopping: asyncio.Event | None = None
) -> AsyncIterator[str]:
    """Its base URL, while it serves the core at an address."""
    channel = connect(core)
    app = application(Core(channel), stopping or asyncio.Event(), settings)
    runner = web.AppRunner(app, access_log=None, logger=SERVER_LOG)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
        await channel.close(None)
