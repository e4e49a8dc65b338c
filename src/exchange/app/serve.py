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
        await loop.connect_read_pipe(lambda: _Stdin(stopping), sys.stdin)
    core = Core(config, environment)
    address = await core.start()
    for name, role in INTERNAL_KEYS.items():
        if secret := environment.get(name):
            core.keys.put(_internal_key(secret, role))
    _tune()
    operators = [key for key in core.keys.all() if key.role == Role.OPERATOR and not key.revoked_ms]
    first_key = "" if operators else await core.operator_key("first key")
    sys.stdout.write(msgspec.json.encode(Ready("core", address, first_key)).decode() + "\n")
    sys.stdout.flush()
    await stopping.wait()
    await core.stop()


def _internal_key(secret: str, role: Role) -> ApiKey:
    return ApiKey(id=f"key_{secret.split('_')[1]}", role=role, secret_hash=hash_secret(secret), label="internal")


class _Stdin(asyncio.Protocol):
    """Stops when stdin ends, which it does when the supervisor dies without a word."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping

    def connection_lost(self, exc: Exception | None) -> None:
        """Stdin has ended."""
        self._stopping.set()


def _tune() -> None:
    """Settles the interpreter into serving."""
    # What was loaded stays: out of the collector's sight it is not walked again and again. An auction leaves hardly any
    # cycles, so that collecting each 700 objects, as by default, is nearly all waste.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
