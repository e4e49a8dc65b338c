"""One call: with the key, its errors as exceptions, repeated where that is safe."""

import asyncio
import random
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message

from leadexchange.client.channels import Channels
from leadexchange.client.errors import ExchangeError, Unavailable, from_rpc
from leadexchange.client.retrying import Retrying

Answer = TypeVar("Answer", bound=Message)

_MARGIN_S: Final = 1.0  # so that the exchange's own answer about its budget arrives before the call gives up


class Calling:
    """Calls with one key."""

    def __init__(self, channels: Channels, key: str, timeout_s: float, retrying: Retrying) -> None:
        self.channels = channels
        self.metadata = (("authorization", f"Bearer {key}"),)
        self.timeout_s = timeout_s
        self.retrying = retrying

    async def unary(
        self, method: str, request: Message, answer: type[Answer], *, safe: bool = True, timeout_s: float | None = None
    ) -> Answer:
        """The answer to `Service/Method`; raises ExchangeError. A call that is not safe is never repeated."""
        attempt = 1
        while True:
            channel = self.channels.current
            call = channel.unary_unary(
                f"/leadexchange.v1.{method}",
                request_serializer=type(request).SerializeToString,
                response_deserializer=answer.FromString,
            )
            try:
                found: Answer = await call(request, timeout=timeout_s or self.timeout_s, metadata=self.metadata)
                return found
            except grpc.aio.AioRpcError as failed:
                error = from_rpc(failed)
                wait_s = await self.after(error, attempt, channel) if safe else None
                if wait_s is None:
                    raise error from None
            await asyncio.sleep(wait_s)
            attempt += 1

    async def after(self, error: ExchangeError, attempt: int, channel: grpc.aio.Channel) -> float | None:
        """What follows a failure: the next address where this one cannot be reached, and how long to wait."""
        if isinstance(error, Unavailable):
            self.channels.next(channel)
        return self.retrying.wait_s(error, attempt, random.random())

    def budget_s(self, budget_ms: int) -> float:
        """How long a submission may take."""
        return max(self.timeout_s, budget_ms / 1_000 + _MARGIN_S)


async def each(items: "Iterable[Answer] | AsyncIterable[Answer]") -> AsyncIterator[Answer]:
    """The items of either kind of iterable."""
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
