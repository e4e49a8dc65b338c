"""What goes wrong: a schedule that a seed decides, carried out on a world."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from random import Random
from typing import Final

import msgspec

from tests.chaos.children import Child
from tests.chaos.world import World

_CUT_S: Final = (0.5, 2.0, 7.0)  # the last is longer than a core may be silent: it is taken over from
_STALLS: Final = 6
_STALL_S: Final = 0.25
_DOWN_S: Final = (0.0, 0.5, 2.0)


class Fault(msgspec.Struct, frozen=True):
    """One thing that goes wrong."""

    kind: str
    which: int = 0
    """Of several."""
    seconds: float = 0.0


KINDS: Final = ("kill core", "kill gateway", "kill deliverer", "restart database", "slow disk", "cut network")


def each_once(seed: int) -> list[Fault]:
    """Every kind, the cores twice, in an order that the seed decides; the network is cut for long."""
    random = Random(seed)
    kinds = [*KINDS, "kill core"]
    random.shuffle(kinds)
    return [_fault(random, kind) if kind != "cut network" else Fault(kind, seconds=_CUT_S[-1]) for kind in kinds]


def endless(seed: int) -> Iterable[Fault]:
    """One after the other, at random."""
    random = Random(seed)
    while True:
        yield _fault(random, random.choice([*KINDS, "kill core", "kill core"]))


def _fault(random: Random, kind: str) -> Fault:
    seconds: Sequence[float] = {"cut network": _CUT_S, "restart database": _DOWN_S}.get(kind, (0.0,))
    return Fault(kind, random.randrange(6), random.choice(seconds))


class Chaos:
    """Carries faults out, and counts them."""

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        """`say` is told of each."""
        self.done: Counter[str] = Counter()
        """By kind."""
        self.left_out: set[str] = set()
        """Kinds that this machine does not let us make."""
        self._world = world
        self._say = say
        self._began = time.monotonic()
        self._turns = {kind: asyncio.Lock() for kind in KINDS}
        self._ways: dict[str, Callable[[Fault], Awaitable[None]]] = {
            "kill core": lambda fault: self._kill(world.cores, fault),
            "kill gateway": lambda fault: self._kill(world.gateways, fault),
            "kill deliverer": lambda fault: self._kill(world.deliverers, fault),
            "restart database": self._restart,
            "slow disk": self._stall,
            "cut network": lambda fault: world.network.cut(fault.seconds),
        }

    async def run(self, faults: Iterable[Fault], pauses: Random, least_s: float, most_s: float, ends: float) -> None:
        """Starts one after the other, with a random pause before each, until the monotonic time or the faults end.

        What takes longer than the pause meets the next; two of a kind do not meet.
        """
        under_way: set[asyncio.Task[None]] = set()
        for fault in faults:
            pause_s = pauses.uniform(least_s, most_s)
            if time.monotonic() + pause_s > ends:
                break
            await asyncio.sleep(pause_s)
            task = asyncio.create_task(self._do(fault))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            await asyncio.sleep(0)
        await asyncio.gather(*under_way)

    async def _do(self, fault: Fault) -> None:
        async with self._turns[fault.kind]:
            self._say(f"{time.monotonic() - self._began:6.1f} s  {_words(fault)}")
            self.done[fault.kind] += 1
            await self._ways[fault.kind](fault)

    async def _kill(self, several: Sequence[Child], fault: Fault) -> None:
        several[fault.which % len(several)].kill()

    async def _restart(self, fault: Fault) -> None:
        """Stopped at once, as by a crash, and started again."""
        server = self._world.server
        await asyncio.to_thread(server.stop, signal.SIGQUIT)
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(server.start)

    async def _stall(self, _fault: Fault) -> None:
        """For a while each flush of the database's log waits for the disk."""
        disk = self._world.disk
        if disk is None:
            self.left_out.add("slow disk")
            return
        for _ in range(_STALLS):
            with disk.held():
                await asyncio.sleep(_STALL_S)
            await asyncio.sleep(_STALL_S / 10)


def _words(fault: Fault) -> str:
    which = f" {fault.which}" if fault.kind.startswith("kill") else ""
    return f"{fault.kind}{which}" + (f" for {fault.seconds} s" if fault.seconds else "")
