"""Processes of the exchange that are killed: started as in production, and started again whenever they end."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

_START_S: Final = 60.0
_AGAIN_S: Final = 0.2
_STOP_S: Final = 40.0


class Child:
    """`python -m MODULE …`, kept up as an init system would; its words are in a file."""

    def __init__(
        self, name: str, command: tuple[str, ...], environment: Mapping[str, str], log: Path, within: tuple[str, ...]
    ) -> None:
        """`within` runs it in surroundings of its own."""
        self.name = name
        self.starts = 0
        self.facts: dict[str, Any] = {}
        """Of its first start."""
        self.environment = dict(environment)
        self.log = log
        self._command = (*within, sys.executable, "-m", *command)
        self._process: asyncio.subprocess.Process | None = None
        self._serves = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts it, waits until it serves, and keeps it up from then on."""
        await self._start()
        self._keeping = asyncio.create_task(self._keep())

    def kill(self) -> bool:
        """`kill -9`; False when it does not run just now."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._process.kill()
        self._serves.clear()
        return True

    async def serving(self) -> None:
        """Waits until it serves."""
        async with asyncio.timeout(_START_S):
            await self._serves.wait()

    async def stop(self) -> None:
        """SIGTERM, and waits for it to be gone; one that does not go is killed, and that is an error."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            process.kill()
            raise AssertionError(f"{self.name} did not stop: {self.log.read_text()[-2_000:]}") from None

    async def _keep(self) -> None:
        while True:
            assert self._process is not None
            await self._process.wait()
            self._serves.clear()
            await asyncio.sleep(_AGAIN_S)
            with contextlib.suppress(AssertionError):  # its database is away: once more
                await self._start()

    async def _start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as log:
            log.write(f"--- start {self.starts} at {time.time():.3f}\n".encode())
            log.flush()
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,  # ends with this process, and it with that
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self.environment, "EXCHANGE_SUPERVISED": "1"},
            )
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        assert line, f"{self.name} did not start: {self.log.read_text()[-2_000:]}"
        self.facts = self.facts or msgspec.json.decode(line)
        self._serves.set()
