"""The invariants, checked by reading the file alone: no core needs to run, and one that does is not disturbed."""

import sqlite3
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign
from exchange.domain.errors import StoreError
from exchange.domain.party import Buyer
from exchange.store.base import Finding
from exchange.store.invariants import CHECKS, MOST_OFFENDING, exceeded
from exchange.store.sqlite import rows
from exchange.store.sqlite.queries import query
from exchange.store.sqlite.recount import astray


def verify(path: Path) -> list[Finding]:
    """Checks each invariant. Raises StoreError when the file cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            # One snapshot for all checks, so that what a running core adds meanwhile breaks none.
            connection.execute("BEGIN")
            return [
                _integrity(connection),
                *(_check(connection, name, claim) for name, claim in CHECKS),
                _caps(connection),
                Finding("rolled_up", "figures equal what leads, dispositions and returns come to", astray(connection)),
            ]
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error


def _integrity(connection: sqlite3.Connection) -> Finding:
    found = [row[0] for row in connection.execute(f"PRAGMA quick_check({MOST_OFFENDING})")]
    return Finding("integrity", "the file itself is sound", [] if found == ["ok"] else found)


def _check(connection: sqlite3.Connection, name: str, claim: str) -> Finding:
    found = connection.execute(query(f"verify_{name}")).fetchmany(MOST_OFFENDING)
    return Finding(name, claim, [" ".join(str(value) for value in row) for row in found])


def _caps(connection: sqlite3.Connection) -> Finding:
    """Counts what each campaign and buyer bought since it last changed: never more in a window than its caps allow."""
    items = [rows.item(kind, document) for kind, document in connection.execute(query("catalog"))]
    zones = {item.id: ZoneInfo(item.time_zone) for item in items if isinstance(item, Buyer)}
    offending: list[str] = []
    for item in items:
        if isinstance(item, Campaign | Buyer) and item.caps:
            kind = "campaign" if isinstance(item, Campaign) else "buyer"
            zone = zones[item.buyer_id if isinstance(item, Campaign) else item.id]
            bought = connection.execute(query(f"verify_bought_by_{kind}"), (item.id, item.changed_ms)).fetchall()
            offending += [f"{item.id} {line}" for cap in item.caps for line in exceeded(cap, zone, bought)]
    return Finding("caps", "no cap is exceeded", offending[:MOST_OFFENDING])
