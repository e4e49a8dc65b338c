"""Processes that are measured: started by module, ready by a line of JSON, their CPU time read from /proc."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import msgspec

_START_S: Final = 60.0
_STOP_S: Final = 30.0
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used in all its threads, user and system; in steps of a kernel tick (10 ms)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()  # after the name, which may hold anything
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def family_cpu_s(pid: int) -> float:
    """The same of a process, its children, and those of them that have ended."""
    total_s = cpu_s(pid)
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            total_s += cpu_s(int(child))
    ended = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[13:15]
    return total_s + sum(map(int, ended)) * _TICK_S


def memory_bytes(pid: int) -> int:
    """What a process holds in memory (its resident set)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES


class Process:
    """`python -m MODULE` with its words kept in a file. Stopped by its own id when the block ends."""

    def __init__(self, log: Path, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.facts: dict[str, Any] = {}
        """The line that it printed when it was ready."""
        self.pid = 0
        self._log = log
        self._command = (sys.executable, "-m", module, *arguments)
        self._environment = environment

    async def __aenter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment,
            )
        assert self._process.stdout is not None
        try:
            self.facts = msgspec.json.decode(await asyncio.wait_for(self._process.stdout.readline(), _START_S))
        except (TimeoutError, msgspec.DecodeError):
            await self.__aexit__()
            words = self._log.read_text(errors="replace")[-2_000:]
            raise RuntimeError(f"{' '.join(self._command[1:])} did not start: {words}") from None
        self.pid = self._process.pid
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), _STOP_S)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    def cpu_s(self) -> float:
        """CPU seconds used so far."""
        return cpu_s(self.pid)
