"""How busy the machine was with other things: a figure is worth what this allows."""

import os
import resource
import time
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


def _busy_s() -> float:
    user, nice, system, *_ = map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:])
    return (user + nice + system) * _TICK_S


def _own_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)
