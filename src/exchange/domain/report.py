"""Reports: figures by day, vertical, source, campaign and buyer, kept as things happen."""

from enum import IntEnum

import msgspec


class ReportDimension(IntEnum):
    """What a report is broken down by; numbered as in the contract."""

    DAY = 1
    VERTICAL = 2
    SOURCE = 3
    SUB_SOURCE = 4
    CAMPAIGN = 5
    BUYER = 6


class Figures(msgspec.Struct, gc=False):
    """Counters of one cell; what each counts is in the contract (`ReportRow`)."""

    leads: int = 0
    sold: int = 0
    pings: int = 0
    bids: int = 0
    timeouts: int = 0
    bid_micros: int = 0
    posts: int = 0
    accepted: int = 0
    rejected: int = 0
    sales: int = 0
    revenue_micros: int = 0
    payout_micros: int = 0
    returns: int = 0
    refund_micros: int = 0
    conversions: int = 0
    conversion_micros: int = 0
    contacted: int = 0


class Cell(msgspec.Struct, frozen=True):
    """What figures are of. Those of leads have no campaign and no buyer."""

    day: str
    """Of submission, UTC: `2026-11-01`."""
    vertical: str
    source_id: str
    sub_source: str
    campaign_id: str = ""
    buyer_id: str = ""


class ReportQuery(msgspec.Struct, frozen=True):
    """Which figures, and how they are broken down; what is empty does not narrow."""

    from_day: str
    until_day: str
    """Inclusive."""
    dimensions: tuple[ReportDimension, ...] = ()
    vertical: str = ""
    source_id: str = ""
    campaign_id: str = ""
    buyer_id: str = ""
    limit: int = 10_000

    @property
    def of_campaigns(self) -> bool:
        """It asks by campaign or buyer, where the figures of leads have no place."""
        by_campaign = {ReportDimension.CAMPAIGN, ReportDimension.BUYER} & set(self.dimensions)
        return bool(by_campaign or self.campaign_id or self.buyer_id)


class ReportRow(msgspec.Struct, frozen=True):
    """Figures of one combination of the dimensions' values."""

    keys: tuple[str, ...]
    figures: Figures
