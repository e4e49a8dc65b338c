"""The process: listens, serves until told to stop, then finishes what is open.

Settings beside those of `adapters.common.process`:

- `EXCHANGE_REST_LISTEN`: `host:port` to listen on; port 0 takes a free one. Defaults to `127.0.0.1:8080`.
- `EXCHANGE_REST_TLS_CERTIFICATE`, `EXCHANGE_REST_TLS_KEY`: files (PEM) with which to serve TLS.
- `EXCHANGE_REST_TRUSTED_PROXIES`: networks, by commas, whose `X-Forwarded-Proto` and `X-Forwarded-For` count.
- `EXCHANGE_REST_CORS_ORIGINS`: origins, by commas, of web pages that may call; `*` for all. Defaults to none.
- `EXCHANGE_REST_PUBLIC_URL`: how callers reach it, such as `https://api.example.com`. Defaults to what they ask for.
"""

import asyncio
from typing import Final

from adapters.common import cores, listening
from adapters.common.balanced import Balanced
from adapters.common.listening import Listen
from adapters.common.process import ready
from adapters.rest.core import Core
from adapters.rest.edge import SERVER_LOG
from adapters.rest.router import application
from adapters.rest.settings import read_settings, tls

_FINISH_S: Final = 11.0  # the longest budget that a submission may ask for, and its call's margin


async def serve(stopping: asyncio.Event) -> None:
    """Serves until the event is set; raises SettingError for an address that cannot be used."""
    listen = Listen("EXCHANGE_REST_LISTEN", "127.0.0.1:8080", tls())
    settings = read_settings()
    channel = await Balanced.over(cores.from_settings())
    app = application(Core(channel), stopping, settings)
    try:
        await listening.serve(
            app, listen, stopping, on_ready=lambda url: ready("rest", url), finish_s=_FINISH_S, log=SERVER_LOG
        )
    finally:
        await channel.close()
