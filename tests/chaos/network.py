"""The network between a core and its database, which can be cut: a namespace with two cables, or else a proxy."""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from tests.faults.proxy import Proxy

_AGAIN_S = 0.05


class Network(Protocol):
    """Where the core lives that can be cut off."""

    kind: str
    """For people."""
    host: str
    """Where the database is to listen for it; nothing: at its socket alone."""
    within: tuple[str, ...]
    """The command that runs the core there."""
    listen: str
    """Where the core listens."""

    def url(self, database: str) -> str:
        """Where a database is for the core."""

    async def cut(self, seconds: float) -> None:
        """Parts the core from the database for so long; its callers still reach it."""


class Namespace:
    """A network namespace of the core's own: one cable to the database, and one to everybody else."""

    kind = "the cable to the database is down, in a network namespace"

    def __init__(self, number: int) -> None:
        self._name, self._database, self._callers = f"lx-{number}", f"lxd{number}", f"lxc{number}"
        self._net = f"10.{128 + number // 250 % 64}.{number % 250}"
        self.host = f"{self._net}.1"
        self.listen = f"{self._net}.6:50051"
        self.within: tuple[str, ...] = (_tool("ip"), "netns", "exec", self._name)

    def url(self, database: str) -> str:
        return f"postgresql://exchange@{self.host}/{database}"

    async def cut(self, seconds: float) -> None:
        _ip("link", "set", self._database, "down")
        try:
            await asyncio.sleep(seconds)
        finally:
            _ip("link", "set", self._database, "up")

    def make(self) -> None:
        """Raises CalledProcessError where it is not allowed."""
        _ip("netns", "add", self._name)
        _ip("-n", self._name, "link", "set", "lo", "up")
        for cable, first in ((self._database, 1), (self._callers, 5)):
            near, far = (f"{self._net}.{end}/30" for end in (first, first + 1))
            _ip("link", "add", cable, "type", "veth", "peer", "name", "far", "netns", self._name)
            _ip("-n", self._name, "link", "set", "far", "name", f"to-{cable}")
            _ip("addr", "add", near, "dev", cable)
            _ip("link", "set", cable, "up")
            _ip("-n", self._name, "addr", "add", far, "dev", f"to-{cable}")
            _ip("-n", self._name, "link", "set", f"to-{cable}", "up")

    def remove(self) -> None:
        """Its cables go with it."""
        for arguments in (
            ("netns", "del", self._name),
            ("link", "del", self._database),
            ("link", "del", self._callers),
        ):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip(*arguments)


class Proxied:
    """A proxy that breaks every connection, where namespaces cannot be made."""

    kind = "a proxy before the database breaks every connection (no namespaces here)"
    host = ""
    within: tuple[str, ...] = ()
    listen = "127.0.0.1:0"

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def url(self, database: str) -> str:
        return self._proxy.url(database)

    async def cut(self, seconds: float) -> None:
        for _ in range(round(seconds / _AGAIN_S)):
            self._proxy.cut()
            await asyncio.sleep(_AGAIN_S)


@asynccontextmanager
async def network(server: Path) -> AsyncIterator[Network]:
    """The best that this machine lets us make; `server` is the folder of the database's socket."""
    if os.geteuid() == 0 and shutil.which("ip"):
        namespace = Namespace(os.getpid())
        try:
            namespace.make()
        except subprocess.CalledProcessError:
            namespace.remove()
        else:
            try:
                yield namespace
            finally:
                namespace.remove()
            return
    async with Proxy(server).serving() as proxy:
        yield Proxied(proxy)


def _ip(*arguments: str) -> None:
    subprocess.run([_tool("ip"), *arguments], check=True, capture_output=True)


def _tool(name: str) -> str:
    return shutil.which(name) or name
