"""Where the cores are: addresses in a setting, names among them looked up, all of it again and again."""

import asyncio
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final

from adapters.common.process import SettingError, setting

_SETTING: Final = "EXCHANGE_CORE"
_LOOK_S: Final = 1.0  # a restart of the cores waits for this, a core that is new gets its work after it
_MOST: Final = 256  # cores of one exchange
_ADDRESS: Final = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:\[\],]+)):(?P<port>\d{1,5})")

log = logging.getLogger(__name__)


class Cores:
    """The cores' addresses: `host:port`, several separated by commas. A name is every address that it resolves to."""

    def __init__(self, read: str | Callable[[], str]) -> None:
        """`read` gives the text anew each time; raises SettingError when it cannot be read at first."""
        self._read = read if callable(read) else lambda: read
        self._known: dict[str, tuple[str, ...]] = {}
        split(self._read())

    async def changes(self) -> AsyncIterator[tuple[str, ...]]:
        """The addresses as they are, and again whenever they have changed; within a second. Never none of them."""
        last: tuple[str, ...] = ()
        while True:
            found = await self.now()
            if found != last and found:
                last = found
                yield found
            await asyncio.sleep(_LOOK_S)

    async def now(self) -> tuple[str, ...]:
        """The addresses as they are; of a name that cannot be looked up just now, those it last had."""
        try:
            wanted = split(self._read())
        except (SettingError, OSError) as error:
            log.warning("where the cores are cannot be read, and stays as it was: %s", error)
            wanted = list(self._known)
        known = dict(zip(wanted, await asyncio.gather(*map(self._resolve, wanted)), strict=True))
        self._known = known
        return tuple(sorted({address for found in known.values() for address in found}))[:_MOST]

    async def _resolve(self, name: str) -> tuple[str, ...]:
        host, _, port = name.rpartition(":")
        look_up = partial(asyncio.get_running_loop().getaddrinfo, type=socket.SOCK_STREAM)
        try:
            found = await look_up(host.strip("[]"), int(port))
        except OSError as error:
            log.warning("%s cannot be looked up: %s", host, error.strerror)
            return self._known.get(name, ())
        return tuple(_shown(str(to[0]), to[1]) for *_, to in found)


def _shown(host: str, port: object) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def from_settings() -> Cores:
    """The cores that `EXCHANGE_CORE`, or the file of `EXCHANGE_CORE_FILE`, names; the file is read again and again."""
    return Cores(lambda: setting(_SETTING))


def split(text: str) -> list[str]:
    """The addresses of a list. Raises SettingError."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    for part in found:
        if not (match := _ADDRESS.fullmatch(part)) or not 0 < int(match["port"]) <= 65_535:
            raise SettingError(f"{_SETTING}: expected host:port, or several separated by commas, got {part[:80]!r}")
    if not found:
        raise SettingError(f"{_SETTING} is empty")
    return list(dict.fromkeys(found))
