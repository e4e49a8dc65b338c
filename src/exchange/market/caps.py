"""Caps and credit: what campaigns and buyers may still buy.

A purchase is reserved before it is made, and counts from then on; later it is committed or released. It is reserved
under the caps of its campaign, under those of its buyer and against what the buyer has to spend, everywhere or nowhere,
so that none of these is exceeded however reservations interleave. All periods are counted for everybody: a cap that is
set later knows what was bought before. A test campaign counts for itself only, since nobody pays for a test lead.

One process owns a book. Where several cores share a store, the store counts (`exchange.market.quotas`), and each core's
book is a picture of it, at most a second old, that spares it purchases for which there is no room.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from exchange.domain.campaign import WHOLE_BPS, Campaign
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.limits import DEFAULT_CAP_ALERT_BPS
from exchange.domain.party import Buyer
from exchange.domain.quota import CREDIT, Usage
from exchange.domain.reasons import Reason
from exchange.market.funds import Funds
from exchange.market.windows import Count, Tally

Kind = Literal["approaching", "reached"]


class CapCrossing(msgspec.Struct, frozen=True):
    """A cap that a purchase brought near its limit, or to it."""

    campaign_id: str
    """Empty for a cap over all of the buyer's campaigns."""
    buyer_id: str
    period: CapPeriod
    kind: Kind
    used: int
    """In leads, or in micros where it is by spend; what is only reserved is not used."""
    limit: int
    by_spend: bool


class _Part(NamedTuple):
    """Where a purchase counts: for its campaign, or for its buyer."""

    campaign_id: str
    """Empty for the buyer."""
    alert_bps: int
    capped: Sequence[tuple[Cap, Count]]
    """The caps, each with what it counts."""
    counts: Sequence[Count]
    """Of all periods."""


class Reservation:
    """Room held for one purchase, until it is committed or released."""

    __slots__ = ("buyer", "committed", "parts", "price_micros", "released")

    def __init__(self, buyer: Buyer, parts: tuple[_Part, ...], price_micros: int) -> None:
        self.buyer = buyer
        self.parts = parts
        self.price_micros = price_micros
        self.committed = False
        self.released = False

    @property
    def test(self) -> bool:
        """Nobody pays: it counts for its campaign alone."""
        return len(self.parts) == 1


class CapBook:
    """What all campaigns and buyers bought, and what the buyers have left."""

    def __init__(self) -> None:
        self.funds = Funds()
        self._campaigns = Tally()
        self._buyers = Tally()

    def admits(self, campaign: Campaign, buyer: Buyer, zone: ZoneInfo, at_ms: int) -> bool:
        """Whether all caps leave room for a lead at some price; holds nothing."""
        for cap in campaign.caps:
            count = self._campaigns.look(campaign.id, cap.period, zone, at_ms)
            if count is None or not count.admits(cap, 1):
                return False
        for cap in () if campaign.test else buyer.caps:
            count = self._buyers.look(buyer.id, cap.period, zone, at_ms)
            if count is None or not count.admits(cap, 1):
                return False
        return True

    def bought_today(self, campaign_id: str, zone: ZoneInfo, at_ms: int) -> Count:
        """What a campaign bought on the day of a time (Unix ms), reservations included."""
        return self._campaigns.look(campaign_id, CapPeriod.DAY, zone, at_ms) or Count()

    def reserve(
        self, campaign: Campaign, buyer: Buyer, zone: ZoneInfo, at_ms: int, price_micros: int
    ) -> Reservation | Reason:
        """Holds room for a lead at that price; CAP_LOST or BALANCE_LOST, holding nothing, where there is none."""
        counts = self._campaigns.take(campaign.id, zone, at_ms)
        part = _part(campaign.id, campaign.caps, campaign.cap_alert_bps, counts, price_micros)
        if part is None:
            return Reason.CAP_LOST
        if campaign.test:
            return self._held(buyer, (part,), price_micros)
        counts = self._buyers.take(buyer.id, zone, at_ms)
        over_all = _part("", buyer.caps, DEFAULT_CAP_ALERT_BPS, counts, price_micros)
        if over_all is None:
            return Reason.CAP_LOST
        left = self.funds.left(buyer)
        if left is not None and left < price_micros:
            return Reason.BALANCE_LOST
        return self._held(buyer, (part, over_all), price_micros)

    def hold(self, campaign: Campaign, buyer: Buyer, zone: ZoneInfo, at_ms: int, price_micros: int) -> Reservation:
        """Holds room that a shared store has granted, whether or not it shows in this picture of it."""
        parts = [_Part(campaign.id, campaign.cap_alert_bps, (), _known(self._campaigns.take(campaign.id, zone, at_ms)))]
        if not campaign.test:
            parts.append(_Part("", DEFAULT_CAP_ALERT_BPS, (), _known(self._buyers.take(buyer.id, zone, at_ms))))
        return self._held(buyer, tuple(parts), price_micros)

    def _held(self, buyer: Buyer, parts: tuple[_Part, ...], price_micros: int) -> Reservation:
        reservation = Reservation(buyer, parts, price_micros)
        for part in parts:
            for count in part.counts:
                count.leads += 1
                count.spend_micros += price_micros
        if not reservation.test:
            self.funds.hold(buyer.id, price_micros)
        return reservation

    def learn(self, used: Iterable[Usage]) -> None:
        """Takes in how windows and credits stand in the shared store, this core's own purchases included.

        What was reserved here and is not yet in the store is forgotten by it: the store will count it all the same.
        """
        for one in used:
            kind, _, owner_id = one.owner.partition(":")
            if one.period == CREDIT:
                self.funds.set_owed(owner_id, one.micros)
                continue
            tally = self._campaigns if kind == "campaign" else self._buyers
            count = tally.known(owner_id, CapPeriod(one.period), one.from_ms)
            if count is not None:
                count.leads, count.spend_micros = one.leads, one.micros
                count.sold_leads, count.sold_micros = one.leads - one.held_leads, one.micros - one.held_micros

    def commit(self, reservation: Reservation, price_micros: int) -> tuple[int, list[CapCrossing]]:
        """Makes the purchase final: the price that stands, to be charged, and the caps that it brought to a limit.

        The price is the one given, unless it is above what was reserved by more than the caps on spend and the buyer's
        credit leave room for; then it is the most that fits. Each crossing is told once a window, as long as its
        purchase is not released. Raises ValueError if the reservation was committed or released before.
        """
        if reservation.committed or reservation.released:
            raise ValueError("the reservation was released" if reservation.released else "it was committed before")
        held = reservation.price_micros
        if price_micros > held:
            price_micros = held + min([price_micros - held, *(max(0, micros) for micros in self._room(reservation))])
        if not reservation.test:
            self.funds.charge(reservation.buyer.id, held, price_micros)
        for part in reservation.parts:
            for count in part.counts:
                count.spend_micros += price_micros - held
                count.sold_leads += 1
                count.sold_micros += price_micros
        reservation.price_micros, reservation.committed = price_micros, True
        return price_micros, _crossings(reservation)

    def _room(self, reservation: Reservation) -> list[int]:
        """What each cap on spend and the buyer's credit leave room for, beyond what is reserved."""
        room = [
            cap.max_spend_micros - count.spend_micros
            for part in reservation.parts
            for cap, count in part.capped
            if cap.max_spend_micros
        ]
        left = None if reservation.test else self.funds.left(reservation.buyer)
        return room if left is None else [*room, left]

    def release(self, reservation: Reservation) -> None:
        """Gives back what is held, even when committed (the sale could not be kept). A second time does nothing."""
        if reservation.released:
            return
        reservation.released = True
        price_micros = reservation.price_micros
        for part in reservation.parts:
            for count in part.counts:
                count.reserve(-1, -price_micros)
                if reservation.committed:
                    count.sell(-1, -price_micros)
        if reservation.test:
            return
        if reservation.committed:
            self.funds.adjust(reservation.buyer.id, price_micros)
        else:
            self.funds.hold(reservation.buyer.id, -price_micros)

    def forget(self, buyer_id: str, campaign_ids: Iterable[str]) -> None:
        """Drops the counts of a buyer and its campaigns, to be loaded anew: its time zone has changed."""
        self._buyers.forget(buyer_id)
        for campaign_id in campaign_ids:
            self._campaigns.forget(campaign_id)

    def load(self, campaign: Campaign, zone: ZoneInfo, at_ms: int, leads: int, spend_micros: int) -> None:
        """Counts what was sold at a time (Unix ms), whether it fits or not: a sale, or the sum of a quarter-hour.

        No window begins or ends within a clock quarter-hour of UTC, so that sums of these are as good as single sales.
        Balances are not changed: they come from the ledger.
        """
        counts = self._campaigns.take(campaign.id, zone, at_ms)
        if not campaign.test:
            counts += self._buyers.take(campaign.buyer_id, zone, at_ms)
        for count in counts:
            if count is not None:
                count.reserve(leads, spend_micros)
                count.sell(leads, spend_micros)


def _part(
    campaign_id: str, caps: Sequence[Cap], alert_bps: int, counts: Sequence[Count | None], price_micros: int
) -> _Part | None:
    """Where a purchase at that price is to count; None if a cap has no room for it."""
    capped: list[tuple[Cap, Count]] = []
    for cap in caps:
        count = counts[cap.period - 1]
        if count is None or not count.admits(cap, price_micros):
            return None
        capped.append((cap, count))
    return _Part(campaign_id, alert_bps, capped, _known(counts))


def _known(counts: Sequence[Count | None]) -> list[Count]:
    """Those of windows that are not too old."""
    return [count for count in counts if count is not None]


def _crossings(reservation: Reservation) -> list[CapCrossing]:
    """The caps that a committed purchase brought to a limit."""
    price_micros, buyer_id = reservation.price_micros, reservation.buyer.id
    found: list[CapCrossing] = []
    for part in reservation.parts:
        for cap, count in part.capped:
            if cap.max_leads and (kind := crossed(count.sold_leads, 1, cap.max_leads, part.alert_bps)):
                leads = count.sold_leads, cap.max_leads
                found.append(CapCrossing(part.campaign_id, buyer_id, cap.period, kind, *leads, by_spend=False))
            if cap.max_spend_micros and (kind := _spend_crossed(count, price_micros, cap, part.alert_bps)):
                spend = count.sold_micros, cap.max_spend_micros
                found.append(CapCrossing(part.campaign_id, buyer_id, cap.period, kind, *spend, by_spend=True))
    return found


def crossed(used: int, added: int, limit: int, alert_bps: int) -> Kind | None:
    """What a purchase came to that used up some more, if it crossed a limit; it was made below it."""
    if used >= limit:
        return "reached"
    return "approaching" if (used - added) * WHOLE_BPS < limit * alert_bps <= used * WHOLE_BPS else None


def _spend_crossed(count: Count, price_micros: int, cap: Cap, alert_bps: int) -> Kind | None:
    """The same for spend, which seldom ends just at its limit: it is reached when what is left is less than the price.

    As a cheaper lead may still fit, it is noted, and told once.
    """
    limit = cap.max_spend_micros
    if count.full_micros >= limit:
        return None
    if limit - count.sold_micros < price_micros:
        count.full_micros = limit
        return "reached"
    return crossed(count.sold_micros, price_micros, limit, alert_bps)
