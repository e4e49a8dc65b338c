"""The core's process: starts, says so on stdout, and stops on SIGTERM."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Mapping

import msgspec
import uvloop

from exchange.access.keys import hash_secret
from exchange.app import logs
from exchange.app.config import Config
from exchange.app.core import Core
from exchange.domain.principal import ApiKey, Role

INTERNAL_KEYS = {"EXCHANGE_INTERNAL_KEY_GATEWAY": Role.GATEWAY, "EXCHANGE_INTERNAL_KEY_DELIVERY": Role.DELIVERY}
"""Keys that `exchange up` makes for its adapters, good for one run and kept nowhere."""


class Ready(msgspec.Struct, omit_defaults=True):
    """The line that a core prints once it serves."""

    ready: str
    address: str
    first_key: str = ""
    """An operator's key, when the store held none: shown this once."""


def serve(config: Config, environment: Mapping[str, str] = os.environ) -> None:
    """Runs a core until SIGTERM, SIGINT or, when supervised, until the supervisor is gone. Raises ExchangeError."""
    logs.configure(config.log.level)
    uvloop.run(_serve(config, environment))


async def _serve(config: Config, environment: Mapping[str, str]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if environment.get("EXCHANGE_SUPERVISED") == "1":
        await _watch_stdin(stopping)
    core = Core(config, environment)
    address = await core.start()
    for name, role in INTERNAL_KEYS.items():
        if secret := environment.get(name):
            core.keys.put(_internal_key(secret, role))
    # What was loaded stays: keeping it out of the collector's sight saves it from being walked again and again.
    gc.freeze()
    operators = [key for key in core.keys.all() if key.role == Role.OPERATOR and not key.revoked_ms]
    first_key = "" if operators else await core.operator_key("first key")
    sys.stdout.write(msgspec.json.encode(Ready("core", address, first_key)).decode() + "\n")
    sys.stdout.flush()
    await stopping.wait()
    await core.stop()


def _internal_key(secret: str, role: Role) -> ApiKey:
    return ApiKey(id=f"key_{secret.split('_')[1]}", role=role, secret_hash=hash_secret(secret), label="internal")


async def _watch_stdin(stopping: asyncio.Event) -> None:
    """Stops when stdin ends, which it does when the supervisor dies without a word."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def watch() -> None:
        await reader.read()
        stopping.set()

    asyncio.get_running_loop().create_task(watch())
