"""`exchange up`: the core and its adapters, each its own process, started in order and again when they die."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from exchange.access.keys import ENTROPY_BYTES, mint
from exchange.app.config import Config
from exchange.app.serve import Ready
from exchange.auction.clock import Clock
from exchange.domain.errors import ExchangeError

_START_S: Final = 60.0
_STOP_S: Final = 20.0  # longer than the core's own drain
_RESTART_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_WAYS_IN: Final = frozenset({"rest", "soap"})
_STEADY_S: Final = 30.0  # a process that ran this long is started again at once when it dies


class Child:
    """One process under supervision."""

    def __init__(self, name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> None:
        self.name = name
        self.address = ""
        self.first_key = ""
        self.environment = dict(environment)
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int:
        """The process's id; 0 when it does not run."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Starts it and waits until it serves. Raises ExchangeError when it ends first, or takes too long."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,  # held open: it ends when this process does
            stdout=asyncio.subprocess.PIPE,
            env=self.environment,
            start_new_session=True,  # a terminal's Ctrl-C is for this process alone, which stops all of them in order
        )
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
            ready = msgspec.json.decode(line, type=Ready)
        except (TimeoutError, msgspec.DecodeError):
            await self._end()
            raise ExchangeError(f"{self.name} did not start; its own words are above") from None
        self.address, self.first_key = ready.address, ready.first_key or self.first_key

    async def keep(self, restarted: Callable[["Child"], None]) -> None:
        """Starts it again whenever it ends, after longer and longer waits while it ends soon."""
        loop, ends = asyncio.get_running_loop(), 0
        while True:
            begun = loop.time()
            if self._process is not None:
                await self._process.wait()
            if self._stopping:
                return
            ends = 0 if loop.time() - begun > _STEADY_S else ends + 1
            await asyncio.sleep(_RESTART_S[min(ends, len(_RESTART_S) - 1)])
            with contextlib.suppress(ExchangeError):
                await self.start()
                restarted(self)

    async def stop(self) -> None:
        """Asks it to stop for good, and kills it when it does not."""
        self._stopping = True
        await self._end()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


class Supervisor:
    """Brings up the core, then the adapters that the configuration enables."""

    def __init__(self, config: Config, environment: Mapping[str, str] = os.environ) -> None:
        self._config = config
        clock = Clock()
        gateway, delivery = (mint(clock.entropy(ENTROPY_BYTES), clock.mint("key")) for _ in range(2))
        shared = {
            **environment,
            "EXCHANGE_SUPERVISED": "1",
            "EXCHANGE_DEVELOPMENT": "1" if config.security.development else "0",
            "EXCHANGE_LOG_LEVEL": config.log.level,
        }
        internal = {"EXCHANGE_INTERNAL_KEY_GATEWAY": gateway, "EXCHANGE_INTERNAL_KEY_DELIVERY": delivery}
        self.core = Child("core", (sys.executable, "-m", "exchange.app.cli", "serve"), {**shared, **internal})
        settings = (
            ("gateway", config.gateway.enabled, {"EXCHANGE_KEY": gateway}),
            ("webhooks", config.webhooks.enabled, {"EXCHANGE_KEY": delivery}),
            ("rest", config.rest.enabled, _environment("rest", config.rest)),
            ("soap", config.soap.enabled, _environment("soap", config.soap)),
        )
        shared |= _environment("egress", config.egress)
        # Only the core needs the key that contact data is sealed under.
        theirs = {name: value for name, value in shared.items() if not name.startswith("EXCHANGE_MASTER_KEY")}
        self.adapters = [
            Child(name, (sys.executable, "-m", f"adapters.{name}"), {**theirs, **own})
            for name, enabled, own in settings
            if enabled
        ]

    async def run(self, up: Callable[["Supervisor"], None]) -> None:
        """Runs until SIGTERM or SIGINT; calls `up` once everything serves. Raises ExchangeError."""
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        keepers: list[asyncio.Task[None]] = []
        try:
            await self._start()
            keepers = [asyncio.create_task(child.keep(_restarted)) for child in (self.core, *self.adapters)]
            up(self)
            await stopping.wait()
        finally:
            await self._stop()
            for keeper in keepers:
                keeper.cancel()

    async def _start(self) -> None:
        await self.core.start()
        # A core that is started again must be found where it was.
        self.core.environment["EXCHANGE_GRPC_LISTEN"] = self.core.address
        for adapter in self.adapters:
            adapter.environment["EXCHANGE_CORE"] = self.core.address
        await asyncio.gather(*(adapter.start() for adapter in self.adapters))
        for adapter in self.adapters:
            if adapter.address:  # one that is started again must be found where it was
                name = f"EXCHANGE_{adapter.name.upper()}_LISTEN"
                adapter.environment[name] = urlsplit(adapter.address).netloc

    async def _stop(self) -> None:
        """First the way in, then the core, which still needs the gateway to finish; then the others."""
        ways_in = [child for child in self.adapters if child.name in _WAYS_IN]
        others = [child for child in self.adapters if child.name not in _WAYS_IN]
        for child in (*ways_in, self.core, *others):
            await child.stop()

    def addresses(self) -> dict[str, str]:
        """Where everything is, and the processes' ids."""
        return {child.name: child.address for child in (self.core, *self.adapters) if child.address}

    def pids(self) -> dict[str, int]:
        """The processes by name."""
        return {child.name: child.pid for child in (self.core, *self.adapters)}


def _environment(section: str, config: msgspec.Struct) -> dict[str, str]:
    """A section as the adapters read it: what is empty is left out."""
    values = {key: value for key, value in msgspec.structs.asdict(config).items() if key != "enabled" and value}
    return {
        f"EXCHANGE_{section}_{key}".upper(): ",".join(value) if isinstance(value, tuple) else str(value)
        for key, value in values.items()
    }


def _restarted(child: Child) -> None:
    sys.stderr.write(json.dumps({"level": "WARNING", "message": f"{child.name} was started again"}) + "\n")
