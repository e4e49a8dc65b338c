"""The generated code serves a call under grpc.aio; its types are checked by `make check` like everything here."""

from collections.abc import AsyncIterator

from grpc import aio

from leadexchange.v1.bidder_service_pb2 import BidderHello, BidderWelcome, BidStreamRequest, BidStreamResponse
from leadexchange.v1.bidder_service_pb2_grpc import (
    BidderServiceServicer,
    BidderServiceStub,
    add_BidderServiceServicer_to_server,
)

Context = aio.ServicerContext[BidStreamRequest, BidStreamResponse]


class Welcoming(BidderServiceServicer):
    async def BidStream(
        self, request_iterator: AsyncIterator[BidStreamRequest], context: Context
    ) -> AsyncIterator[BidStreamResponse]:
        assert context.peer()
        async for frame in request_iterator:
            yield BidStreamResponse(welcome=BidderWelcome(credit=frame.hello.credit))


async def test_a_typed_stub_speaks_with_a_typed_servicer() -> None:
    server = aio.server()
    add_BidderServiceServicer_to_server(Welcoming(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = BidderServiceStub(channel).BidStream(timeout=10)
        await call.write(BidStreamRequest(hello=BidderHello(credit=7)))
        answer = await call.read()
        assert isinstance(answer, BidStreamResponse)
        assert answer.welcome.credit == 7
        await call.done_writing()
    await server.stop(None)
