"""The invariants, checked by reading the database alone: no core needs to run, and one that does is not disturbed."""

from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign
from exchange.domain.party import Buyer
from exchange.store.base import Finding
from exchange.store.invariants import CHECKS, MOST_OFFENDING, exceeded
from exchange.store.postgres import catalog
from exchange.store.postgres.offline import read
from exchange.store.postgres.queries import Connection, fetch, query
from exchange.store.postgres.recount import astray


def verify(url: str) -> list[Finding]:
    """Checks each invariant, all as of one moment. Raises StoreError when the database cannot be read."""
    return read(url, _findings)


async def _findings(connection: Connection) -> list[Finding]:
    return [
        await _check(connection, "indexes", "the database's indexes are sound"),
        *[await _check(connection, name, claim) for name, claim in CHECKS],
        await _caps(connection),
        Finding("rolled_up", "figures equal what leads, dispositions and returns come to", await astray(connection)),
    ]


async def _check(connection: Connection, name: str, claim: str) -> Finding:
    statement = query(f"verify_{name}").rstrip(";")
    found = await fetch(connection, f"{statement}\nLIMIT {MOST_OFFENDING};")
    return Finding(name, claim, [" ".join(str(value) for value in row) for row in found])


async def _caps(connection: Connection) -> Finding:
    """Counts what each campaign and buyer bought since it last changed: never more in a window than its caps allow."""
    items = await catalog.items(connection)
    zones = {item.id: ZoneInfo(item.time_zone) for item in items if isinstance(item, Buyer)}
    offending: list[str] = []
    for item in items:
        if isinstance(item, Campaign | Buyer) and item.caps:
            kind = "campaign" if isinstance(item, Campaign) else "buyer"
            zone = zones[item.buyer_id if isinstance(item, Campaign) else item.id]
            wanted = {"id": item.id, "changed_ms": item.changed_ms}
            found = await fetch(connection, query(f"verify_bought_by_{kind}"), wanted)
            bought = [(submitted_ms, micros) for submitted_ms, micros in found]
            offending += [f"{item.id} {line}" for cap in item.caps for line in exceeded(cap, zone, bought)]
    return Finding("caps", "no cap is exceeded", offending[:MOST_OFFENDING])
