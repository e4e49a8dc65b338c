"""The processes that the demo starts: a whole exchange, and sample buyers."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

_START_S: Final = 60.0
_STOP_S: Final = 40.0  # `exchange up` itself gives each of its processes 20 s


class DemoError(Exception):
    """The demo cannot go on; the message is for people."""


class Child:
    """A process of ours that says on stdout, in one line of JSON, when it is ready. Its log goes to a file."""

    def __init__(self, name: str, module: str, arguments: list[str], directory: Path, **settings: str) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self.facts: dict[str, Any] = {}
        self._command = (sys.executable, "-m", module, *arguments)
        # Settings of the exchange that the caller's shell happens to hold are not for this one.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("EXCHANGE_")}
        self._environment = {**inherited, **settings}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Returns when it is ready. Raises DemoError when it ends first, or takes a minute."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,  # ends with this process, and theirs with it
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**self._environment, "EXCHANGE_SUPERVISED": "1"},
            )
        assert self._process.stdout is not None
        try:
            self.facts = msgspec.json.decode(await asyncio.wait_for(self._process.stdout.readline(), _START_S))
        except (TimeoutError, msgspec.DecodeError):
            raise DemoError(f"{self.name} did not start:\n{self.log.read_text()[-2_000:]}") from None

    async def stop(self) -> None:
        """SIGTERM, and waits for it to be gone."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()


class Exchange(Child):
    """`exchange up`: cores and their adapters, on free ports, with all that they keep in one directory or database."""

    def __init__(self, directory: Path, store_url: str = "", processes: int = 1) -> None:
        """Without a `store_url` everything is kept in the directory."""
        self.store_url = store_url or f"sqlite:///{directory / 'exchange.db'}"
        super().__init__(
            "exchange",
            "exchange.app.cli",
            ["up", "--json", "--processes", str(processes)],
            directory,
            EXCHANGE_STORE_URL=self.store_url,
            EXCHANGE_SECURITY_VAR_DIR=str(directory),
            EXCHANGE_SECURITY_DEVELOPMENT="true",  # the sample buyers are reached over plain HTTP on this machine
            EXCHANGE_GRPC_LISTEN="127.0.0.1:0",
            EXCHANGE_REST_LISTEN="127.0.0.1:0",
            EXCHANGE_SOAP_LISTEN="127.0.0.1:0",
        )

    @property
    def grpc(self) -> str:
        """The core's address, or one that leads to any of several."""
        return str(self.facts["addresses"]["core"])

    @property
    def cores(self) -> list[str]:
        """Where each core is reached by itself."""
        addresses = self.facts["addresses"]
        return [addresses[name] for name in addresses if name.startswith("core-")] or [self.grpc]

    @property
    def rest(self) -> str:
        """The REST API's base URL."""
        return f"{self.facts['addresses']['rest']}/api/v1"

    @property
    def first_key(self) -> str:
        """An operator's key."""
        return str(self.facts["first_key"])

    def kill_core(self) -> None:
        """`kill -9` of the core, or one of several, if it runs just now; `exchange up` starts it again."""
        for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            if b"serve" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                os.kill(int(child), signal.SIGKILL)
                return

    async def verify(self) -> dict[str, list[str]]:
        """What `exchange verify` finds in the store: each invariant, with the rows that break it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "exchange.app.cli", "verify", "--store", self.store_url, "--json",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        stdout, _ = await process.communicate()
        try:
            checks: dict[str, list[str]] = msgspec.json.decode(stdout)["checks"]
        except msgspec.DecodeError:
            raise DemoError("exchange verify could not read the store") from None
        return checks
