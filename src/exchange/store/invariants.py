"""What `exchange verify` proves of a store, whichever engine keeps it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from exchange.domain.caps import Cap
from exchange.market.schedule import period_key

MOST_OFFENDING: Final = 100
"""Rows that are named of each invariant."""
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
"""By the name of the engine's statement that finds what breaks it, in words."""


def exceeded(cap: Cap, zone: ZoneInfo, bought: Sequence[tuple[int, int]]) -> list[str]:
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
