"""Purchases for the store's tests: what the leads of `values` count against, and what there is of it."""

from typing import Final

import asyncpg
import msgspec

from exchange.domain.auction import LeadRecord
from exchange.domain.caps import CapPeriod
from exchange.store.base import CREDIT, Purchase, Quota, Settlement
from tests.store.values import BORN_MS, PRICE, pending, settlement, sold, unsold

LONG_MS: Final = {CapPeriod.HOUR: 3_600_000, CapPeriod.DAY: 86_400_000}
CAMPAIGN: Final = "campaign:camp-of-buy1"
BUYER: Final = "buyer:buy1"


def cap(
    owner: str = CAMPAIGN,
    max_leads: int | None = None,
    max_micros: int | None = None,
    period: CapPeriod = CapPeriod.DAY,
    at_ms: int = BORN_MS,
) -> Quota:
    """A cap in the window that a time is in."""
    from_ms = at_ms // LONG_MS[period] * LONG_MS[period]
    return Quota(owner, int(period), from_ms, from_ms + LONG_MS[period], max_leads, max_micros)


def credit(max_micros: int | None = None, owner: str = BUYER) -> Quota:
    """What a buyer may owe."""
    return Quota(owner, CREDIT, max_micros=max_micros)


def purchase(*quotas: Quota, buyer_id: str = "buy1", price_micros: int = PRICE) -> Purchase:
    """A purchase of that buyer's campaign."""
    return Purchase(f"camp-of-{buyer_id}", price_micros, quotas)


def selling(
    number: int, *quotas: Quota, opened: bool = False, price_micros: int = PRICE, buyer_id: str = "buy1"
) -> Settlement:
    """A lead that is sold, under quotas."""
    record = sold(pending(number), buyer_id, price_micros)
    bought = purchase(*quotas, buyer_id=buyer_id, price_micros=price_micros)
    return msgspec.structs.replace(settlement(record, opened=opened), purchases=(bought,))


def giving_up(record: LeadRecord) -> Settlement:
    """An open lead that ends unsold."""
    return settlement(unsold(record), opened=True)


async def rows(url: str, table: str, columns: str = "*") -> list[tuple[object, ...]]:
    """What a table holds, in an order that does not change."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch(f"SELECT {columns} FROM {table}")  # noqa: S608 - the test's own
        return sorted((tuple(row) for row in found), key=str)
    finally:
        await connection.close()
