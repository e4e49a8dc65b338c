"""Every method of the exchange, passed on as it comes: nothing is read of what callers send or are answered."""

import importlib
import pkgutil
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import Any, Final, NoReturn, TypeAlias

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

import leadexchange.v1

_BYTES: Final[dict[str, Any]] = {"request_serializer": bytes, "response_deserializer": bytes}
_NOT_PASSED_ON: Final = ("grpc-", "user-agent")  # those of the one connection, and not of the other

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


def services() -> Iterator[ServiceDescriptor]:
    """Those of the contract, health and reflection."""
    names = [one.name for one in pkgutil.iter_modules(leadexchange.v1.__path__) if one.name.endswith("_service_pb2")]
    modules = [importlib.import_module(f"leadexchange.v1.{name}") for name in names]
    for module in (*modules, health_pb2, reflection_pb2):
        yield from module.DESCRIPTOR.services_by_name.values()


class Edge(grpc.GenericRpcHandler):
    """Handles every call by making it to a core."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self.handlers: dict[str, dict[str, Any]] = {
            service.full_name: {method.name: self._handler(method) for method in service.methods}
            for service in services()
        }
        """By service and method."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """See `grpc.GenericRpcHandler`."""
        _, service, method = handler_call_details.method.split("/")
        return self.handlers.get(service, {}).get(method)

    def _handler(self, method: MethodDescriptor) -> Any:
        path = f"/{method.containing_service.full_name}/{method.name}"
        if method.client_streaming and method.server_streaming:
            return grpc.stream_stream_rpc_method_handler(_answered(self._channel.stream_stream(path, **_BYTES)))
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(_answered(self._channel.unary_stream(path, **_BYTES)))
        if method.client_streaming:
            return grpc.stream_unary_rpc_method_handler(_called(self._channel.stream_unary(path, **_BYTES)))
        return grpc.unary_unary_rpc_method_handler(_called(self._channel.unary_unary(path, **_BYTES)))


def _called(make: Callable[..., Any]) -> Any:
    """A call that is answered once."""

    async def handle(request: bytes | AsyncIterable[bytes], context: Context) -> bytes:
        call = make(request, timeout=context.time_remaining(), metadata=_passed_on(context))
        try:
            answer: bytes = await call
            if trailing := await call.trailing_metadata():
                context.set_trailing_metadata(tuple(trailing))
        except grpc.aio.AioRpcError as error:
            await _refuse(context, error)
        return answer

    return handle


def _answered(make: Callable[..., Any]) -> Any:
    """A call that is answered with a stream."""

    async def handle(request: bytes | AsyncIterable[bytes], context: Context) -> AsyncIterator[bytes]:
        call = make(request, timeout=context.time_remaining(), metadata=_passed_on(context))
        try:
            async for frame in call:
                yield frame
            if trailing := await call.trailing_metadata():
                context.set_trailing_metadata(tuple(trailing))
        except grpc.aio.AioRpcError as error:
            await _refuse(context, error)
        finally:
            call.cancel()

    return handle


def _passed_on(context: Context) -> tuple[tuple[str, str | bytes], ...]:
    metadata: Any = context.invocation_metadata() or ()
    return tuple((name, value) for name, value in metadata if not name.startswith(_NOT_PASSED_ON))


async def _refuse(context: Context, error: grpc.aio.AioRpcError) -> NoReturn:
    await context.abort(error.code(), error.details() or "", tuple(error.trailing_metadata() or ()))
    raise AssertionError("abort does not return")
