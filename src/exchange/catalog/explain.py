"""Why campaigns did not qualify for a lead: evaluated on demand, since an auction looks only at those that did."""

from collections.abc import Collection

from exchange.catalog.book import Book
from exchange.domain.auction import Consideration
from exchange.domain.lead import Profile
from exchange.domain.reasons import Reason
from exchange.market.targeting import failing


def left_out(book: Book, profile: Profile, considered: Collection[str]) -> list[Consideration]:
    """Campaigns of the lead's vertical that were not considered, each with the condition that failed, by id.

    Evaluated against the campaigns as they stand now; one that would match now is said to have changed since.
    """
    found = []
    for campaign in sorted(book.campaigns.values(), key=lambda one: one.id):
        if campaign.id in considered or campaign.targeting.vertical != profile.vertical:
            continue
        reason, detail = failing(campaign.targeting, profile) or (Reason.TARGETING, "matches now; changed since")
        found.append(Consideration(campaign.id, campaign.buyer_id, reason, detail=detail))
    return found
