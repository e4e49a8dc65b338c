"""The buyers' own systems at the ends of their streams, doing what a file says."""

import asyncio
import re
from contextlib import AsyncExitStack
from typing import Final

from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import (
    POST_VERDICT_ACCEPTED,
    POST_VERDICT_PENDING,
    POST_VERDICT_REJECTED,
    Post,
    PostReply,
)
from tests.scenarios.scenario import CampaignText, Scenario, micros
from tests.support.buyer import ScriptedBuyer
from tests.support.caller import Caller

_ACCEPTED_AT: Final = re.compile(r"accepts at ([\d.]+)")

_UNASKED: Final = "for another campaign"
_NO_PRICE: Final = frozenset({"nothing", "shared only", _UNASKED})


async def connect(stack: AsyncExitStack, scenario: Scenario, callers: dict[str, Caller]) -> None:
    """Opens a stream for each campaign that bids or is posted to over one."""
    for campaign_id, text in scenario.campaigns.items():
        if (text.bids or text.answers) and "is offline" not in {text.answers, str(text.bids)}:
            script = Script(text)
            buyer = ScriptedBuyer(
                callers[text.buyer],
                campaign_id,
                on_ping=script.bids,
                on_post=script.answers,
            )
            script.buyer = buyer
            await stack.enter_async_context(buyer)


class Script:
    """One campaign's bidder."""

    buyer: ScriptedBuyer

    def __init__(self, text: CampaignText) -> None:
        self._text = text

    async def bids(self, ping: Ping) -> list[Bid]:
        """`bids` is a price, several, `nothing`, `says nothing` or `hangs up`."""
        text = self._text
        await asyncio.sleep(text.bids_after_ms / 1000)
        (campaign_id,) = ping.campaign_ids
        if text.bids == "hangs up":
            asyncio.get_running_loop().create_task(self.buyer.hang_up()).add_done_callback(lambda _: None)
            return []
        if text.bids == "says nothing":
            return []
        prices = [text.bids] if isinstance(text.bids, str) else text.bids
        return [
            Bid(
                auction_id=ping.auction_id,
                campaign_id="another" if price == _UNASKED else campaign_id,
                price_micros=0 if price in _NO_PRICE else micros(price),
                shared_price_micros=micros(text.bids_shared),
            )
            for price in prices
        ]

    async def answers(self, post: Post) -> PostReply | None:
        """`answers` is `accepts` (at a price), `rejects` (with a reason), `reviews`, `says nothing` or `hangs up`."""
        text = self._text
        await asyncio.sleep(text.answers_after_ms / 1000)
        how = text.answers or "accepts"
        reply = PostReply(post_id=post.post_id, verdict=POST_VERDICT_ACCEPTED, redirect_url=text.redirect)
        if how == "says nothing":
            return None
        if how == "hangs up":
            asyncio.get_running_loop().create_task(self.buyer.hang_up()).add_done_callback(lambda _: None)
            return None
        if at := _ACCEPTED_AT.fullmatch(how):
            reply.price_micros = micros(at[1])
        elif how.startswith("rejects"):
            _, _, why = how.partition(": ")
            return PostReply(post_id=post.post_id, verdict=POST_VERDICT_REJECTED, reason=f"REASON_{why or 'REJECTED'}")
        elif how == "reviews":
            reply.verdict = POST_VERDICT_PENDING
        else:
            assert how == "accepts", how
        return reply
