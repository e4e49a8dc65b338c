"""The connections to one origin (scheme, host, port), and the calls that wait for one."""

import asyncio
import logging
import ssl
from typing import Final

import msgspec

from adapters.common.egress import Egress
from adapters.gateway.call import Call, Failure
from adapters.gateway.connection import Connection
from adapters.gateway.deadlines import Deadlines

_CONNECT_S: Final = 2.0
_FEW_DIALS: Final = 4  # at once, or as many as are open: in a burst, a connection comes free before a dial ends
_DOWN_S: Final = 0.25  # no dial for this long after one that failed; without a connection calls fail at once
_MAX_WAITING: Final = 1_024  # at 100 ms a call, more than this cannot be served in time by any pool
_IDLE_S: Final = 30.0
_MUTE: Final = 16  # connections in a row on which nothing came, not even late
_MUTE_CONNECTIONS: Final = 8  # enough to notice within a second that it speaks again

log = logging.getLogger(__name__)


class Origin(msgspec.Struct, frozen=True):
    """Where a pool's connections go; `tls` is None for plain HTTP."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class Pool:
    """Hands each call a free connection, a new one, or a place in the queue; never waits and never raises."""

    def __init__(self, origin: Origin, deadlines: Deadlines, *, connections: int, egress: Egress) -> None:
        self._origin = origin
        self._deadlines = deadlines
        self._most = connections
        self._egress = egress
        self._loop = asyncio.get_running_loop()
        self._idle: dict[Connection, None] = {}  # the last one used is the first one taken
        self._open: set[Connection] = set()
        self._waiting: dict[Call, None] = {}
        self._dials: set[asyncio.Task[None]] = set()
        self._down_until = 0.0
        self._silent = 0

    def submit(self, call: Call) -> None:
        """Sends a call, or has it wait; one that cannot do either fails now."""
        while self._idle:
            connection = self._idle.popitem()[0]
            if not connection.closed:
                connection.begin(call)
                return
        if len(self._waiting) >= _MAX_WAITING or (not self._open and self._down()):
            call.fail(Failure.UNREACHABLE)
        else:
            self._wait(call)

    def give_up(self, call: Call) -> None:
        """A waiting call's time is up."""
        del self._waiting[call]

    def trim(self) -> None:
        """Closes what has been idle for long, before the other side does."""
        before = self._loop.time() - _IDLE_S
        for connection in [c for c in self._idle if c.idle_since < before]:
            del self._idle[connection]
            connection.close()

    def close(self) -> None:
        """Ends everything; calls under way fail."""
        for dial in self._dials:
            dial.cancel()
        for connection in tuple(self._open):
            connection.close()
        self._fail_waiting()

    def _wait(self, call: Call) -> None:
        call.holder = self
        self._waiting[call] = None
        self._dial_if_short()

    def _dial_if_short(self) -> None:
        # An endpoint that says nothing at all would cost a new connection, and its handshake, for each call.
        room = _MUTE_CONNECTIONS if self._silent >= _MUTE else self._most
        most = min(len(self._waiting), max(_FEW_DIALS, len(self._open)), room - len(self._open))
        if len(self._dials) < most and not self._down():
            dial = asyncio.create_task(self._dial())
            self._dials.add(dial)
            dial.add_done_callback(self._dialled)

    async def _dial(self) -> None:
        origin = self._origin
        try:
            async with asyncio.timeout(_CONNECT_S):
                sock = await self._egress.dial(origin.host, origin.port)
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self._deadlines, self._free, self._lost),
                    sock=sock,
                    ssl=origin.tls,
                    server_hostname=origin.host if origin.tls else None,
                )
        except OSError as error:  # TimeoutError, SSLError, gaierror and EgressError among them
            self._unreachable(str(error) or type(error).__name__)
        else:
            if not connection.closed:
                self._open.add(connection)
                self._ready(connection)

    def _unreachable(self, why: str) -> None:
        if not self._down():
            log.warning("cannot reach %s:%d: %s", self._origin.host, self._origin.port, why)
        self._down_until = self._loop.time() + _DOWN_S
        if not self._open:
            self._fail_waiting()

    def _down(self) -> bool:
        return self._loop.time() < self._down_until

    def _dialled(self, dial: asyncio.Task[None]) -> None:
        self._dials.discard(dial)
        if not dial.cancelled():
            self._dial_if_short()

    def _free(self, connection: Connection) -> None:
        """An answer has come, if only a late one."""
        self._silent = 0
        self._ready(connection)

    def _ready(self, connection: Connection) -> None:
        if self._waiting:
            call = next(iter(self._waiting))
            del self._waiting[call]
            connection.begin(call)
        else:
            self._idle[connection] = None

    def _lost(self, connection: Connection, again: Call | None) -> None:
        self._open.discard(connection)
        self._idle.pop(connection, None)
        self._silent += connection.silent
        if again:
            self._wait(again)  # not for an idle connection, which may have been closed likewise
        elif self._waiting:
            self._dial_if_short()

    def _fail_waiting(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for call in waiting:
            call.fail(Failure.UNREACHABLE)
