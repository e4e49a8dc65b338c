"""Serving callers over HTTP: from an address of one's own, or a socket that whoever started the process handed down.

A socket that is handed down (its number in `NAME_FD`, for a setting `NAME` such as `EXCHANGE_REST_LISTEN`) outlives the
process: the next one takes over what waits in it, and no caller is turned away in between.
"""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable
from typing import Final

from aiohttp import web

from adapters.common.process import SettingError, setting

_QUIET_S: Final = (
    0.3  # nobody who uses a connection uses it less often, or is likely to in the moment when it is closed
)
_LINGER_S: Final = 2.0
_STEP_S: Final = 0.05


class Listen:
    """What a setting says to listen on; with TLS by https."""

    def __init__(self, name: str, default: str, tls: ssl.SSLContext | None = None) -> None:
        """Raises SettingError when it is not `host:port`; port 0 takes a free one."""
        text = setting(name, default)
        host, _, port = text.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
            raise SettingError(f"{name} is {text!r}, expected host:port")
        self._name = name
        self._host, self._port = host.strip("[]"), int(port)
        self._inherited = setting(f"{name}_FD", "")
        self._tls = tls

    async def begin(self, runner: web.AppRunner) -> tuple[web.BaseSite, str]:
        """Listens; answers with what ends it, and the URL. Raises SettingError for an address that cannot be used."""
        site: web.BaseSite
        if self._inherited:
            site = web.SockSite(runner, socket.socket(fileno=int(self._inherited)), ssl_context=self._tls)
        else:
            site = web.TCPSite(runner, self._host, self._port, ssl_context=self._tls)
        try:
            await site.start()
        except OSError as error:
            where = f"{self._host}:{self._port}: {error.strerror or os.strerror(error.errno or 0)}"
            raise SettingError(f"{self._name}: cannot listen on {where}") from None
        shown = f"[{self._host}]" if ":" in self._host else self._host
        return site, f"{'https' if self._tls else 'http'}://{shown}:{runner.addresses[0][1]}"


async def serve(
    app: web.Application,
    listen: Listen,
    stopping: asyncio.Event,
    *,
    on_ready: Callable[[str], None],
    finish_s: float,
    log: logging.Logger,
) -> None:
    """Serves until the event is set, then finishes what is open, for `finish_s` at most. Raises SettingError.

    `on_ready` is told the URL. Callers who keep connections open are told with each last answer that theirs ends.
    """
    loop = asyncio.get_running_loop()
    answered = 0.0

    async def end(_: web.Request, response: web.StreamResponse) -> None:
        nonlocal answered
        answered = loop.time()
        if stopping.is_set():
            response.force_close()

    app.on_response_prepare.append(end)
    runner = web.AppRunner(app, access_log=None, logger=log, shutdown_timeout=finish_s)
    await runner.setup()
    try:
        site, url = await listen.begin(runner)
        on_ready(url)
        await stopping.wait()
        await site.stop()
        ends = loop.time() + _LINGER_S
        while runner.server and runner.server.connections and loop.time() < min(ends, answered + _QUIET_S):  # noqa: ASYNC110
            await asyncio.sleep(_STEP_S)  # connections that end tell nobody
    finally:
        await runner.cleanup()
