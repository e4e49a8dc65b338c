"""Submissions over one stream to a core, in frames: a call costs the core far less than one that comes by itself.

How it goes over the wire is `relay_service.proto`. Whoever calls sees a unary call: its answer, or an AioRpcError.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterable
from typing import Any, Final

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from leadexchange.v1.relay_service_pb2 import RelayedAnswer, RelayedCall, RelayRequest, RelayResponse

DETAILS: Final = "grpc-status-details-bin"
_PATH: Final = "/leadexchange.v1.RelayService/Relay"
_METHODS: Final = {
    f"/leadexchange.v1.SubmissionService/{name}": name for name in ("SubmitLead", "PingLead", "PostLead")
}
_MOST_OPEN: Final = 1_024  # at twice a core's pace half a second's
_FRAME_CALLS: Final = 256  # the contract's bound
_FRAME_BYTES: Final = 512 << 10  # half of what the core takes in one message
_MOST_BYTES: Final = 64 << 10  # a larger call goes by itself: it is no lead, and no reason to end the stream
_BUSY: Final = 8  # open calls from which on it pays to wait for others
_GATHER_S: Final = 0.002
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_DOMAIN: Final = "leadexchange"

Metadata = tuple[tuple[str, str | bytes], ...]


def relays(path: str) -> bool:
    """Whether a method's calls can go over a relay."""
    return path in _METHODS


def fits(request: bytes, metadata: Metadata) -> bool:
    """Whether a call can: its metadata counts as well, for the core refuses a frame that is too large as a whole."""
    return len(request) + sum(len(name) + len(value) for name, value in metadata) <= _MOST_BYTES


class _Open:
    """A call that has no answer yet."""

    __slots__ = ("answer", "ends_s", "message")

    def __init__(self, message: RelayedCall, answer: "asyncio.Future[RelayedAnswer]", ends_s: float | None) -> None:
        self.message = message
        self.answer = answer
        self.ends_s = ends_s
        """When its time is over, by the loop's clock."""

    def expire(self) -> None:
        """Its time is over."""
        if not self.answer.done():
            late = Status(code=_code(grpc.StatusCode.DEADLINE_EXCEEDED), message="Deadline Exceeded")
            self.answer.set_exception(_error(late))


class Relay:
    """The stream to one core: opened when it is first needed, and again when it has ended."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stream = channel.stream_stream(
            _PATH, request_serializer=RelayRequest.SerializeToString, response_deserializer=RelayResponse.FromString
        )
        self._loop = asyncio.get_running_loop()
        self._open: dict[int, _Open] = {}
        self._unsent: deque[_Open] = deque()
        self._stirred = asyncio.Event()
        self._number = 0
        self._running: asyncio.Task[grpc.aio.AioRpcError] | None = None

    async def ask(self, path: str, request: bytes, metadata: Metadata, timeout_s: float | None) -> RelayedAnswer:
        """A method's answer. Raises AioRpcError for what the core refuses, as the call by itself does."""
        if len(self._open) >= _MOST_OPEN:
            raise _error(_status(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "too many calls are open"))
        self._number += 1
        message = RelayedCall(number=self._number, method=_METHODS[path], request=request)
        for name, value in metadata:
            if isinstance(value, str):
                message.metadata[name] = value
        ends_s = None if timeout_s is None else self._loop.time() + timeout_s
        call = self._open[self._number] = _Open(message, self._loop.create_future(), ends_s)
        self._unsent.append(call)
        self._stirred.set()
        if self._running is None:
            self._running = asyncio.create_task(self._run())
            self._running.add_done_callback(self._ended)
        expiring = None if ends_s is None else self._loop.call_at(ends_s, call.expire)
        try:
            answer = await call.answer
        finally:
            self._open.pop(message.number, None)
            if expiring is not None:
                expiring.cancel()
        if answer.HasField("error"):
            raise _error(answer.error, tuple(answer.metadata.items()))
        return answer

    async def _run(self) -> grpc.aio.AioRpcError:
        """One stream, until it ends; answers with what it ended as."""
        stream: Any = self._stream()
        sending = asyncio.create_task(self._send(stream))
        try:
            async for frame in stream:
                for answer in frame.answers:
                    call = self._open.get(answer.number)
                    if call is not None and not call.answer.done():
                        call.answer.set_result(answer)
            # Ended in order: the core has answered all that it read, and is about to leave.
            return _error(_status(grpc.StatusCode.UNAVAILABLE, "DRAINING", "the exchange is stopping"))
        except grpc.aio.AioRpcError as failed:
            if failed.code() is grpc.StatusCode.INTERNAL:  # so it is called when a frame was just being written
                return _error(Status(code=_code(grpc.StatusCode.UNAVAILABLE), message=failed.details() or ""))
            return failed
        finally:
            sending.cancel()
            stream.cancel()

    def _ended(self, running: "asyncio.Task[grpc.aio.AioRpcError]") -> None:
        """Whatever is left without an answer is told why, also when no stream could be opened at all."""
        if running.cancelled() or running.exception() is not None:
            error = _error(Status(code=_code(grpc.StatusCode.CANCELLED), message="the connection is closed"))
        else:
            error = running.result()
        self._running = None
        self._unsent.clear()
        for call in self._open.values():
            if not call.answer.done():
                call.answer.set_exception(error)

    async def _send(self, stream: Any) -> None:
        while True:
            await self._stirred.wait()
            if len(self._open) >= _BUSY:
                await asyncio.sleep(_GATHER_S)
            self._stirred.clear()
            while self._unsent:
                await stream.write(self._frame())

    def _frame(self) -> RelayRequest:
        frame, size = RelayRequest(), 0
        while self._unsent and len(frame.calls) < _FRAME_CALLS and size < _FRAME_BYTES:
            call = self._unsent.popleft()
            if not call.answer.done():  # else its caller has hung up
                if call.ends_s is not None:  # now, for it may have waited until the core read further
                    call.message.timeout_ms = max(1, int((call.ends_s - self._loop.time()) * 1_000))
                frame.calls.append(call.message)
                size += call.message.ByteSize()
        return frame

    async def close(self, grace_s: float | None) -> None:
        """Ends the stream; calls that are open have the grace."""
        if self._open and grace_s:
            await asyncio.wait([call.answer for call in self._open.values()], timeout=grace_s)
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)


class RelayedUnary(Awaitable[Any]):
    """A unary call that goes over a relay: its answer when awaited, and then its metadata."""

    def __init__(self, asking: Awaitable[RelayedAnswer], decode: Callable[[bytes], Any]) -> None:
        self._asking = asking
        self._decode = decode
        self._metadata: Metadata = ()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._run().__await__()

    async def _run(self) -> Any:
        answer = await self._asking
        self._metadata = tuple(answer.metadata.items())
        return self._decode(answer.response)

    async def initial_metadata(self) -> Metadata:
        """Nothing: all of it comes with the answer."""
        return ()

    async def trailing_metadata(self) -> Metadata:
        """What came with the answer."""
        return self._metadata


def _code(code: grpc.StatusCode) -> int:
    return int(code.value[0])


def _status(code: grpc.StatusCode, reason: str, message: str) -> Status:
    status = Status(code=_code(code), message=message)
    status.details.add().Pack(ErrorInfo(reason=reason, domain=_DOMAIN))
    status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=1)))
    return status


def _error(status: Status, metadata: Iterable[tuple[str, str | bytes]] = ()) -> grpc.aio.AioRpcError:
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    details = ((DETAILS, status.SerializeToString()),) if status.details else ()
    trailing = grpc.aio.Metadata(*metadata, *details)
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, status.message)
