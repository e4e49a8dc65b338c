"""What keeps a campaign out of an auction although its targeting holds."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign
from exchange.domain.lead import Profile
from exchange.domain.party import Buyer, PartyState
from exchange.domain.reasons import Reason
from exchange.market.caps import CapBook
from exchange.market.pacing import paced_out
from exchange.market.schedule import open_at

_NOBODY: Final[Mapping[str, Reason]] = MappingProxyType({})
_ACTIVE: Final = PartyState.ACTIVE


def parted(
    campaigns: Iterable[Campaign],
    buyers: Mapping[str, Buyer],
    profile: Profile,
    at_ms: int,
    caps: CapBook,
    unwanted: Mapping[str, Reason],
) -> tuple[list[Campaign], list[tuple[Campaign, Reason]]]:
    """The campaigns that may buy, and those that may not, each with the reason; see `ineligible`."""
    test, qualified, left_out = profile.test, list[Campaign](), list[tuple[Campaign, Reason]]()
    for campaign in campaigns:
        buyer = buyers[campaign.buyer_id]
        free = not (campaign.schedule or campaign.caps or buyer.caps) and buyer.credit_limit_micros is None
        if free and not unwanted and campaign.state is _ACTIVE and buyer.state is _ACTIVE and campaign.test is test:
            qualified.append(campaign)  # without a call, as most are
        elif (why := ineligible(campaign, buyer, profile, at_ms, caps, unwanted)) is None:
            qualified.append(campaign)
        else:
            left_out.append((campaign, why))
    return qualified, left_out


def ineligible(
    campaign: Campaign,
    buyer: Buyer,
    profile: Profile,
    at_ms: int,
    caps: CapBook,
    unwanted: Mapping[str, Reason] = _NOBODY,
) -> Reason | None:
    """Why a campaign may not buy at a time (Unix ms), the first reason in this order; None when it may.

    Campaign or buyer not active; a test campaign and a real lead, or the reverse; off schedule; a cap of the campaign
    or its buyer reached; ahead of its pace; nothing left to spend; what the caller found that makes the lead unwanted,
    by buyer. Raises ZoneInfoNotFoundError if the buyer's time zone is none.
    """
    if campaign.state != _ACTIVE or buyer.state != _ACTIVE:
        return Reason.CAMPAIGN_PAUSED
    if campaign.test != profile.test:
        return Reason.TEST_MISMATCH
    if campaign.schedule or campaign.caps or buyer.caps:
        why = _at(campaign, buyer, at_ms, caps)
        if why is not None:
            return why
    if buyer.credit_limit_micros is not None and not campaign.test and (caps.funds.left(buyer) or 0) <= 0:
        return Reason.INSUFFICIENT_BALANCE
    return unwanted.get(buyer.id) if unwanted else None


def _at(campaign: Campaign, buyer: Buyer, at_ms: int, caps: CapBook) -> Reason | None:
    """What depends on the time."""
    zone = ZoneInfo(buyer.time_zone)
    if not open_at(campaign.schedule, zone, at_ms):
        return Reason.OFF_SCHEDULE
    if not caps.admits(campaign, buyer, zone, at_ms):
        return Reason.CAP_REACHED
    if campaign.paced and paced_out(campaign, zone, at_ms, caps.bought_today(campaign.id, zone, at_ms)):
        return Reason.PACED
    return None
