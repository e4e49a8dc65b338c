"""The life of an adapter's process: settings from the environment, logs on stderr, ready on stdout, SIGTERM to stop.

Settings (each adapter adds its own):

- `EXCHANGE_CORE` or `EXCHANGE_CORE_FILE`: the cores' gRPC addresses, `host:port`, several separated by commas; a name
  is every address that it resolves to. Names and the file are looked at again each second.
- `EXCHANGE_KEY` or `EXCHANGE_KEY_FILE`: the adapter's own API key, where it needs one.
- `EXCHANGE_DEVELOPMENT`: `1` allows plain HTTP and loopback addresses towards buyers.
- `EXCHANGE_LOG_LEVEL`: `DEBUG`, `INFO` (default), `WARNING`, `ERROR`.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import uvloop


class SettingError(Exception):
    """A setting is missing or cannot be used; the message names it."""


def setting(name: str, default: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """A setting by name, or from the file that `NAME_FILE` gives; raises SettingError when there is neither."""
    if name in environment:
        return environment[name]
    if path := environment.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    if default is None:
        raise SettingError(f"{name} is not set")
    return default


def development() -> bool:
    """Whether the operator's development switch is on."""
    return setting("EXCHANGE_DEVELOPMENT", "0") == "1"


class _JsonLines(logging.Formatter):
    """One JSON object a line, for whatever collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


def ready(name: str, address: str = "") -> None:
    """Tells whoever started the process that it serves, and where: one JSON line on stdout."""
    sys.stdout.write(json.dumps({"ready": name, "address": address}) + "\n")
    sys.stdout.flush()
    # What was loaded stays: the collector need not walk it again, nor look each 700 objects, as by default, for cycles
    # that hardly any call leaves.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


class _Stdin(asyncio.Protocol):
    """Stops when stdin ends, which it does when `exchange up` dies without a word."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping

    def connection_lost(self, exc: Exception | None) -> None:
        """Stdin has ended."""
        self._stopping.set()


def run(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs an adapter until SIGTERM or SIGINT sets the event that it is given; a setting at fault ends it with 2."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=setting("EXCHANGE_LOG_LEVEL", "INFO"), handlers=[handler])

    async def supervised() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        if setting("EXCHANGE_SUPERVISED", "0") == "1":
            await loop.connect_read_pipe(lambda: _Stdin(stopping), sys.stdin)
        await main(stopping)

    try:
        uvloop.run(supervised())
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
