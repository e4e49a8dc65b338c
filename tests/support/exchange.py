"""Exchanges for tests: a core inside the test's process, a core as a process, and all of `exchange up`."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any, Self

import msgspec

from exchange.app.config import load
from exchange.app.core import Core
from exchange.app.verify import verify
from tests.support.market import Market

_START_S = 30.0


def broken(url: str) -> dict[str, list[str]]:
    """The invariants that a store breaks, with the offending rows; empty when `exchange verify` passes."""
    return {one.name: one.offending for one in verify(url) if one.offending}


class RunningCore(Market):
    """A core in this process: `async with RunningCore(directory) as core`. What a test leaves must pass `verify`."""

    core: Core

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        await self.stop()
        if kind is None:
            assert broken(self.url) == {}

    async def start(self) -> None:
        """Serves, on the store as it was left."""
        self.core = Core(load(self.environment), self.environment)
        address = await self.core.start()
        self._serves_at(address, await self.core.operator_key("test"))

    async def stop(self) -> None:
        """Drains and stops; a second time does nothing."""
        await self._disconnect()
        if self.address:
            self.address = ""
            await self.core.stop()

    async def restart(self) -> None:
        """Stops and serves again, where it was and on the store as it was left. Callers made before are cut off."""
        await self.stop()
        await self.start()


class Process(Market):
    """A process of ours: killed, stopped and started again by its id, its words kept in `process.log`."""

    command: tuple[str, ...]
    within: tuple[str, ...] = ()
    """A command that runs it in surroundings of its own: with another disk, or other limits."""

    def __init__(self, directory: Path, **settings: str) -> None:
        super().__init__(directory, EXCHANGE_LOG_LEVEL="DEBUG", **settings)
        self.log = directory / "process.log"
        self.facts: dict[str, Any] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._key = ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts it and waits until it serves."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.within,
                sys.executable,
                "-m",
                "exchange.app.cli",
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self.environment},
            )
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        if not line:
            await self._end(signal.SIGTERM)  # a loop that closes on a process not waited for warns, sooner or later
            raise AssertionError(self.log.read_text())
        self.facts = msgspec.json.decode(line)
        self._key = self.facts.get("first_key") or self._key
        self._serves_at(self._core_address(), self._key)

    def _core_address(self) -> str:
        return str(self.facts["address"])

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """`kill -9`."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, and waits for it to be gone."""
        await self._disconnect()
        code = await self._end(signal.SIGTERM)
        assert code in (None, 0), f"ended with {code}: {self.log.read_text()[-2000:]}"

    async def _end(self, number: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.returncode is None:
            process.send_signal(number)
        return await asyncio.wait_for(process.wait(), 30)


class CoreProcess(Process):
    """`exchange serve`: a core alone."""

    command = ("serve",)


class RunningExchange(Process):
    """`exchange up --json`: the core and every adapter."""

    command: tuple[str, ...] = ("up", "--json")

    def __init__(self, directory: Path, **settings: str) -> None:
        super().__init__(
            directory, **{"EXCHANGE_REST_LISTEN": "127.0.0.1:0", "EXCHANGE_SOAP_LISTEN": "127.0.0.1:0", **settings}
        )

    def _core_address(self) -> str:
        return str(self.addresses["core"])

    @property
    def addresses(self) -> dict[str, str]:
        """Where core and adapters listen, by name."""
        return dict(self.facts["addresses"])

    def core_pid(self) -> int | None:
        """The core's process as it now is; None while there is none."""
        assert self._process is not None
        supervisor = self._process.pid
        for child in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"serve" in words:
                return int(child)
        return None

    def kill_core(self) -> None:
        """`kill -9` of the core; the supervisor starts it again."""
        pid = self.core_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
