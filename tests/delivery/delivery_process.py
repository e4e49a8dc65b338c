"""A delivery process of its own, beside a core that is one too."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Final, Self

_START_S: Final = 30.0


class DeliveryProcess:
    """`python -m adapters.webhooks`: started, killed and stopped by its id, its words kept in a file."""

    def __init__(self, log: Path, core: str, key: str) -> None:
        self._log = log
        self._environment = {
            "EXCHANGE_CORE": core,
            "EXCHANGE_KEY": key,
            "EXCHANGE_DEVELOPMENT": "1",  # subscribers are on loopback
        }
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert await self._end(signal.SIGTERM) in (None, 0), self._log.read_text()[-2000:]

    async def start(self) -> None:
        """Starts it; it is ready when the core has answered it."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "adapters.webhooks",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self._environment},
            )
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        if not line:
            await self._end(signal.SIGTERM)
            raise AssertionError(self._log.read_text()[-2000:])

    async def kill(self) -> None:
        """`kill -9`."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.returncode is None:
            process.send_signal(number)
        return await asyncio.wait_for(process.wait(), _START_S)
