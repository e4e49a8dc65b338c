"""Calls to the core, with the caller's own credential and deadline."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Any, Final

import grpc
from aiohttp import web
from google.protobuf.message import Message

from adapters.rest.caller import Caller
from adapters.rest.contract import Rpc
from adapters.rest.pointers import locate
from adapters.rest.rpc_errors import Locate, from_rpc

READ_TIMEOUT_S: Final = 5.0  # reading and configuring take milliseconds; beyond this the caller has given up


class Core:
    """The core behind a channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._calls: dict[str, Any] = {}

    async def call(
        self,
        rpc: Rpc,
        request: Message,
        caller: Caller,
        timeout_s: float = READ_TIMEOUT_S,
        locate: Locate = locate,
    ) -> Any:
        """One unary call; raises a Problem for whatever the core refuses."""
        call = self._method(rpc, self._channel.unary_unary)(
            request, timeout=caller.timeout_s(timeout_s), metadata=caller.metadata
        )
        try:
            answer = await call
            caller.note(await call.initial_metadata())
            caller.note(await call.trailing_metadata())
        except grpc.aio.AioRpcError as error:
            caller.note(error.initial_metadata())
            caller.note(error.trailing_metadata())
            raise from_rpc(error, locate) from None
        return answer

    async def read(self, rpc: Rpc, request: Message, caller: Caller, timeout_s: float) -> AsyncGenerator[Any, None]:
        """The frames that the core answers one request with; raises a Problem for whatever it refuses."""
        call = self._method(rpc, self._channel.unary_stream)(request, timeout=timeout_s, metadata=caller.metadata)
        try:
            async for frame in call:
                yield frame
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from None
        finally:
            call.cancel()

    async def send(self, rpc: Rpc, requests: Iterable[Message], caller: Caller, timeout_s: float) -> Any:
        """The core's one answer to a stream of frames; raises a Problem for whatever it refuses."""
        call = self._method(rpc, self._channel.stream_unary)(requests, timeout=timeout_s, metadata=caller.metadata)
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from None

    def converse(self, rpc: Rpc, requests: AsyncIterator[Message], caller: Caller) -> Any:
        """A call with streams both ways."""
        return self._method(rpc, self._channel.stream_stream)(requests, metadata=caller.metadata)

    def _method(self, rpc: Rpc, kind: Any) -> Any:
        """The callable of a method, made once: that takes longer than to call it."""
        call = self._calls.get(rpc.path)
        if call is None:
            call = self._calls[rpc.path] = kind(
                rpc.path, request_serializer=rpc.ask.SerializeToString, response_deserializer=rpc.answer.FromString
            )
        return call


CORE: Final = web.AppKey("core", Core)
