"""Performance over days."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from adapters.rest.shapes.common import Amount, Query, at

Dimension = Literal["day", "vertical", "source", "sub_source", "campaign", "buyer"]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)", description='a day such as "2026-11-01"')]


class ReportQuery(Query):
    """What to report."""

    from_: Annotated[Day, at("from_day")] = field(name="from")
    """First day, UTC."""
    until: Annotated[Day, at("until_day")]
    """Last day, inclusive; at most 366 days in all."""
    by: Annotated[list[Dimension], at("dimensions"), Meta(max_length=3)] = field(default_factory=list)
    """Up to three dimensions; none gives one row over all."""
    vertical: str = ""
    """Only this vertical."""
    source_id: str = ""
    """Only this source."""
    campaign_id: str = ""
    """Only this campaign."""
    buyer_id: str = ""
    """Only this buyer."""


class ReportRow(Struct):
    """Figures of one combination. Test leads are not in them."""

    keys: list[str]
    """The values of the dimensions, in their order."""
    leads: int
    """Leads submitted."""
    sold: int
    """Of these, sold at least once."""
    pings: int
    """Pings sent."""
    bids: int
    """Of these, answered with a bid."""
    timeouts: int
    """Of these, not answered in time."""
    bid: Amount
    """The bids' sum; divide by `bids` for the average."""
    posts: int
    """Posts sent."""
    accepted: int
    """Of these."""
    rejected: int
    """Of these."""
    sales: int
    """Sales."""
    revenue: Amount
    """What buyers paid, before refunds."""
    payout: Amount
    """What sources earned, before refunds; not for buyers."""
    returns: int
    """Sales that were returned."""
    refund: Amount
    """What was refunded."""
    conversions: int
    """Sales that converted."""
    conversion: Amount
    """The conversions' value."""
    contacted: int
    """Sales on which an agent reached the consumer."""


class Report(Struct):
    """A report."""

    data: Annotated[list[ReportRow], at("rows")]
    """In the order of their keys; at most 10,000."""
    truncated: bool
    """Not all rows are given: narrow the question."""
