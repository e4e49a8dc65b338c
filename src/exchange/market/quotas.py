"""What a purchase counts against, as stores that several cores share are told, and what it came to. Pure."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.limits import DEFAULT_CAP_ALERT_BPS
from exchange.domain.party import Buyer
from exchange.domain.quota import CREDIT, Purchase, Quota, Usage
from exchange.market.caps import CapCrossing, Kind, crossed
from exchange.market.schedule import period_end, period_key


def purchase(campaign: Campaign, buyer: Buyer, zone: ZoneInfo, at_ms: int, price_micros: int) -> Purchase:
    """A purchase of a lead that was submitted at a time (Unix ms): under its campaign's caps, its buyer's and credit.

    A test campaign counts for itself only, since nobody pays for a test lead.
    """
    quotas = list(_of(f"campaign:{campaign.id}", campaign.caps, zone, at_ms))
    if not campaign.test:
        payer = f"buyer:{buyer.id}"
        quotas += _of(payer, buyer.caps, zone, at_ms)
        if buyer.credit_limit_micros is not None:
            quotas.append(Quota(payer, CREDIT, max_micros=buyer.credit_limit_micros))
    return Purchase(campaign.id, price_micros, tuple(quotas))


def crossings(campaign: Campaign, buyer: Buyer, bought: Purchase, used: Iterable[Usage]) -> Iterator[CapCrossing]:
    """The caps that a purchase brought near their limit, or to it; `used` is how they stood right after it."""
    found = {(one.owner, one.period, one.from_ms): one for one in used}
    for quota in bought.quotas:
        usage = found.get((quota.owner, quota.period, quota.from_ms))
        if usage is None or quota.period == CREDIT:
            continue
        ours = quota.owner.startswith("campaign:")
        alert_bps = campaign.cap_alert_bps if ours else DEFAULT_CAP_ALERT_BPS
        name, period = campaign.id if ours else "", CapPeriod(quota.period)
        leads, micros = usage.leads - usage.held_leads, usage.micros - usage.held_micros
        if quota.max_leads and (kind := crossed(leads, 1, quota.max_leads, alert_bps)):
            yield CapCrossing(name, buyer.id, period, kind, leads, quota.max_leads, by_spend=False)
        if quota.max_micros and (kind := _spend(micros, bought.price_micros, quota.max_micros, alert_bps)):
            yield CapCrossing(name, buyer.id, period, kind, micros, quota.max_micros, by_spend=True)


def _spend(used: int, price_micros: int, limit: int, alert_bps: int) -> Kind | None:
    """Spend seldom ends just at its limit: it is reached when what is left is less than the price."""
    return "reached" if limit - used < price_micros else crossed(used, price_micros, limit, alert_bps)


def _of(owner: str, caps: Iterable[Cap], zone: ZoneInfo, at_ms: int) -> Iterator[Quota]:
    """One quota a period: of several caps the tightest holds."""
    by_period: dict[CapPeriod, list[Cap]] = {}
    for cap in caps:
        by_period.setdefault(cap.period, []).append(cap)
    for period, several in by_period.items():
        from_ms = period_key(period, zone, at_ms)
        yield Quota(
            owner,
            int(period),
            from_ms,
            period_end(period, zone, from_ms),
            min((cap.max_leads for cap in several if cap.max_leads), default=None),
            min((cap.max_spend_micros for cap in several if cap.max_spend_micros), default=None),
        )
