"""A scripted core and the adapter in front of it, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import grpc
import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2  # noqa: F401 - registers its descriptors
from leadexchange.v1 import (  # noqa: F401 - the same
    access_service_pb2,
    catalog_service_pb2,
    lead_service_pb2,
    submission_service_pb2,
)

from adapters.common.core import connect
from adapters.rest.core import Core
from adapters.rest.edge import SERVER_LOG
from adapters.rest.router import application


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
    """Answers each method of the contract with what a test scripted, or an empty answer, and records the calls."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, Message | Refusal] = {}

    def reset(self) -> None:
        """Forgets the last test."""
        self.calls.clear()
        self.answers.clear()

    def script(self, method: str, answer: Message | Refusal) -> None:
        """What `Service/Method` answers from now on."""
        self.answers[method] = answer

    @property
    def only(self) -> Call:
        """The one call that there was."""
        assert len(self.calls) == 1
        return self.calls[0]

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        _, service, method = handler_call_details.method.split("/")
        try:
            found = descriptor_pool.Default().FindMethodByName(f"{service}.{method}")
        except KeyError:
            return None
        ask, answer = map(message_factory.GetMessageClass, (found.input_type, found.output_type))
        name = f"{service.rpartition('.')[2]}/{method}"
        return grpc.unary_unary_rpc_method_handler(
            self._behaviour(name, answer), ask.FromString, lambda message: message.SerializeToString()
        )

    def _behaviour(self, name: str, answer: type[Message]) -> Callable[..., Any]:
        async def behave(request: Message, context: "grpc.aio.ServicerContext[Any, Any]") -> Message:
            metadata = dict(context.invocation_metadata() or ())
            self.calls.append(Call(name, request, metadata, context.time_remaining()))
            scripted = self.answers.get(name, answer())
            if isinstance(scripted, Refusal):
                await context.abort(scripted.code, scripted.message, scripted.trailing)
            return scripted

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
        url = f"{self.base}/api/v1{path}"
        async with self._session.request(method, url, headers=headers, **options) as response:
            return Reply(response.status, response.headers, await response.read())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Api]:
    """One scripted core and one adapter for a module's tests."""
    core = ScriptedCore()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((core,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    channel = connect(f"127.0.0.1:{port}")
    stopping = asyncio.Event()
    runner = web.AppRunner(application(Core(channel), stopping), access_log=None, logger=SERVER_LOG)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        yield Api(f"http://127.0.0.1:{runner.addresses[0][1]}", session, core, stopping)
    await runner.cleanup()
    await channel.close(None)
    await server.stop(None)


@pytest.fixture
def api(served: Api) -> Api:
    """The adapter in front of a core that has forgotten the last test."""
    served.core.reset()
    served.stopping.clear()
    return served


@pytest.fixture
def core(api: Api) -> ScriptedCore:
    """That core."""
    return api.core
