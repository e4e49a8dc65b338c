"""What keeps a campaign out of an auction although its targeting holds."""

from zoneinfo import ZoneInfo

from exchange.domain.campaign import Campaign
from exchange.domain.lead import Profile
from exchange.domain.party import Buyer, PartyState
from exchange.domain.reasons import Reason
from exchange.market.caps import CapBook
from exchange.market.schedule import open_at


def ineligible(campaign: Campaign, buyer: Buyer, profile: Profile, at_ms: int, caps: CapBook) -> Reason | None:
    """Why a campaign may not buy at a time (Unix ms), the first reason in this order; None when it may.

    Campaign or buyer not active; a test campaign and a real lead, or the reverse; off schedule; a cap reached. Raises
    ZoneInfoNotFoundError if the buyer's time zone is none.
    """
    if campaign.state != PartyState.ACTIVE or buyer.state != PartyState.ACTIVE:
        return Reason.CAMPAIGN_PAUSED
    if campaign.test != profile.test:
        return Reason.TEST_MISMATCH
    if campaign.schedule or campaign.caps:
        zone = ZoneInfo(buyer.time_zone)
        if not open_at(campaign.schedule, zone, at_ms):
            return Reason.OFF_SCHEDULE
        if not caps.admits(campaign, zone, at_ms, price_micros=0):
            return Reason.CAP_REACHED
    return None
