"""Bidder care: remembers how each bidder answers, and calls those that are often late or invalid less."""

from collections.abc import Iterable

from exchange.catalog.book import Book
from exchange.domain.bid import Bid
from exchange.domain.campaign import Campaign
from exchange.domain.metrics import Metrics
from exchange.domain.policy import BidderCare
from exchange.market.health import Health, draw


class Care:
    """The health of every campaign that is asked or posted to."""

    def __init__(self, book: Book, metrics: Metrics) -> None:
        self._book = book
        self._metrics = metrics
        self._health: dict[str, Health] = {}

    def _of(self, campaign_id: str) -> Health:
        health = self._health.get(campaign_id)
        if health is None:
            health = self._health[campaign_id] = Health()
        return health

    def passes_over(self, campaign: Campaign, auction_id: str) -> bool:
        """Whether a campaign is not to be asked this time; only counted where the policy simulates."""
        policy = self._book.policies[campaign.targeting.vertical]
        if policy.bidder_care == BidderCare.OFF:
            return False
        health = self._of(campaign.id)
        if health.bad_bps < policy.care_threshold_bps or health.calls(policy, draw(auction_id, campaign.id)):
            return False
        self._metrics.count("bidders_passed_over")
        return policy.bidder_care == BidderCare.ENFORCE

    def note_bids(self, bids: Iterable[Bid]) -> None:
        """Takes what came of a ping round."""
        for bid in bids:
            self._of(bid.campaign_id).note(bid.outcome)

    def note_post(self, campaign_id: str, latency_us: int) -> None:
        """Takes how long a post was under way."""
        self._of(campaign_id).note_post(latency_us)

    def usual_post_ms(self, campaign_id: str) -> int:
        """How long a campaign's buyer usually takes to answer a post; 0 where that is not known."""
        health = self._health.get(campaign_id)
        return 0 if health is None else health.usual_post_ms
