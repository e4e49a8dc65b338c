"""Buyers on bid streams: `EXCHANGE_KEY=… python -m benchmarks.parties.stream_bidders CORE GOOD SILENT FIRST`.

Each opens a stream of its own, for one campaign; the first has the place FIRST. Good ones bid at once and take every
lead that is posted; silent ones read and never answer. Ready when each has its campaign.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Final

import grpc
import uvloop

from benchmarks.harness.catalogue import campaign_id
from benchmarks.harness.exchange import bearer
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.bidder_service_pb2 import BidderHello, BidStreamRequest, BidStreamResponse
from leadexchange.v1.bidder_service_pb2_grpc import BidderServiceStub
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, PostReply

_CREDIT: Final = 65_536
_UNIT: Final = 1_000_000
_SPREAD: Final = 50  # prices go round, so that each buyer wins now and then


class StreamBidder:
    """One stream."""

    def __init__(self, place: int, *, silent: bool) -> None:
        self.serving = asyncio.Event()
        """The exchange has said which campaign it serves."""
        self._campaign_id = campaign_id(place)
        self._silent = silent
        self._price = place * 13
        self._ready: asyncio.Queue[BidStreamRequest] = asyncio.Queue()

    async def run(self, stub: BidderServiceStub, key: str) -> None:
        """Answers until the stream ends."""
        async for frame in stub.BidStream(self._frames(), metadata=bearer(key)):
            if frame.campaigns:
                self.serving.set()
            if not self._silent and (frame.pings or frame.posts):
                self._ready.put_nowait(self._answer(frame))

    async def _frames(self) -> AsyncIterator[BidStreamRequest]:
        yield BidStreamRequest(hello=BidderHello(campaign_ids=[self._campaign_id], credit=_CREDIT))
        while True:
            yield await self._ready.get()

    def _answer(self, frame: BidStreamResponse) -> BidStreamRequest:
        """A frame for a frame."""
        answer = BidStreamRequest()
        for ping in frame.pings:
            self._price += 7
            price_micros = (20 + self._price % _SPREAD) * _UNIT
            answer.bids.append(
                Bid(auction_id=ping.auction_id, campaign_id=self._campaign_id, price_micros=price_micros)
            )
        for post in frame.posts:
            answer.replies.append(PostReply(post_id=post.post_id, verdict=POST_VERDICT_ACCEPTED))
        return answer


async def main() -> None:
    """Serves until it is stopped."""
    core, *numbers = sys.argv[1:]
    good, silent, first = map(int, numbers)
    async with grpc.aio.insecure_channel(core) as channel:
        stub = BidderServiceStub(channel)
        bidders = [StreamBidder(first + place, silent=place >= good) for place in range(good + silent)]
        running = [asyncio.create_task(one.run(stub, os.environ["EXCHANGE_KEY"])) for one in bidders]
        await asyncio.gather(*(one.serving.wait() for one in bidders))
        print("{}", flush=True)
        await asyncio.gather(*running)


if __name__ == "__main__":
    uvloop.run(main())
