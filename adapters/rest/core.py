"""Calls to the core, with the caller's own credential and deadline."""

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import grpc
from aiohttp import web
from google.protobuf.message import Message

from adapters.rest.caller import Caller
from adapters.rest.rpc_errors import from_rpc

Answer = TypeVar("Answer", bound=Message)

READ_TIMEOUT_S: Final = 5.0  # reading and configuring take milliseconds; beyond this the caller has given up


@dataclass(frozen=True, slots=True)
class Rpc(Generic[Answer]):
    """A unary method of the contract and what it answers with."""

    path: str
    answer: type[Answer]


class Core:
    """The core behind a channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._calls: dict[str, Any] = {}

    async def call(
        self, rpc: Rpc[Answer], request: Message, caller: Caller, default_timeout_s: float = READ_TIMEOUT_S
    ) -> Answer:
        """One unary call; raises a Problem for whatever the core refuses."""
        call = self._calls.get(rpc.path)
        if call is None:
            call = self._calls[rpc.path] = self._channel.unary_unary(
                rpc.path,
                request_serializer=type(request).SerializeToString,
                response_deserializer=rpc.answer.FromString,
            )
        timeout_s = caller.timeout_s(default_timeout_s)
        try:
            answer: Answer = await call(request, timeout=timeout_s, metadata=caller.metadata)
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from None
        return answer


CORE: Final = web.AppKey("core", Core)
