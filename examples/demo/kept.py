"""What the exchange has of a run, read back as the operator."""

import asyncio
from decimal import Decimal
from typing import Any, Final

import msgspec

from examples.demo.crowd import Notice
from examples.demo.operator import Operator
from leadexchange.v1.auction_pb2 import Auction
from leadexchange.v1.reason_pb2 import REASON_ACCEPTED, REASON_WON

_READERS: Final = 8


class Kept(msgspec.Struct, frozen=True):
    """What the exchange has of the run."""

    leads: list[dict[str, Any]]
    auctions: list[Auction]


async def read_back(operator: Operator) -> Kept:
    """Reads all leads, and the trace of each one's auction."""
    leads = await operator.leads()
    turns = asyncio.Semaphore(_READERS)

    async def trace(lead: dict[str, Any]) -> Auction:
        async with turns:
            return await operator.auction(lead["id"])

    return Kept(leads, await asyncio.gather(*map(trace, leads)))


def notices(kept: Kept, owners: frozenset[str]) -> set[Notice]:
    """The events that these owners' receivers must hear of."""
    decided = {("lead.decided", lead["id"]) for lead in kept.leads if lead["source_id"] in owners}
    sold = {("lead.sold", lead["id"]) for lead in kept.leads for sale in sales(lead) if sale["buyer_id"] in owners}
    return decided | sold


def cascaded(auction: Auction) -> bool:
    """Whether a buyer did not take the lead, and it went on to another. A post repeated after a crash is no cascade."""
    declined = [one for one in auction.posts if one.result != REASON_ACCEPTED]
    won = any(one.result == REASON_WON for one in auction.considerations)
    return bool(declined) and (len(auction.posts) > 1 or won) and not recovered(auction)


def recovered(auction: Auction) -> bool:
    """Whether a crash came in between: its times say nothing then."""
    return any(one.repeat for one in auction.posts)


def sales(lead: dict[str, Any]) -> list[dict[str, Any]]:
    """A lead's sales, as REST tells them."""
    found: list[dict[str, Any]] = lead.get("sales", [])
    return found


def price_micros(sale: dict[str, Any]) -> int:
    """What the buyer pays."""
    return int(Decimal(sale["price"]["amount"]) * 1_000_000)
