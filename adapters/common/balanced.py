"""One channel over every core: each call goes to one whose connection stands, and again to another where that is safe.

A call is safe to repeat when it was refused because its core is stopping, when it reads, or when it carries what names
it (a request id). While no core can be reached, calls wait, for as long as a restart takes and their deadline allows.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable
from typing import Any, Final, Self

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from adapters.common.core import connect
from adapters.common.cores import Cores
from adapters.common.relay import DETAILS, Metadata, Relay, RelayedUnary, fits, relays

_ATTEMPTS: Final = 3
_AWAY_S: Final = 3.0  # what a restart takes; a core that is away for longer is not waited for
_LEFT_S: Final = 0.05  # of a call's time, to say that no core came back
_GONE_S: Final = 12.0  # the longest call that may still be open with a core that is listed no longer
# What changes nothing, or nothing the second time.
_REPEATABLE: Final = (
    *("Acknowledge", "Check", "Export", "Get", "IssueToken", "List", "Preview", "RecordDispositions"),
    *("RequestReturns", "WhoAmI"),
)

Kind = Callable[..., Any]


class _Link:
    """The connection to one core."""

    def __init__(self, address: str, moved: Callable[[], None]) -> None:
        self.channel = connect(address)
        self.stopping = False
        """It refuses calls, and its connection is about to end."""
        self._calls: dict[tuple[str, str], Any] = {}
        self._relay = Relay(self.channel)
        self._watching = asyncio.create_task(self._watch(moved))

    def stands(self) -> bool:
        """Whether a call would reach the core now."""
        return not self.stopping and self.channel.get_state() is grpc.ChannelConnectivity.READY

    def call(self, kind: str, path: str, **coders: Any) -> Any:
        """The callable of a method, made once: that takes longer than to call it."""
        call = self._calls.get((kind, path))
        if call is None:
            call = getattr(self.channel, kind)(path, **coders)
            if relays(path):
                call = self._relayed(call, path, **coders)
            self._calls[kind, path] = call
        return call

    def _relayed(self, alone: Any, path: str, request_serializer: Any, response_deserializer: Any) -> Kind:
        """The callable of a method whose calls go together with others'."""

        def call(request: Message, *, timeout: float | None, metadata: Metadata) -> Any:
            encoded = request_serializer(request)
            if not fits(encoded, metadata):
                return alone(request, timeout=timeout, metadata=metadata)
            return RelayedUnary(self._relay.ask(path, encoded, metadata, timeout), response_deserializer)

        return call

    async def _watch(self, moved: Callable[[], None]) -> None:
        """Keeps it connected."""
        while True:
            state = self.channel.get_state(try_to_connect=True)
            if state is not grpc.ChannelConnectivity.READY:
                self.stopping = False
            moved()
            await self.channel.wait_for_state_change(state)

    async def close(self, grace_s: float | None) -> None:
        """Ends it; calls that are open have the grace."""
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        await self._relay.close(grace_s)
        await self.channel.close(grace_s)


class Balanced(grpc.aio.Channel):
    """Calls to all the cores in turn. Those who wait for a connection are bounded by their deadlines."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self.loop = asyncio.get_running_loop()
        """Kept, for before Python 3.12 finding it asks the kernel for the process's id."""
        self._links: dict[str, _Link] = {}
        self._turn = 0
        self._moved = asyncio.Event()
        self._lost: float | None = None
        """When it was noticed that no core can be reached any more; None while one can."""
        self._reached = False
        """Whether one ever could."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._lead_to(addresses)

    @classmethod
    async def over(cls, cores: Cores) -> Self:
        """A channel over the cores, wherever they are from now on; waits until there is an address at all."""
        changes = cores.changes()
        made = cls(await anext(changes))
        made._task(made._follow(changes))
        return made

    async def _follow(self, changes: AsyncIterator[tuple[str, ...]]) -> None:
        async for addresses in changes:
            self._lead_to(addresses)

    def _lead_to(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            if address not in self._links:
                self._links[address] = _Link(address, self._on_moved)
        for address in self._links.keys() - set(addresses):
            self._task(self._links.pop(address).close(_GONE_S))

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_moved(self) -> None:
        if any(link.stands() for link in self._links.values()):
            self._reached, self._lost = True, None
        self._moved.set()

    def any(self) -> _Link:
        """The next link in turn that stands; any, when none does."""
        links = list(self._links.values())
        self._turn += 1
        turn = self._turn % len(links)
        for link in (*links[turn:], *links[:turn]):
            if link.stands():
                return link
        return links[turn]

    async def standing(self, until: float | None) -> _Link:
        """The next link that stands, once one does; any, where none ever did.

        Raises AioRpcError (UNAVAILABLE) when none comes back within a few seconds of its loss, or by the time given.
        """
        loop = self.loop
        while not (link := self.any()).stands():
            if not self._reached:
                return link
            self._lost = self._lost or loop.time()
            ends = self._lost + _AWAY_S
            left_s = (ends if until is None else min(ends, until - _LEFT_S)) - loop.time()
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), left_s)
            except TimeoutError:
                nothing = grpc.aio.Metadata()
                code = grpc.StatusCode.UNAVAILABLE
                raise grpc.aio.AioRpcError(code, nothing, nothing, "no core can be reached") from None
        return link

    def unary_unary(self, method: str, *_: Any, **coders: Any) -> Any:
        """A callable for calls that are repeated where that is safe."""
        return lambda request, **call: _Call(self, method, coders, request, **call)

    def unary_stream(self, method: str, *_: Any, **coders: Any) -> Any:
        """A callable for streams from one core."""
        return self._streamed("unary_stream", method, coders)

    def stream_unary(self, method: str, *_: Any, **coders: Any) -> Any:
        """A callable for streams to one core."""
        return self._streamed("stream_unary", method, coders)

    def stream_stream(self, method: str, *_: Any, **coders: Any) -> Any:
        """A callable for streams with one core."""
        return self._streamed("stream_stream", method, coders)

    def _streamed(self, kind: str, method: str, coders: dict[str, Any]) -> Kind:
        def call(*request: Any, **options: Any) -> Any:
            return self.any().call(kind, method, **coders)(*request, **options)

        return call

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Whether a core can be reached."""
        if any(link.stands() for link in self._links.values()):
            return grpc.ChannelConnectivity.READY
        return grpc.ChannelConnectivity.CONNECTING

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits until a core can be reached that could not, or the other way round."""
        while self.get_state() is last_observed_state:
            self._moved.clear()
            await self._moved.wait()

    async def channel_ready(self) -> None:
        """Waits until a core can be reached."""
        await self.wait_for_state_change(grpc.ChannelConnectivity.CONNECTING)

    async def close(self, grace: float | None = None) -> None:
        """Ends every connection; calls that are open have the grace, in s."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(link.close(grace) for link in self._links.values()))

    async def __aenter__(self) -> "Balanced":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Call(Awaitable[Any]):
    """A unary call: its answer when awaited, and then its metadata."""

    def __init__(
        self,
        balanced: Balanced,
        method: str,
        coders: dict[str, Any],
        request: Message,
        *,
        timeout: float | None = None,
        metadata: Metadata = (),
        **_: Any,
    ) -> None:
        self._balanced = balanced
        self._method = method
        self._coders = coders
        self._request = request
        self._timeout_s = timeout
        self._metadata = metadata
        self._call: Any = None

    def __await__(self) -> Generator[Any, None, Any]:
        return self._run().__await__()

    async def _run(self) -> Any:
        loop = self._balanced.loop
        until = None if self._timeout_s is None else loop.time() + self._timeout_s
        attempt = 0
        while True:
            attempt += 1
            link = await self._balanced.standing(until)
            left_s = None if until is None else max(0.0, until - loop.time())
            call = link.call("unary_unary", self._method, **self._coders)
            self._call = call(self._request, timeout=left_s, metadata=self._metadata)
            try:
                return await self._call
            except grpc.aio.AioRpcError as error:
                refused = _refused(error)
                link.stopping = link.stopping or refused
                if attempt == _ATTEMPTS or not (refused or self._may_repeat(error)):
                    raise

    def _may_repeat(self, error: grpc.aio.AioRpcError) -> bool:
        """The connection failed, perhaps with the call already under way, and a second time does no harm."""
        if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED) or _details(error):
            return False
        name = self._method.rpartition("/")[2]
        names_itself = any(getattr(self._request, field, "") for field in ("request_id", "ping_id"))
        return name.startswith(_REPEATABLE) or names_itself

    async def initial_metadata(self) -> Any:
        """Of the last attempt."""
        return await self._call.initial_metadata()

    async def trailing_metadata(self) -> Any:
        """Of the last attempt."""
        return await self._call.trailing_metadata()


def _details(error: grpc.aio.AioRpcError) -> Status | None:
    """What the exchange itself said; None when it was the connection that failed."""
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS and isinstance(value, bytes):
            return Status.FromString(value)
    return None


def _refused(error: grpc.aio.AioRpcError) -> bool:
    """Whether a core refused because it is stopping: it has done nothing."""
    status = _details(error)
    info = ErrorInfo()
    return status is not None and any(detail.Unpack(info) and info.reason == "DRAINING" for detail in status.details)
