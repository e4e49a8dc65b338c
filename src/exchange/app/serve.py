"""The core's process: starts, says so on stdout, and stops on SIGTERM."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Mapping
from typing import Final

import msgspec
import uvloop

from exchange.access.keys import hash_secret
from exchange.app import logs
from exchange.app.config import Config
from exchange.app.core import Core
from exchange.domain.errors import ExchangeError
from exchange.domain.principal import ApiKey, Role

INTERNAL_KEYS: Final = {"EXCHANGE_INTERNAL_KEY_GATEWAY": Role.GATEWAY, "EXCHANGE_INTERNAL_KEY_DELIVERY": Role.DELIVERY}
"""Keys that `exchange up` makes for its adapters, good for one run and kept nowhere."""


class Ready(msgspec.Struct, omit_defaults=True):
    """A line that a process prints: once it serves, and a core before that where it was told to wait."""

    ready: str
    """Who, or how far it is: STANDBY, PRIVATE."""
    address: str = ""
    first_key: str = ""
    """An operator's key, when the store held none: shown this once."""
    private_address: str = ""


STANDBY: Final = "standby"
"""Everything is loaded. With EXCHANGE_STANDBY=1 the core goes on when it gets a line."""
PRIVATE: Final = "private"
"""It serves on its private address. With EXCHANGE_AWAIT_GATEWAY=1 it then waits a while for a gateway there."""

_GATEWAY_S: Final = 5.0


def serve(config: Config, environment: Mapping[str, str] = os.environ) -> None:
    """Runs a core until SIGTERM, SIGINT or, when supervised, until the supervisor is gone. Raises ExchangeError.

    With EXCHANGE_SHARED_PORT=1 others may listen where it does; on SIGTERM it leaves its callers to them.
    """
    logs.configure(config.log.level)
    uvloop.run(_serve(config, environment))


async def _serve(config: Config, environment: Mapping[str, str]) -> None:
    stopping, leaving, told = asyncio.Event(), asyncio.Event(), asyncio.Event()
    shared = environment.get("EXCHANGE_SHARED_PORT") == "1"
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, (leaving if shared else stopping).set)
    loop.add_signal_handler(signal.SIGINT, stopping.set)
    if environment.get("EXCHANGE_SUPERVISED") == "1":
        await loop.connect_read_pipe(lambda: _Stdin(stopping, told), sys.stdin)
    core = Core(config, environment)
    for name, role in INTERNAL_KEYS.items():
        if secret := environment.get(name):
            core.keys.put(_internal_key(secret, role))
    if environment.get("EXCHANGE_STANDBY") == "1":
        _say(Ready(STANDBY))
        if await _first(told, stopping, leaving) is not told:
            return
    await core.open()
    if environment.get("EXCHANGE_AWAIT_GATEWAY") == "1":
        _say(Ready(PRIVATE, core.private_address))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(core.gateway(), _GATEWAY_S)
    address = await core.listen(shared=shared)
    _tune()
    operators = [key for key in core.keys.all() if key.role == Role.OPERATOR and not key.revoked_ms]
    first_key = "" if operators else await core.operator_key("first key")
    _say(Ready("core", address, first_key, core.private_address))
    end = await _first(core.membership.lost, stopping, leaving)
    if end is core.membership.lost:
        raise ExchangeError("others have taken over from this core")
    await core.stop(hand_over=end is leaving)


async def _first(*events: asyncio.Event) -> asyncio.Event:
    """Waits for one of them; the first that is set."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
    return next(event for event in events if event.is_set())


def _say(ready: Ready) -> None:
    sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
    sys.stdout.flush()


def _internal_key(secret: str, role: Role) -> ApiKey:
    return ApiKey(id=f"key_{secret.split('_')[1]}", role=role, secret_hash=hash_secret(secret), label="internal")


class _Stdin(asyncio.Protocol):
    """Goes on when stdin has a line; stops when it ends, which it does when the supervisor dies without a word."""

    def __init__(self, stopping: asyncio.Event, told: asyncio.Event) -> None:
        self._stopping = stopping
        self._told = told

    def data_received(self, data: bytes) -> None:
        """The supervisor has written."""
        self._told.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stdin has ended."""
        self._stopping.set()
        self._told.set()


def _tune() -> None:
    """Settles the interpreter into serving."""
    # What was loaded stays: out of the collector's sight it is not walked again and again. An auction leaves hardly any
    # cycles, so that collecting each 700 objects, as by default, is nearly all waste.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
