"""What `exchange verify` proves of a store, whichever engine keeps it."""

from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from exchange.domain.campaign import Campaign
from exchange.domain.caps import CapPeriod
from exchange.domain.party import Buyer
from exchange.market.schedule import period_end, period_key
from exchange.store.base import CatalogItem
from exchange.store.marks import Bought, Window

MOST_OFFENDING: Final = 100
"""Rows that are named of each invariant."""
_LATE_MS: Final = 3_600_000
"""How long after the end of a window a sale can still come that counts in it: the life of an auction, and to spare."""
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
KEPT: Final = ("kept", "what was there when the store was last proved is still there")
CAPS: Final = ("caps", "no cap is exceeded")
FIGURES: Final = ("rolled_up", "figures equal what leads, dispositions and returns come to")


class Counting:
    """What campaigns and buyers bought since they last changed, by the windows of their caps."""

    def __init__(self, items: Iterable[CatalogItem], proved: Iterable[Window]) -> None:
        """`proved` is what an earlier run counted (`windows`); of items that changed since, counting begins anew."""
        items = list(items)
        zones = {item.id: ZoneInfo(item.time_zone) for item in items if isinstance(item, Buyer)}
        self._capped: dict[tuple[str, str], tuple[Campaign | Buyer, ZoneInfo]] = {}
        for item in items:
            if isinstance(item, Campaign | Buyer) and item.caps:
                kind, buyer_id = ("campaign", item.buyer_id) if isinstance(item, Campaign) else ("buyer", item.id)
                self._capped[kind, item.id] = item, zones[buyer_id]
        self._windows: dict[tuple[str, str, CapPeriod, int], Window] = {}
        for one in proved:
            capped = self._capped.get((one.kind, one.owner_id))
            if capped is not None and capped[0].changed_ms == one.changed_ms:
                self._windows[one.kind, one.owner_id, one.period, one.from_ms] = msgspec.structs.replace(one)
        self._newest_ms = 0

    def count(self, one: Bought, times: int = 1) -> None:
        """Counts a sale; -1 times one that is counted no more."""
        self._newest_ms = max(self._newest_ms, one.submitted_ms)
        self._add("campaign", one.campaign_id, one, times)
        if not one.test:
            self._add("buyer", one.buyer_id, one, times)

    def _add(self, kind: str, owner_id: str, one: Bought, times: int) -> None:
        if (kind, owner_id) not in self._capped:
            return
        item, zone = self._capped[kind, owner_id]
        if one.submitted_ms < item.changed_ms:
            return
        for period in {cap.period for cap in item.caps}:
            key = kind, owner_id, period, period_key(period, zone, one.submitted_ms)
            window = self._windows.get(key) or self._windows.setdefault(key, Window(*key, item.changed_ms))
            window.leads += times
            window.micros += times * one.price_micros

    def exceeded(self) -> list[str]:
        """The windows in which more was bought than a cap allows."""
        return [
            f"{one.owner_id} {one.period.name} {one.from_ms}: {one.leads} leads, {one.micros} micros"
            for one in self._windows.values()
            for cap in self._capped[one.kind, one.owner_id][0].caps
            if cap.period == one.period and (0 < cap.max_leads < one.leads or 0 < cap.max_spend_micros < one.micros)
        ]

    def windows(self) -> tuple[Window, ...]:
        """What was bought in windows that more can come to."""

        def ends_ms(one: Window) -> int:
            return period_end(one.period, self._capped[one.kind, one.owner_id][1], one.from_ms)

        return tuple(one for one in self._windows.values() if ends_ms(one) + _LATE_MS > self._newest_ms)
