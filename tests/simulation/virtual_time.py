"""Time that passes when nothing else happens: an event loop and a clock for it."""

import asyncio
import random
import selectors
from collections.abc import Mapping
from typing import Any

from exchange.auction.clock import Clock
from exchange.domain.ids import ENTROPY_BYTES, ulid

BORN_MS = 1_780_000_000_000


class _Selector(selectors.BaseSelector):
    """Watches nothing: to wait for so long is to be so much later."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = self._keys[fileobj] = selectors.SelectorKey(fileobj, fileobj, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will happen any more")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which time jumps to the next timer as soon as nothing is ready. It starts at 0."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now_s


class VirtualClock(Clock):
    """The loop's time, and ids and entropy from a seed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, chance: random.Random) -> None:
        self._loop = loop
        self._chance = chance

    def now_ms(self) -> int:
        return BORN_MS + self.us() // 1000

    def us(self) -> int:
        return round(self._loop.time() * 1_000_000)

    def mint(self, prefix: str) -> str:
        return f"{prefix}_{ulid(self.now_ms(), self._chance.randbytes(ENTROPY_BYTES))}"

    def entropy(self, size: int) -> bytes:
        return self._chance.randbytes(size)
