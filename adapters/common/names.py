"""Looking up host names, so that a name server that does not answer holds up nobody else's look-up."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
"""As `getaddrinfo` gives it."""

LookUp = Callable[[str, int], list[AddressInfo]]
"""Blocks until it knows; raises OSError."""

_MAX_THREADS: Final = 16  # each look-up blocks one, for seconds when a name server is silent
_MAX_UNDER_WAY: Final = 1_024


def system(host: str, port: int) -> list[AddressInfo]:
    """A host's addresses as the system knows them. Raises OSError when there are none."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError:
        raise OSError(f"{host} is no host name") from None
    return [info for info in infos if info[0] in (socket.AF_INET, socket.AF_INET6)]  # type: ignore[misc]


class Names:
    """Looks up many names at once, each of them once however many wait for it. Nothing is kept."""

    def __init__(self, look_up: LookUp = system) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(_MAX_THREADS, "names")  # threads start with the first look-ups
        self._under_way: dict[tuple[str, int], asyncio.Future[list[AddressInfo]]] = {}

    async def find(self, host: str, port: int) -> list[AddressInfo]:
        """A host's addresses. Raises OSError when there are none."""
        key = (host, port)
        looking = self._under_way.get(key)
        if looking is None:
            if len(self._under_way) >= _MAX_UNDER_WAY:
                raise OSError("too many names are being looked up")
            looking = asyncio.get_running_loop().run_in_executor(self._threads, self._look_up, host, port)
            self._under_way[key] = looking
            looking.add_done_callback(lambda done: self._end(key, done))
        return await asyncio.shield(looking)  # who gives up leaves the others waiting

    def _end(self, key: tuple[str, int], done: "asyncio.Future[list[AddressInfo]]") -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # nobody may be left to ask
