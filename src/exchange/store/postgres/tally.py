"""How quotas stand, and what is held, as one transaction goes through what counts against them. Pure.

A window counts every sale whose lead was submitted in it, and a credit every posting to its account, whether or not
whoever sold knew of the limit; what is held counts against the quotas that its purchase names.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from exchange.domain.auction import Sale
from exchange.store.base import CREDIT, OverQuota, Purchase, Quota, Settlement, Usage

_NOTHING_HELD: Final = -1


class Window(NamedTuple):
    """What a usage is of. Two time zones may have windows that begin together and do not end together."""

    owner: str
    period: int
    from_ms: int
    until_ms: int


class Count(msgspec.Struct, gc=False):
    """How a window stands, with what is held."""

    leads: int
    micros: int
    held_leads: int = 0
    held_micros: int = 0

    def add(self, leads: int, micros: int) -> None:
        """Counts what is sold or booked."""
        self.leads += leads
        self.micros += micros

    def hold(self, leads: int, micros: int) -> None:
        """Counts what is held, or with negative numbers gives it back."""
        self.add(leads, micros)
        self.held_leads += leads
        self.held_micros += micros


def window_of(quota: Quota) -> Window:
    """What a quota limits."""
    return Window(quota.owner, quota.period, quota.from_ms, quota.until_ms)


def payers(sale: Sale, *, test: bool) -> tuple[str, ...]:
    """Whose windows a sale counts in: its campaign's, and its buyer's unless the lead was a test."""
    ours = f"campaign:{sale.campaign_id}"
    return (ours,) if test else (ours, f"buyer:{sale.buyer_id}")


class Tally:
    """Counts and holds that operations change one after another; one that is refused changes nothing."""

    def __init__(self, counts: dict[Window, Count], holds: dict[str, tuple[Purchase, ...]]) -> None:
        """All counts of the owners concerned, each of what quotas name among them; holds by lead. Both are changed."""
        self.counts = counts
        self.holds = holds
        self._windows: defaultdict[str, list[Window]] = defaultdict(list)
        for window in counts:
            self._windows[window.owner].append(window)

    def hold(self, lead_id: str, purchases: Sequence[Purchase]) -> OverQuota | None:
        """Holds these for a lead instead of what was held for it. What was held at no lower a price always fits."""
        before = self.holds.pop(lead_id, ())
        held_micros = {one.campaign_id: one.price_micros for one in before}
        self._hold(before, -1)
        taken: list[Purchase] = []
        refused: list[str] = []
        for one in purchases:
            if one.price_micros <= held_micros.get(one.campaign_id, _NOTHING_HELD) or self._fits(one):
                self._hold((one,), 1)
                taken.append(one)
            else:
                refused.append(one.campaign_id)
        if refused:
            self._hold(taken, -1)
            self._hold(before, 1)
        if kept := before if refused else taken:
            self.holds[lead_id] = tuple(kept)
        return OverQuota(refused, self.stand(purchases)) if refused else None

    def sell(self, settlement: Settlement) -> OverQuota | tuple[Usage, ...]:
        """Counts what a settlement sells and books, instead of what was held; answers with how its quotas stand."""
        record = settlement.record
        over = self.hold(record.id, settlement.purchases)
        if over is not None:
            return over
        self._hold(self.holds.pop(record.id, ()), -1)
        for sale in record.outcome.sales:
            for owner in payers(sale, test=record.profile.test):
                for window in self._windows.get(owner, ()):
                    if window.period != CREDIT and window.from_ms <= record.submitted_ms < window.until_ms:
                        self.counts[window].add(1, sale.price_micros)
        for posting in settlement.postings:
            for window in self._windows.get(posting.account, ()):
                if window.period == CREDIT:
                    self.counts[window].add(0, posting.amount_micros)
        return self.stand(settlement.purchases)

    def stand(self, purchases: Iterable[Purchase]) -> tuple[Usage, ...]:
        """How all that purchases count against stands."""
        windows = dict.fromkeys(window_of(quota) for one in purchases for quota in one.quotas)
        return tuple([Usage(*one[:3], *msgspec.structs.astuple(self.counts[one])) for one in windows])

    def _fits(self, purchase: Purchase) -> bool:
        for quota in purchase.quotas:
            count = self.counts[window_of(quota)]
            if quota.max_leads is not None and count.leads >= quota.max_leads:
                return False
            if quota.max_micros is not None and count.micros + purchase.price_micros > quota.max_micros:
                return False
        return True

    def _hold(self, purchases: Iterable[Purchase], sign: int) -> None:
        for one in purchases:
            for quota in one.quotas:
                self.counts[window_of(quota)].hold(sign, sign * one.price_micros)
