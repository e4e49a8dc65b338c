"""Pacing: a day's cap is spread over the minutes in which the campaign buys."""

from typing import Final
from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign
from exchange.domain.caps import CapPeriod
from exchange.market.schedule import open_minutes
from exchange.market.windows import Count

ALLOWANCE_SHARE: Final = 100
"""One part in so many of the cap may be bought ahead, and one lead at least: demand does not come evenly."""


def paced_out(campaign: Campaign, zone: ZoneInfo, at_ms: int, bought_today: Count) -> bool:
    """Whether a paced campaign has bought more than is due at a time (Unix ms) at which its schedule is open.

    Due is the day's lowest cap times the minutes in which it has bought today, this one included, out of all in which
    it buys today: those of its schedule, by the buyer's wall clock, or all there are. Caps by count decide; those by
    spend only where there is none by count. Without a cap by the day nothing is paced.
    """
    days = [cap for cap in campaign.caps if cap.period == CapPeriod.DAY]
    by_count = [cap.max_leads for cap in days if cap.max_leads]
    most = min(by_count or [cap.max_spend_micros for cap in days], default=0)
    if not campaign.paced or not most:
        return False
    bought = bought_today.leads if by_count else bought_today.spend_micros
    past, whole = open_minutes(campaign.schedule, zone, at_ms)
    return bought >= most * past // whole + max(1, most // ALLOWANCE_SHARE)
