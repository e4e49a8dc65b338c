"""What is measured on, and how busy it was with other things: a figure is worth what this allows."""

import os
import platform
import resource
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


class Others:
    """CPU that went to processes other than this one and those it started, from when it is made."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._busy_s, self._own_s = _busy_s(), _own_s()

    def cores(self) -> float:
        """Cores, on average. All that this process started must have ended."""
        seconds = time.perf_counter() - self._begun
        return max(0.0, (_busy_s() - self._busy_s - (_own_s() - self._own_s)) / seconds)


def described(folder: Path) -> str:
    """The day, and the machine as far as it matters: processor, memory, file system of a folder, versions."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    cores = f"{os.cpu_count()} cores ({_processor()}), {gib:.0f} GiB of memory, {_file_system(folder)}"
    software = f"Linux {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    return f"{now}; {cores}; {software}, SQLite {sqlite3.sqlite_version}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _file_system(folder: Path) -> str:
    """The type of the one that is mounted nearest above a folder."""
    at = str(folder.resolve())
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    return max((len(where), kind) for where, kind in mounts if f"{at}/".startswith(f"{where.rstrip('/')}/"))[1]


def _busy_s() -> float:
    user, nice, system, *_ = map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:])
    return (user + nice + system) * _TICK_S


def _own_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)
