"""The account afterwards: what sources were told, buyers took and receivers heard, against what the database holds."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import asyncpg
import msgspec

from leadexchange.v1.lead_pb2 import LEAD_STATUS_PENDING
from tests.chaos.load import Load, told
from tests.chaos.world import PRICE_MICROS, World
from tests.support.exchange import broken

_SETTLED_S: Final = 90.0
_LOOK_S: Final = 0.25
_PENDING: Final = (
    "SELECT (SELECT count(*) FROM leads WHERE status = 1) + (SELECT count(*) FROM deliveries WHERE state = 1)"
)
_SHOWN: Final = 20


class Account(msgspec.Struct, frozen=True):
    """What was found. Each rule with what breaks it."""

    broken: dict[str, list[str]]
    leads: int
    sales: dict[str, int]
    """By campaign."""
    events: int
    repeats: int
    """Webhooks that came once more."""

    @property
    def good(self) -> bool:
        """Whether nothing breaks a rule."""
        return not any(self.broken.values())


async def settled(world: World) -> None:
    """Waits until no lead is pending and no delivery is due."""
    async with asyncio.timeout(_SETTLED_S):
        while (await _rows(world, _PENDING))[0][0]:  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(_LOOK_S)


async def account(world: World, load: Load) -> Account:
    """Holds everything against everything."""
    stored: dict[str, Any] = {}
    for row in await _rows(world, "SELECT id, status, reason, source_id, request_id FROM leads"):
        stored[row["id"]] = (row["id"], row["status"], row["reason"], [])
    sales: dict[str, int] = {}
    spent: dict[str, int] = {}
    for row in await _rows(world, "SELECT lead_id, id, campaign_id, price_micros FROM sales ORDER BY lead_id, slot"):
        stored[row["lead_id"]][3].append((row["id"], row["campaign_id"]))
        sales[row["campaign_id"]] = sales.get(row["campaign_id"], 0) + 1
        spent[row["campaign_id"]] = spent.get(row["campaign_id"], 0) + row["price_micros"]
    held = {lead_id: (one[0], one[1], one[2], tuple(one[3])) for lead_id, one in stored.items()}
    answered = {outcome.lead_id: told(outcome) for outcome in load.answers.values()}
    owed = await _rows(world, "SELECT coalesce(sum(amount_micros), 0) FROM postings WHERE account = 'buyer:prepaid'")
    events = await _rows(world, "SELECT id, type, lead_id, campaign_id FROM events")
    voided = {(row["lead_id"], row["campaign_id"]) for row in events if row["type"] == "lead.voided"}
    rules = {
        "every request was answered": [name for name in load.requests if name not in load.answers],
        "a repeated request gets the same answer": load.changed,
        "what was acknowledged is in the store, as it was acknowledged": [
            lead_id for lead_id, outcome in answered.items() if held.get(lead_id) != outcome
        ],
        "each request is one lead, and no lead is there that nobody was told of": [
            *(held.keys() - answered.keys()),
            *(name for name, outcome in load.answers.items() if answered[outcome.lead_id] != told(outcome)),
            *(["two requests were answered with one lead"] if len(answered) != len(load.answers) else []),
        ],
        "no exclusive lead is sold twice": [lead_id for lead_id, one in held.items() if len(one[3]) > 1],
        "no lead is left pending": [lead_id for lead_id, one in held.items() if one[1] == LEAD_STATUS_PENDING],
        "caps and budgets are reached, and not exceeded": _limits(world.limit, sales, spent, owed[0][0]),
        "what a buyer took is its sale, or it was told otherwise": [
            f"{lead_id} of {campaign_id}"
            for campaign_id, desk in world.desks.items()
            for lead_id in desk.bought.values()
            if campaign_id not in {sale for _, sale in held[lead_id][3]} and (lead_id, campaign_id) not in voided
        ],
        "every event was delivered": [f"{row['type']} {row['id']}" for row in events if row["id"] not in world.heard],
        "every signature was right": ["a wrong one came"] * world.receiver.refused,
    }
    rules["`exchange verify` passes"] = [
        f"{rule}: {row}" for rule, rows in (await asyncio.to_thread(broken, world.url)).items() for row in rows
    ]
    return Account(
        {rule: list(found)[:_SHOWN] for rule, found in rules.items()},
        len(held),
        sales,
        len(events),
        world.receiver.repeats,
    )


async def short_of(world: World) -> list[str]:
    """The campaigns whose limits are not reached yet."""
    rows = await _rows(world, "SELECT campaign_id, count(*) FROM sales GROUP BY 1")
    counted: dict[str, int] = {row["campaign_id"]: row["count"] for row in rows}
    return [name for name in ("counted", "spending", "prepaid") if counted.get(name, 0) < world.limit]


def _limits(limit: int, sales: dict[str, int], spent: dict[str, int], owed_micros: int) -> Iterable[str]:
    if sales.get("counted") != limit:
        yield f"counted bought {sales.get('counted')} of {limit}"
    if spent.get("spending") != limit * PRICE_MICROS:
        yield f"spending spent {spent.get('spending')} of {limit * PRICE_MICROS}"
    if owed_micros != 0:
        yield f"prepaid has {-owed_micros} left of {limit * PRICE_MICROS}"
    if sales.get("remote", 0) > limit:
        yield f"remote bought {sales.get('remote')} of {limit}"


async def _rows(world: World, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(world.url, timeout=10)
    try:
        found: list[asyncpg.Record] = await connection.fetch(query)
        return found
    finally:
        await connection.close()
