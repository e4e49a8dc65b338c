"""`exchange up`: the cores and their adapters, each its own process, started in order, kept, and replaced on SIGHUP."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from exchange.access.keys import ENTROPY_BYTES, mint
from exchange.app.child import Child
from exchange.app.config import Config, GrpcConfig
from exchange.app.stores import shared
from exchange.auction.clock import Clock
from exchange.domain.errors import ConfigError, ExchangeError

_STOP_S: Final = 20.0  # longer than a process's own drain
_WAYS_IN: Final = ("rest", "soap")
_MODULE: Final = (sys.executable, "-m")
_OF_THE_CORE: Final = ("EXCHANGE_MASTER_KEY", "EXCHANGE_STORE_")


class Supervisor:
    """Brings up the cores, then the adapters that the configuration enables."""

    def __init__(self, config: Config, environment: Mapping[str, str] = os.environ) -> None:
        """Raises ConfigError for several processes on a store that only one may have open."""
        self._config = config
        self._shared = shared(config.store.url)
        if config.grpc.processes > 1 and not self._shared:
            raise ConfigError(
                f"grpc.processes: {config.grpc.processes} cores need a store that they can share: a PostgreSQL "
                "database (store.url)"
            )
        clock = Clock()
        gateway, delivery = (mint(clock.entropy(ENTROPY_BYTES), clock.mint("key")) for _ in range(2))
        self._environment = {
            **environment,
            "EXCHANGE_SUPERVISED": "1",
            "EXCHANGE_DEVELOPMENT": "1" if config.security.development else "0",
            "EXCHANGE_LOG_LEVEL": config.log.level,
        }
        internal = {"EXCHANGE_INTERNAL_KEY_GATEWAY": gateway, "EXCHANGE_INTERNAL_KEY_DELIVERY": delivery}
        self.cores = [self._core(number, internal) for number in range(config.grpc.processes)]
        self._folder = tempfile.TemporaryDirectory(prefix="exchange-")
        self._where = Path(self._folder.name) / "cores"
        self._sockets = {name: _listen(name, getattr(config, name).listen) for name in _WAYS_IN if self._enabled(name)}
        settings: tuple[tuple[str, dict[str, str]], ...] = (
            ("gateway", {"EXCHANGE_KEY": gateway}),
            ("webhooks", {"EXCHANGE_KEY": delivery}),
            *((name, _environment(name, getattr(config, name))) for name in self._sockets),
        )
        self.adapters = [self._adapter(name, own) for name, own in settings if self._enabled(name)]

    def _enabled(self, name: str) -> bool:
        return bool(getattr(self._config, name).enabled)

    def _core(self, number: int, internal: Mapping[str, str]) -> Child:
        grpc_ = self._config.grpc
        environment = {**self._environment, **internal}
        stop_s = _STOP_S
        if self._shared:
            environment |= {"EXCHANGE_SHARED_PORT": "1", "EXCHANGE_GRPC_PRIVATE_LISTEN": _private(grpc_, number)}
            stop_s += 2 * grpc_.connection_age_s
        name = "core" if grpc_.processes == 1 else f"core-{number + 1}"
        return Child(name, (*_MODULE, "exchange.app.cli", "serve"), environment, stop_s=stop_s, moved=self._tell)

    def _adapter(self, name: str, own: Mapping[str, str]) -> Child:
        environment = {**self._environment, **_environment("egress", self._config.egress), **own}
        if not {"EXCHANGE_CORE", "EXCHANGE_CORE_FILE"} & environment.keys():
            environment["EXCHANGE_CORE_FILE"] = str(self._where)
        files: tuple[int, ...] = ()
        if held := self._sockets.get(name):
            files = (held.fileno(),)
            host, port = held.getsockname()[:2]
            environment[f"EXCHANGE_{name.upper()}_LISTEN"] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            environment[f"EXCHANGE_{name.upper()}_LISTEN_FD"] = str(held.fileno())
        # Only the core needs the store, whose URL may hold a password, and the key that contact data is sealed under.
        theirs = {name: value for name, value in environment.items() if not name.startswith(_OF_THE_CORE)}
        return Child(name, (*_MODULE, f"adapters.{name}"), theirs, stop_s=_STOP_S, files=files)

    async def run(self, up: Callable[["Supervisor"], None]) -> None:
        """Runs until SIGTERM or SIGINT; calls `up` once everything serves. Raises ExchangeError.

        On SIGHUP every process is replaced by a new one, one after another.
        """
        stopping, again = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        loop.add_signal_handler(signal.SIGHUP, again.set)
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._start()
            tasks += [asyncio.create_task(child.keep(_restarted)) for child in self._children()]
            tasks.append(asyncio.create_task(self._replace(again)))
            up(self)
            await stopping.wait()
        finally:
            await _ended(tasks[-1:])  # it would start more
            await self._stop()
            await _ended(tasks)
            for held in self._sockets.values():
                held.close()
            self._folder.cleanup()

    def _children(self) -> list[Child]:
        return [*self.cores, *self.adapters]

    async def _start(self) -> None:
        if self._shared:  # cores of another exchange, which share their port as well, must not get our callers
            _listen("grpc", self._config.grpc.listen).close()
        first, *others = self.cores
        await first.start()  # alone: it may have to make the store's tables and the first key
        for core in self.cores:  # all of them there, and each, when it is started again, where it was
            core.environment["EXCHANGE_GRPC_LISTEN"] = first.address
        await asyncio.gather(*(core.start() for core in others))
        await asyncio.gather(*(adapter.start() for adapter in self.adapters))
        if self._shared and self._enabled("gateway"):
            for core in self.cores:
                core.environment["EXCHANGE_AWAIT_GATEWAY"] = "1"

    def _tell(self) -> None:
        """Writes down, for the adapters, where the cores are."""
        where = [address for core in self.cores for address in core.private] or [self.cores[0].address]
        if any(where):
            new = self._where.with_suffix(".new")
            new.write_text(",".join(where), encoding="utf-8")
            new.replace(self._where)

    async def _replace(self, again: asyncio.Event) -> None:
        """Replaces every process whenever it is asked to. When a new one does not start, the old ones go on."""
        fixed = not self._config.grpc.private_listen.endswith(":0") and bool(self._config.grpc.private_listen)
        while True:
            await again.wait()
            again.clear()
            try:
                for core in self.cores:
                    await core.replace(overlap=self._shared and not fixed)
                await asyncio.gather(*(adapter.replace(overlap=True) for adapter in self.adapters))
                _log("INFO", "every process was replaced")
            except ExchangeError as error:
                _log("ERROR", f"the restart was given up: {error}")

    async def _stop(self) -> None:
        """First the ways in, then the cores, which still need the gateway to finish; then the others."""
        await asyncio.gather(*(child.stop() for child in self.adapters if child.name in _WAYS_IN))
        await asyncio.gather(*(core.stop(signal.SIGINT) for core in self.cores))  # there is nobody to hand over to
        await asyncio.gather(*(child.stop() for child in self.adapters if child.name not in _WAYS_IN))

    @property
    def first_key(self) -> str:
        """An operator's key, when the store held none."""
        return self.cores[0].first_key

    def addresses(self) -> dict[str, str]:
        """Where everything is; `core` is where callers reach any of the cores, and each of several has its own too."""
        own = {core.name: core.private[0] for core in self.cores if core.private} if len(self.cores) > 1 else {}
        ways = {child.name: child.address for child in self.adapters if child.address}
        return {"core": self.cores[0].address, **own, **ways}

    def pids(self) -> dict[str, int]:
        """The processes by name."""
        return {child.name: child.pid for child in self._children()}


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)


def _private(config: GrpcConfig, number: int) -> str:
    """Where a core of several is reached by itself: each has the next port. Raises ConfigError."""
    host, _, port = (config.private_listen or "127.0.0.1:0").rpartition(":")
    mine = int(port) and int(port) + number
    if mine > 65_535:
        raise ConfigError(f"grpc.private_listen: {config.processes} cores from port {port} on go beyond 65535")
    return f"{host}:{mine}"


def _listen(name: str, address: str) -> socket.socket:
    """A socket that a way in listens on, whichever process that is. Raises ConfigError."""
    host, _, port = address.rpartition(":")
    try:
        family, *_, where = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        return socket.create_server(where[:2], family=family, backlog=1_024)
    except OSError as error:
        raise ConfigError(f"{name}.listen: cannot listen on {address}: {error.strerror}") from None


def _environment(section: str, config: msgspec.Struct) -> dict[str, str]:
    """A section as the adapters read it: what is empty is left out."""
    values = {key: value for key, value in msgspec.structs.asdict(config).items() if key != "enabled" and value}
    return {
        f"EXCHANGE_{section}_{key}".upper(): ",".join(value) if isinstance(value, tuple) else str(value)
        for key, value in values.items()
    }


def _restarted(child: Child) -> None:
    _log("WARNING", f"{child.name} was started again")


def _log(level: str, message: str) -> None:
    sys.stderr.write(json.dumps({"level": level, "message": message}) + "\n")
