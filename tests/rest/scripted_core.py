"""A core that answers as a test tells it, and a client of the adapter in front of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import grpc
import msgspec
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from yarl import URL

from tests.support import relaying


class Refusal(Exception):
    """What a scripted core refuses with, as the real one does."""

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str = "",
        message: str = "No.",
        fields: dict[str, str] | None = None,
        retry_ms: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.message = message
        status = Status(code=code.value[0], message=message)
        if reason:
            status.details.add().Pack(ErrorInfo(reason=reason, domain="leadexchange"))
        if fields:
            violations = [BadRequest.FieldViolation(field=name, description=text) for name, text in fields.items()]
            status.details.add().Pack(BadRequest(field_violations=violations))
        if retry_ms is not None:
            delay = Duration(seconds=retry_ms // 1_000, nanos=retry_ms % 1_000 * 1_000_000)
            status.details.add().Pack(RetryInfo(retry_delay=delay))
        rich = bool(status.details)
        self.trailing = (("grpc-status-details-bin", status.SerializeToString()),) if rich else ()


class Call(msgspec.Struct):
    """One call that reached the core."""

    method: str
    request: Any
    metadata: dict[str, str | bytes]
    seconds_left: float | None


class ScriptedCore(grpc.GenericRpcHandler):
    """Answers each method of the contract as scripted, with an empty answer otherwise, and records the calls."""

    def __init__(self) -> None:
        self.address = ""
        self.calls: list[Call] = []
        self.answers: dict[str, Any] = {}
        self.initial: tuple[tuple[str, str], ...] = ()
        """Metadata before each answer."""
        self.stays_open = False
        """Streams of answers do not end by themselves."""
        self.free = asyncio.Event()
        """While clear, calls wait."""
        self.free.set()
        self.called = asyncio.Event()

    def reset(self) -> None:
        """Forgets the last test."""
        self.calls.clear()
        self.answers.clear()
        self.initial = ()
        self.stays_open = False
        self.free.set()
        self.called.clear()

    def script(self, method: str, answer: Any) -> None:
        """What `Service/Method` answers from now on: a message, a list of frames, or a function."""
        self.answers[method] = answer

    def refuse(self, method: str, code: grpc.StatusCode, reason: str = "", **details: Any) -> None:
        """What `Service/Method` refuses with from now on."""
        self.answers[method] = Refusal(code, reason, **details)

    @property
    def only(self) -> Call:
        """The one call that there was."""
        assert len(self.calls) == 1
        return self.calls[0]

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        if handler_call_details.method == relaying.METHOD:
            return relaying.relayed(self)
        _, service, method = handler_call_details.method.split("/")
        try:
            found = descriptor_pool.Default().FindMethodByName(f"{service}.{method}")
        except KeyError:
            return None
        ask, answer = map(message_factory.GetMessageClass, (found.input_type, found.output_type))
        name = f"{service.rpartition('.')[2]}/{method}"
        kinds = {
            (False, False): (grpc.unary_unary_rpc_method_handler, self._unary),
            (False, True): (grpc.unary_stream_rpc_method_handler, self._read),
            (True, False): (grpc.stream_unary_rpc_method_handler, self._send),
            (True, True): (grpc.stream_stream_rpc_method_handler, self._converse),
        }
        handler, behaviour = kinds[found.client_streaming, found.server_streaming]
        return handler(behaviour(name, answer), ask.FromString, lambda message: message.SerializeToString())

    async def _note(self, name: str, request: Any, context: "grpc.aio.ServicerContext[Any, Any]", answer: Any) -> Any:
        """Records a call and gives what is scripted for it, if that is no refusal."""
        metadata = dict(context.invocation_metadata() or ())
        self.calls.append(Call(name, request, metadata, context.time_remaining()))
        self.called.set()
        await self.free.wait()
        if self.initial:
            await context.send_initial_metadata(self.initial)
        scripted = self.answers.get(name, answer)
        if isinstance(scripted, Refusal):
            await context.abort(scripted.code, scripted.message, scripted.trailing)
        return scripted

    def _unary(self, name: str, answer: type[Message]) -> Callable[..., Any]:
        async def behave(request: Message, context: "grpc.aio.ServicerContext[Any, Any]") -> Message:
            scripted: Any = await self._note(name, request, context, answer())
            return scripted if isinstance(scripted, Message) else scripted(request)

        return behave

    def _read(self, name: str, answer: type[Message]) -> Callable[..., Any]:
        async def behave(request: Message, context: "grpc.aio.ServicerContext[Any, Any]") -> AsyncIterator[Message]:
            for frame in await self._note(name, request, context, []):
                yield frame
            if self.stays_open:
                await asyncio.Event().wait()

        return behave

    def _send(self, name: str, answer: type[Message]) -> Callable[..., Any]:
        async def behave(requests: Any, context: "grpc.aio.ServicerContext[Any, Any]") -> Message:
            frames = [frame async for frame in requests]
            scripted: Message = await self._note(name, frames, context, answer())
            return scripted

        return behave

    def _converse(self, name: str, _: type[Message]) -> Callable[..., Any]:
        async def behave(requests: Any, context: "grpc.aio.ServicerContext[Any, Any]") -> AsyncIterator[Message]:
            answer_each = await self._note(name, None, context, lambda frame: [])
            async for frame in requests:
                for one in answer_each(frame):
                    yield one

        return behave


class Reply(msgspec.Struct):
    """What came back over HTTP."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.body)


class Api:
    """The adapter under test, at the end of a real socket."""

    def __init__(self, base: str, session: aiohttp.ClientSession, core: ScriptedCore, stopping: asyncio.Event) -> None:
        self.base = base
        self.core = core
        self.stopping = stopping
        self._session = session

    async def __call__(self, method: str, path: str, *, key: str | None = "k-test", **options: Any) -> Reply:
        """One request below the prefix; `json=`, `data=`, `headers=` as for aiohttp."""
        headers = dict(options.pop("headers", {}))
        if key is not None:
            headers.setdefault("Authorization", f"Bearer {key}")
        prefix = "" if path.startswith(("/oauth", "/.well-known", "/problems", "/ingest")) else "/api/v1"
        url = URL(f"{self.base}{prefix}{path}", encoded=True)  # as it is: a test may send what yarl would mend
        async with self._session.request(method, url, headers=headers, **options) as response:
            return Reply(response.status, response.headers, await response.read())
