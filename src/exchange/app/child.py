"""One process under supervision: started, started again when it dies, and replaced by a new one while it serves."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Self

import msgspec

from exchange.app.serve import PRIVATE, Ready
from exchange.domain.errors import ExchangeError

_START_S: Final = 60.0
_RESTART_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_STEADY_S: Final = 30.0  # a process that ran this long is started again at once when it dies
_MOVE_S: Final = 1.5  # adapters look each second where the cores are


class Run:
    """A process from its start to its end."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.private = ""
        """Where adapters reach it; empty until it serves there."""
        self._name = name

    @classmethod
    async def begin(
        cls, name: str, command: Sequence[str], environment: Mapping[str, str], files: Sequence[int]
    ) -> Self:
        """Starts it. `files` are the descriptors that it inherits."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,  # held open: it ends when this process does
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            pass_fds=files,
            start_new_session=True,  # a terminal's Ctrl-C is for this process alone, which stops all of them in order
        )
        return cls(name, process)

    async def line(self) -> Ready:
        """The next that it says of itself. Raises ExchangeError when it ends first, or takes too long."""
        assert self.process.stdout is not None
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), _START_S)
            ready = msgspec.json.decode(line, type=Ready)
        except (TimeoutError, msgspec.DecodeError):
            raise ExchangeError(f"{self._name} did not start; its own words are above") from None
        self.private = (ready.address if ready.ready == PRIVATE else ready.private_address) or self.private
        return ready

    def go(self) -> None:
        """Has one that stands by go on."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")

    async def end(self, number: signal.Signals, within_s: float) -> None:
        """Asks it to stop, and kills it when it does not."""
        with contextlib.suppress(ProcessLookupError):
            if self.process.returncode is None:
                self.process.send_signal(number)
        try:
            await asyncio.wait_for(self.process.wait(), within_s)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()


class Child:
    """A place that a process has, whichever process has it."""

    def __init__(
        self,
        name: str,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        *,
        stop_s: float,
        files: Sequence[int] = (),
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        """`stop_s` is how long it may take to stop; `moved` is called when there is news of where it can be reached."""
        self.name = name
        self.address = ""
        self.first_key = ""
        self.environment = dict(environment)
        self._command = command
        self._stop_s = stop_s
        self._files = files
        self._moved = moved
        self._runs: list[Run] = []
        """The one that serves; beside it, while that is replaced, another."""
        self._changing = asyncio.Lock()
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int:
        """The id of the process that serves; 0 when there is none."""
        return self._runs[0].process.pid if self._runs else 0

    @property
    def private(self) -> list[str]:
        """Where adapters reach it."""
        return [run.private for run in self._runs if run.private]

    async def start(self) -> None:
        """Starts it and waits until it serves. Raises ExchangeError when it ends first, or takes too long."""
        run = await self._begin({})
        await self._serve(run)

    async def _begin(self, more: Mapping[str, str]) -> Run:
        run = await Run.begin(self.name, self._command, {**self.environment, **more}, self._files)
        self._runs.append(run)
        return run

    async def _serve(self, run: Run) -> None:
        """Waits until a run serves; whoever served goes on when it does not. Raises ExchangeError."""
        ready = await self._said(run)
        if ready.ready == PRIVATE:
            self._moved()
            ready = await self._said(run)
        self.address, self.first_key = ready.address, ready.first_key or self.first_key
        self._moved()

    async def _said(self, run: Run) -> Ready:
        """The next that a run says of itself; when it says nothing, it is ended. Raises ExchangeError."""
        try:
            return await run.line()
        except BaseException:
            await self._end(run)
            raise

    async def keep(self, restarted: Callable[["Child"], None]) -> None:
        """Starts it again whenever it ends, after longer and longer waits while it ends soon."""
        loop, ends = asyncio.get_running_loop(), 0
        while not self._stopping.is_set():
            begun = loop.time()
            if self._runs:
                await self._runs[0].process.wait()
            async with self._changing:
                if self._stopping.is_set() or (self._runs and self._runs[0].process.returncode is None):
                    continue  # it was stopped, or replaced
                ends = 0 if loop.time() - begun > _STEADY_S else ends + 1
                self._runs.clear()
                self._moved()
                await asyncio.sleep(_RESTART_S[min(ends, len(_RESTART_S) - 1)])
                if self._stopping.is_set():
                    return
                with contextlib.suppress(ExchangeError):
                    await self.start()
                    restarted(self)

    async def replace(self, *, overlap: bool) -> None:
        """Has a new process take the place. Raises ExchangeError when it does not start.

        With `overlap` it serves before the old one is told to stop, which goes on when the new one does not come up.
        Without, because only one at a time may have the store, it loads everything before the old one stops.
        """
        async with self._changing:
            old = list(self._runs)
            new = await self._begin({} if overlap else {"EXCHANGE_STANDBY": "1"})
            if overlap:
                await self._serve(new)
                await self._take_over(old)
            else:
                await self._said(new)  # it stands by
                await self._end(*old)
                new.go()
                await self._serve(new)

    async def _take_over(self, old: Sequence[Run]) -> None:
        """Leaves the place to the newest run; adapters are given time to notice."""
        ending = [(run, run.private) for run in old]
        for run in old:
            run.private = ""
        self._moved()
        try:
            if any(private for _, private in ending):
                await asyncio.sleep(_MOVE_S)
        finally:
            await self._end(*old)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Asks it to stop for good, and kills it when it does not."""
        self._stopping.set()
        await asyncio.gather(*(run.end(number, self._stop_s) for run in self._runs))

    async def _end(self, *runs: Run) -> None:
        await asyncio.gather(*(run.end(signal.SIGTERM, self._stop_s) for run in runs))
        self._runs = [run for run in self._runs if run not in runs]
        self._moved()
