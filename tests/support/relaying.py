"""RelayService before a core that is played: each call of a frame is answered as the call by itself would be."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from types import SimpleNamespace
from typing import Any, NoReturn

import grpc
from google.rpc.status_pb2 import Status

from leadexchange.v1.relay_service_pb2 import RelayedAnswer, RelayedCall, RelayRequest, RelayResponse

METHOD = "/leadexchange.v1.RelayService/Relay"
_SUBMISSION = "/leadexchange.v1.SubmissionService"
_CUT = object()


class _Aborted(Exception):
    pass


class _Context:
    """A call's context, as far as cores that are played use one."""

    def __init__(self, call: RelayedCall) -> None:
        self._call = call
        self.trailing: tuple[tuple[str, Any], ...] = ()
        self.status = Status()

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._call.metadata.items())

    def time_remaining(self) -> float | None:
        return self._call.timeout_ms / 1_000 or None

    async def send_initial_metadata(self, metadata: tuple[tuple[str, Any], ...]) -> None:
        self.trailing += metadata  # a relayed answer has one kind

    def set_trailing_metadata(self, metadata: tuple[tuple[str, Any], ...]) -> None:
        self.trailing += metadata

    async def abort(self, code: grpc.StatusCode, message: str = "", trailing: Any = ()) -> NoReturn:
        self.trailing += tuple(trailing or ())
        self.status = Status(code=int(code.value[0]), message=message)
        raise _Aborted


async def _answer(core: grpc.GenericRpcHandler, call: RelayedCall) -> RelayedAnswer:
    answer, context = RelayedAnswer(number=call.number), _Context(call)
    details: Any = SimpleNamespace(method=f"{_SUBMISSION}/{call.method}", invocation_metadata=())
    handler: Any = core.service(details)
    decode = handler.request_deserializer or bytes
    encode = handler.response_serializer or bytes
    try:
        answer.response = encode(await handler.unary_unary(decode(call.request), context))
    except _Aborted:
        answer.error.CopyFrom(context.status)
    for name, value in context.trailing:
        if name == "grpc-status-details-bin":
            answer.error.MergeFromString(value)
        else:
            answer.metadata[name] = value
    return answer


def relayed(core: grpc.GenericRpcHandler) -> "grpc.RpcMethodHandler[Any, Any]":
    """The handler of `METHOD` for a core that handles calls by themselves."""

    async def relay(requests: AsyncIterable[RelayRequest], _: Any) -> AsyncIterator[RelayResponse]:
        ready: asyncio.Queue[RelayedAnswer] = asyncio.Queue()

        async def one(call: RelayedCall) -> None:
            ready.put_nowait(await _answer(core, call))

        async def read() -> None:
            async with asyncio.TaskGroup() as group:
                async for frame in requests:
                    for call in frame.calls:
                        group.create_task(one(call))

        reading = asyncio.create_task(read())
        try:
            while True:
                yield RelayResponse(answers=[await ready.get()])
        finally:
            reading.cancel()

    return grpc.stream_stream_rpc_method_handler(relay, RelayRequest.FromString, RelayResponse.SerializeToString)


class HeldCore(grpc.GenericRpcHandler):
    """A core that is played: it holds what it reads until the test answers, ends or cuts the stream."""

    def __init__(self, *, echoes: bool = False) -> None:
        self.echoes = echoes
        self.frames: list[RelayRequest] = []
        self.alone: list[bytes] = []
        self.streams = 0
        self.address = ""
        self._say: asyncio.Queue[Any] = asyncio.Queue()
        self._server: Any = None

    @property
    def calls(self) -> list[RelayedCall]:
        return [call for frame in self.frames for call in frame.calls]

    async def start(self) -> None:
        self._server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
        self._server.add_generic_rpc_handlers((self,))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop(None)

    def answer(self, *calls: RelayedCall) -> None:
        """Each with what it sent."""
        answers = [RelayedAnswer(number=one.number, response=one.request, metadata=one.metadata) for one in calls]
        self._say.put_nowait(RelayResponse(answers=answers))

    def refuse(self, call: RelayedCall, status: Status) -> None:
        self._say.put_nowait(RelayResponse(answers=[RelayedAnswer(number=call.number, error=status)]))

    def end(self) -> None:
        """In order: whatever was read and not answered counts as never begun."""
        self._say.put_nowait(None)

    def cut(self) -> None:
        self._say.put_nowait(_CUT)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        if handler_call_details.method == METHOD:
            return grpc.stream_stream_rpc_method_handler(
                self._relay, RelayRequest.FromString, RelayResponse.SerializeToString
            )

        async def alone(request: bytes, _: Any) -> bytes:
            self.alone.append(request)
            return request

        return grpc.unary_unary_rpc_method_handler(alone)

    async def _relay(self, requests: AsyncIterable[RelayRequest], context: Any) -> AsyncIterator[RelayResponse]:
        self.streams += 1

        async def read() -> None:
            async for frame in requests:
                self.frames.append(frame)
                if self.echoes:
                    self.answer(*frame.calls)

        reading = asyncio.create_task(read())
        try:
            while (said := await self._say.get()) is not None:
                if said is _CUT:
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
                yield said
        finally:
            reading.cancel()
