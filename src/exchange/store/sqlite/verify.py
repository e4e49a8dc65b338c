"""The invariants, checked by reading the file alone: no core needs to run, and one that does is not disturbed."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign
from exchange.domain.caps import Cap
from exchange.domain.errors import StoreError
from exchange.domain.party import Buyer
from exchange.market.schedule import period_key
from exchange.store.base import Finding
from exchange.store.sqlite import rows
from exchange.store.sqlite.queries import query
from exchange.store.sqlite.recount import astray

_MOST: Final = 100

CHECKS: Final = (
    ("decided", "every lead is sold, in review, pending, or unsold with a reason"),
    ("sold_once", "each sold lead has its sale: one that is exclusive, or shared ones to different buyers"),
    ("sales_known", "every sale belongs to a lead that is sold"),
    ("balanced", "the postings of every transaction sum to zero"),
    ("booked", "every sale is debited to its buyer and credited to its source, test leads excepted"),
    ("evented_leads", "every decided lead has its event for the source"),
    ("evented_sales", "every sale has its event for the buyer"),
    ("events_known", "every event is about a lead that is there"),
    ("delivered", "every delivery has its event"),
    ("refunded", "each approved return refunds its sale, in full and once, and no other does; test leads excepted"),
    ("refunds_known", "every refund is of an approved return"),
    ("returned", "a lead is returned when all of its sales are, and only then"),
    ("evented_feedback", "every disposition and every return has its events for the buyer"),
)


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
    found = [row[0] for row in connection.execute(f"PRAGMA quick_check({_MOST})")]
    return Finding("integrity", "the file itself is sound", [] if found == ["ok"] else found)


def _check(connection: sqlite3.Connection, name: str, claim: str) -> Finding:
    found = connection.execute(query(f"verify_{name}")).fetchmany(_MOST)
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
            offending += [f"{item.id} {line}" for cap in item.caps for line in _exceeded(cap, zone, bought)]
    return Finding("caps", "no cap is exceeded", offending[:_MOST])


def _exceeded(cap: Cap, zone: ZoneInfo, bought: Sequence[tuple[int, int]]) -> list[str]:
    """The windows in which more was bought than a cap allows."""
    leads: defaultdict[int, int] = defaultdict(int)
    spend: defaultdict[int, int] = defaultdict(int)
    for submitted_ms, price_micros in bought:
        window = period_key(cap.period, zone, submitted_ms)
        leads[window] += 1
        spend[window] += price_micros
    return [
        f"{cap.period.name} {window}: {count} leads, {spend[window]} micros"
        for window, count in leads.items()
        if 0 < cap.max_leads < count or 0 < cap.max_spend_micros < spend[window]
    ]
