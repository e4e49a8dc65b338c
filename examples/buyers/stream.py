"""A sample buyer on the bid stream: `EXCHANGE_KEY=… python -m examples.buyers.stream --core 127.0.0.1:50051`.

It connects outward and needs no port of its own.
"""

import argparse
import asyncio
from typing import Final

from adapters.common.bidder import Bidder, BidderClient, accept, bid, reject, values
from adapters.common.bidders import Bidders
from adapters.common.cores import Cores
from adapters.common.process import ready, run, setting
from examples.buyers.desk import Desk, Record, add_arguments, behaviour
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.bidder_service_pb2 import BidStreamResponse
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import Post, PostReply, PostVoid
from leadexchange.v1.reason_pb2 import (
    REASON_REJECTED,
    REASON_REJECTED_CAPACITY,
    REASON_REJECTED_CRITERIA,
    REASON_REJECTED_DUPLICATE,
    REASON_REJECTED_INVALID,
)

_DESCRIPTION: Final = "A sample buyer on the bid stream."
_REASONS: Final = {
    "capacity": REASON_REJECTED_CAPACITY,
    "criteria": REASON_REJECTED_CRITERIA,
    "duplicate": REASON_REJECTED_DUPLICATE,
    "invalid": REASON_REJECTED_INVALID,
}


class StreamBuyer(Bidder):
    """A bidder with a desk behind it."""

    def __init__(self, desk: Desk, record: Record | None = None) -> None:
        self.desk = desk
        self.record = record or Record()

    def on_frame(self, frame: BidStreamResponse) -> None:
        """Records what the exchange told it."""
        self.record.add(frame.SerializeToString())

    async def on_ping(self, ping: Ping) -> list[Bid]:
        """One price for whichever of its campaigns qualified."""
        price_micros = self.desk.quote(ping.auction_id, values(ping.attributes))
        if self.desk.behaviour.silent:
            await asyncio.Event().wait()  # ended when the ping's deadline passes
        await self._take_time()
        return [bid(ping, campaign_id, price_micros, reference="stream-1") for campaign_id in ping.campaign_ids]

    async def on_post(self, post: Post) -> PostReply:
        """Files the lead, or not."""
        decision = self.desk.decide(post.post_id, post.lead_id)
        await self._take_time()
        if decision.accepted:
            return accept(post, decision.reference)
        return reject(post, _REASONS.get(decision.reason, REASON_REJECTED), decision.reason)

    def on_void(self, void: PostVoid) -> None:
        """Forgets a lead that is not its after all."""
        self.desk.void(void.post_id)

    async def _take_time(self) -> None:
        if self.desk.behaviour.latency_ms:
            await asyncio.sleep(self.desk.behaviour.latency_ms / 1_000)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=_DESCRIPTION)
    parser.add_argument("--core", default="127.0.0.1:50051", help="the cores' gRPC addresses, separated by commas")
    parser.add_argument("--campaign", action="append", default=[], help="only this one; may be repeated")
    add_arguments(parser)
    arguments = parser.parse_args()

    async def serve(stopping: asyncio.Event) -> None:
        record = Record(arguments.record)
        buyer, key = StreamBuyer(Desk(behaviour(arguments)), record), setting("EXCHANGE_KEY")
        buyers = Bidders(
            Cores(arguments.core),
            lambda channel: BidderClient(buyer, channel, key, campaign_ids=arguments.campaign),
            on_ready=lambda: ready("stream-buyer"),
        )
        await buyers.run(stopping)
        record.close()

    run(serve)


if __name__ == "__main__":
    main()
