"""A gRPC server that plays the exchange's part in the bid stream by script."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.bidder_service_pb2 import BidderWelcome, BidStreamRequest, BidStreamResponse
from leadexchange.v1.bidder_service_pb2_grpc import BidderServiceServicer, add_BidderServiceServicer_to_server
from leadexchange.v1.post_pb2 import PostReply

KEY = "key_test.secret"


class ScriptedCore(BidderServiceServicer):
    def __init__(self) -> None:
        self.frames: list[BidStreamRequest] = []
        self.hellos: list[BidStreamRequest] = []
        self.half_closed = 0
        self.refuse: grpc.StatusCode | None = None
        self.first = BidStreamResponse()
        self.port = 0
        self._news = asyncio.Event()
        self._out: asyncio.Queue[BidStreamResponse | None] = asyncio.Queue()
        self._server: Any = None

    async def start(self, port: int = 0) -> str:
        self._server = grpc.aio.server()
        add_BidderServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        await self._server.start()
        return f"127.0.0.1:{self.port}"

    async def stop(self) -> None:
        await self._server.stop(None)

    async def BidStream(  # type: ignore[override]  # writes through the context, which the stubs do not foresee
        self, requests: AsyncIterator[BidStreamRequest], context: Any
    ) -> None:
        assert ("authorization", f"Bearer {KEY}") in tuple(context.invocation_metadata())
        if self.refuse:
            await context.abort(self.refuse, "refused by script")
        self._out = asyncio.Queue()
        self.hellos.append(await anext(requests))
        first = BidStreamResponse(welcome=BidderWelcome(session_id="ses_1"))
        first.MergeFrom(self.first)
        await context.write(first)
        reading = asyncio.create_task(self._read(requests))
        self._tell()
        try:
            while frame := await self._out.get():
                await context.write(frame)
        finally:
            reading.cancel()

    async def _read(self, requests: AsyncIterator[BidStreamRequest]) -> None:
        async for frame in requests:
            self.frames.append(frame)
            self._tell()
        self.half_closed += 1
        self._out.put_nowait(None)

    def push(self, **fields: Any) -> None:
        self._out.put_nowait(BidStreamResponse(**fields))

    def end_stream(self) -> None:
        self._out.put_nowait(None)

    @property
    def bids(self) -> list[Bid]:
        return [bid for frame in self.frames for bid in frame.bids]

    @property
    def replies(self) -> list[PostReply]:
        return [reply for frame in self.frames for reply in frame.replies]

    def _tell(self) -> None:
        self._news.set()

    async def until(self, *, streams: int = 0, bids: int = 0, replies: int = 0, prices: int = 0) -> None:
        async with asyncio.timeout(20):
            while (
                len(self.hellos) < streams
                or len(self.bids) < bids
                or len(self.replies) < replies
                or sum(bid.price_micros > 0 for bid in self.bids) < prices
            ):
                self._news.clear()
                await self._news.wait()
