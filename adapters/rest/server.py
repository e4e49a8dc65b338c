"""The process: listens, serves until told to stop, then finishes what is open.

Settings beside those of `adapters.common.process`:

- `EXCHANGE_REST_LISTEN`: `host:port` to listen on; port 0 takes a free one. Defaults to `127.0.0.1:8080`.
"""

import asyncio
from typing import Final

from aiohttp import web

from adapters.common.core import connect
from adapters.common.process import SettingError, ready, setting
from adapters.rest.core import Core
from adapters.rest.edge import SERVER_LOG
from adapters.rest.router import application

_FINISH_S: Final = 11.0  # the longest budget that a submission may ask for, and its call's margin


async def serve(stopping: asyncio.Event) -> None:
    """Serves until the event is set; raises SettingError for an address that cannot be used."""
    host, port = _listen_address(setting("EXCHANGE_REST_LISTEN", "127.0.0.1:8080"))
    channel = connect(setting("EXCHANGE_CORE"))
    runner = web.AppRunner(
        application(Core(channel), stopping), access_log=None, logger=SERVER_LOG, shutdown_timeout=_FINISH_S
    )
    await runner.setup()
    try:
        await _listen(runner, host, port)
        shown = f"[{host}]" if ":" in host else host
        ready("rest", f"http://{shown}:{runner.addresses[0][1]}")
        await stopping.wait()
    finally:
        await runner.cleanup()
        await channel.close(None)


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise SettingError(f"EXCHANGE_REST_LISTEN: cannot listen on {host}:{port}: {error.strerror}") from None


def _listen_address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise SettingError(f"EXCHANGE_REST_LISTEN is {text!r}, expected host:port")
    return host.strip("[]"), int(port)
