"""What was bought in the windows that caps count over."""

from typing import Final
from zoneinfo import ZoneInfo

from exchange.domain.caps import Cap, CapPeriod
from exchange.market.schedule import period_key, period_keys

KEPT_WINDOWS: Final = 3
"""Of one owner and period: auctions of the last one may still be under way in the next, and clocks are set."""


class Count:
    """What was bought in one window."""

    __slots__ = ("full_micros", "leads", "sold_leads", "sold_micros", "spend_micros")

    def __init__(self) -> None:
        self.leads = 0
        """With what is reserved, as is `spend_micros`."""
        self.spend_micros = 0
        self.sold_leads = 0
        """Without, as is `sold_micros`."""
        self.sold_micros = 0
        self.full_micros = 0
        """The highest cap on spend that its owner was told is reached."""

    def admits(self, cap: Cap, price_micros: int) -> bool:
        """Whether one more lead at that price fits under a cap."""
        fits = not cap.max_leads or self.leads < cap.max_leads
        return fits and (not cap.max_spend_micros or self.spend_micros + price_micros <= cap.max_spend_micros)

    def reserve(self, leads: int, spend_micros: int) -> None:
        """Counts what is reserved, or with negative numbers takes it back."""
        self.leads += leads
        self.spend_micros += spend_micros

    def sell(self, leads: int, spend_micros: int) -> None:
        """Counts what is sold, which was reserved, or with negative numbers takes it back."""
        self.sold_leads += leads
        self.sold_micros += spend_micros
        if leads < 0:
            self.full_micros = 0


_NOTHING: Final = Count()


class _Windows:
    """The newest windows of one owner and period, by key."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[int, Count] = {}

    def look(self, key: int) -> Count | None:
        return None if self._too_old(key) else self._counts.get(key, _NOTHING)

    def take(self, key: int) -> Count | None:
        if key not in self._counts and not self._too_old(key):
            self._counts[key] = Count()
            if len(self._counts) > KEPT_WINDOWS:
                del self._counts[min(self._counts)]
        return self._counts.get(key)

    def _too_old(self, key: int) -> bool:
        return len(self._counts) == KEPT_WINDOWS and key < min(self._counts)


class Tally:
    """The windows of many owners: of all campaigns, or of all buyers."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[_Windows, ...]] = {}
        self._taken: dict[str, tuple[tuple[int, ...], tuple[Count | None, ...]]] = {}
        """What `take` last answered with, and for which windows: leads come by the minute, windows by the hour."""

    def look(self, owner_id: str, period: CapPeriod, zone: ZoneInfo, at_ms: int) -> Count | None:
        """The count of a window, to be read; None if it is too old to be known: nothing more can be bought in it."""
        windows = self._windows.get(owner_id)
        return windows[period - 1].look(period_key(period, zone, at_ms)) if windows else _NOTHING

    def take(self, owner_id: str, zone: ZoneInfo, at_ms: int) -> tuple[Count | None, ...]:
        """The counts to change, in the order of the periods; None where the window is too old."""
        keys = period_keys(zone, at_ms)
        taken = self._taken.get(owner_id)
        if taken is not None and taken[0] == keys:
            return taken[1]
        windows = self._windows.get(owner_id)
        if windows is None:
            windows = self._windows[owner_id] = tuple(_Windows() for _ in CapPeriod)
        counts = tuple([one.take(key) for one, key in zip(windows, keys, strict=True)])
        self._taken[owner_id] = keys, counts
        return counts

    def known(self, owner_id: str, period: CapPeriod, key: int) -> Count | None:
        """The count of a window by its `period_key`; None of an owner that has none, or if it is too old."""
        windows = self._windows.get(owner_id)
        return windows[period - 1].take(key) if windows else None

    def forget(self, owner_id: str) -> None:
        """Drops an owner's counts."""
        self._windows.pop(owner_id, None)
        self._taken.pop(owner_id, None)
