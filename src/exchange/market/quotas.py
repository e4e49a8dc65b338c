"""What a purchase counts against, as stores that several cores share are told. Pure."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.party import Buyer
from exchange.domain.quota import CREDIT, Purchase, Quota
from exchange.market.schedule import period_end, period_key


def purchase(campaign: Campaign, buyer: Buyer, zone: ZoneInfo, at_ms: int, price_micros: int) -> Purchase:
    """A purchase of a lead that was submitted at a time (Unix ms): under its campaign's caps, its buyer's and credit.

    A test campaign counts for itself only, since nobody pays for a test lead.
    """
    quotas = list(_of(campaign.id, campaign.caps, zone, at_ms))
    if not campaign.test:
        quotas += _of(buyer.id, buyer.caps, zone, at_ms)
        if buyer.credit_limit_micros is not None:
            quotas.append(Quota(buyer.id, CREDIT, max_micros=buyer.credit_limit_micros))
    return Purchase(campaign.id, price_micros, tuple(quotas))


def _of(owner_id: str, caps: Iterable[Cap], zone: ZoneInfo, at_ms: int) -> Iterator[Quota]:
    """One quota a period: of several caps the tightest holds."""
    by_period: dict[CapPeriod, list[Cap]] = {}
    for cap in caps:
        by_period.setdefault(cap.period, []).append(cap)
    for period, several in by_period.items():
        from_ms = period_key(period, zone, at_ms)
        yield Quota(
            owner_id,
            int(period),
            from_ms,
            period_end(period, zone, from_ms),
            min((cap.max_leads for cap in several if cap.max_leads), default=None),
            min((cap.max_spend_micros for cap in several if cap.max_spend_micros), default=None),
        )
