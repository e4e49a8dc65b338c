"""The process: listens, serves until told to stop, then finishes what is open.

Settings beside those of `adapters.common.process`:

- `EXCHANGE_REST_LISTEN`: `host:port` to listen on; port 0 takes a free one. Defaults to `127.0.0.1:8080`.
- `EXCHANGE_REST_TLS_CERTIFICATE`, `EXCHANGE_REST_TLS_KEY`: files (PEM) with which to serve TLS.
- `EXCHANGE_REST_TRUSTED_PROXIES`: networks, by commas, whose `X-Forwarded-Proto` and `X-Forwarded-For` count.
- `EXCHANGE_REST_CORS_ORIGINS`: origins, by commas, of web pages that may call; `*` for all. Defaults to none.
- `EXCHANGE_REST_PUBLIC_URL`: how callers reach it, such as `https://api.example.com`. Defaults to what they ask for.
"""

import asyncio
import ssl
from typing import Final

from aiohttp import web

from adapters.common.core import connect
from adapters.common.process import SettingError, ready, setting
from adapters.rest.core import Core
from adapters.rest.edge import SERVER_LOG
from adapters.rest.router import application
from adapters.rest.settings import read_settings, tls

_FINISH_S: Final = 11.0  # the longest budget that a submission may ask for, and its call's margin


async def serve(stopping: asyncio.Event) -> None:
    """Serves until the event is set; raises SettingError for an address that cannot be used."""
    host, port = _listen_address(setting("EXCHANGE_REST_LISTEN", "127.0.0.1:8080"))
    settings, context = read_settings(), tls()
    channel = connect(setting("EXCHANGE_CORE"))
    runner = web.AppRunner(
        application(Core(channel), stopping, settings), access_log=None, logger=SERVER_LOG, shutdown_timeout=_FINISH_S
    )
    await runner.setup()
    try:
        await _listen(runner, host, port, context)
        shown = f"[{host}]" if ":" in host else host
        ready("rest", f"{'https' if context else 'http'}://{shown}:{runner.addresses[0][1]}")
        await stopping.wait()
    finally:
        await runner.cleanup()
        await channel.close(None)


async def _listen(runner: web.AppRunner, host: str, port: int, context: ssl.SSLContext | None) -> None:
    try:
        await web.TCPSite(runner, host, port, ssl_context=context).start()
    except OSError as error:
        raise SettingError(f"EXCHANGE_REST_LISTEN: cannot listen on {host}:{port}: {error.strerror}") from None


def _listen_address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise SettingError(f"EXCHANGE_REST_LISTEN is {text!r}, expected host:port")
    return host.strip("[]"), int(port)
