"""Caps: what each campaign has bought in the current hour, day, week and month, and what is about to be.

A purchase is reserved before it is made, and counts from then on; later it is committed or released. As nothing is
counted that does not fit under every cap, none is exceeded however reservations interleave. All four periods are
counted for every campaign, so that a cap that is set later knows what was bought before. One process owns a book.
"""

from typing import Final
from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign
from exchange.domain.caps import Cap, CapPeriod
from exchange.market.schedule import period_key, period_keys

KEPT_WINDOWS: Final = 3
"""Of a campaign and period: auctions of the last one may still be under way in the next, and clocks are set."""


class Count:
    """What was bought in one window, reservations included."""

    __slots__ = ("leads", "spend_micros")

    def __init__(self) -> None:
        self.leads = 0
        self.spend_micros = 0

    def add(self, leads: int, spend_micros: int) -> None:
        """Counts a purchase, or with negative numbers takes one back."""
        self.leads += leads
        self.spend_micros += spend_micros

    def admits(self, cap: Cap, price_micros: int) -> bool:
        """Whether one more lead fits under a cap. A price that is not known yet (0) needs room for some price."""
        fits = not cap.max_leads or self.leads < cap.max_leads
        return fits and (not cap.max_spend_micros or self.spend_micros + max(1, price_micros) <= cap.max_spend_micros)


_NOTHING: Final = Count()


class _Windows:
    """The newest windows of one campaign and period, by key."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[int, Count] = {}

    def look(self, key: int) -> Count | None:
        """The count of a window; None if it is too old to be known, so that nothing more can be bought in it."""
        return None if self._too_old(key) else self._counts.get(key, _NOTHING)

    def take(self, key: int) -> Count | None:
        """The count of a window, to be changed; None if it is too old."""
        if key not in self._counts and not self._too_old(key):
            self._counts[key] = Count()
            if len(self._counts) > KEPT_WINDOWS:
                del self._counts[min(self._counts)]
        return self._counts.get(key)

    def _too_old(self, key: int) -> bool:
        return len(self._counts) == KEPT_WINDOWS and key < min(self._counts)


class Reservation:
    """Room held for one purchase."""

    __slots__ = ("caps", "counts", "price_micros", "released")

    def __init__(self, price_micros: int, caps: tuple[tuple[Cap, Count], ...], counts: tuple[Count, ...]) -> None:
        self.price_micros = price_micros
        self.caps = caps
        self.counts = counts
        """Where it is counted."""
        self.released = False


class CapBook:
    """The counts of all campaigns."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[_Windows, ...]] = {}

    def admits(self, campaign: Campaign, zone: ZoneInfo, at_ms: int, price_micros: int) -> bool:
        """Whether a lead at that price (0: not known yet) would fit now; holds nothing."""
        if not campaign.caps:
            return True
        windows = self._windows.get(campaign.id)
        for cap in campaign.caps:
            count = windows[cap.period - 1].look(period_key(cap.period, zone, at_ms)) if windows else _NOTHING
            if count is None or not count.admits(cap, price_micros):
                return False
        return True

    def reserve(self, campaign: Campaign, zone: ZoneInfo, at_ms: int, price_micros: int) -> Reservation | None:
        """Holds room for a lead at that price under all of a campaign's caps; None, holding nothing, if one is full."""
        counts = self._take(campaign.id, zone, at_ms)
        caps: list[tuple[Cap, Count]] = []
        for cap in campaign.caps:
            count = counts[cap.period - 1]
            if count is None or not count.admits(cap, price_micros):
                return None
            caps.append((cap, count))
        reservation = Reservation(price_micros, tuple(caps), tuple(count for count in counts if count is not None))
        for count in reservation.counts:
            count.add(1, price_micros)
        return reservation

    @staticmethod
    def commit(reservation: Reservation, price_micros: int) -> int:
        """Makes the purchase final and returns the price that stands, to be charged.

        That is the price given, unless it is above what was reserved by more than the caps on spend leave room for;
        then it is the most that fits. Raises ValueError if the reservation was released.
        """
        if reservation.released:
            raise ValueError("the reservation was released")
        room = [cap.max_spend_micros - count.spend_micros for cap, count in reservation.caps if cap.max_spend_micros]
        more = min([price_micros - reservation.price_micros, *(max(0, left) for left in room)])
        for count in reservation.counts:
            count.add(0, more)
        reservation.price_micros += more
        return reservation.price_micros

    @staticmethod
    def release(reservation: Reservation) -> None:
        """Gives back what is held, even when committed (the sale could not be kept). A second time does nothing."""
        if reservation.released:
            return
        reservation.released = True
        for count in reservation.counts:
            count.add(-1, -reservation.price_micros)

    def load(self, campaign_id: str, zone: ZoneInfo, at_ms: int, leads: int, spend_micros: int) -> None:
        """Counts what was bought at a time (Unix ms), whether it fits or not: a sale, or the sum of a quarter-hour.

        No window begins or ends within a clock quarter-hour of UTC, so that sums of these are as good as single sales.
        """
        for count in self._take(campaign_id, zone, at_ms):
            if count is not None:
                count.add(leads, spend_micros)

    def forget(self, campaign_id: str) -> None:
        """Drops the counts of a campaign: it is gone, or is about to be loaded anew."""
        self._windows.pop(campaign_id, None)

    def _take(self, campaign_id: str, zone: ZoneInfo, at_ms: int) -> list[Count | None]:
        """The counts to change, in the order of the periods."""
        windows = self._windows.get(campaign_id)
        if windows is None:
            windows = self._windows[campaign_id] = tuple(_Windows() for _ in CapPeriod)
        return [one.take(key) for one, key in zip(windows, period_keys(zone, at_ms), strict=True)]
