"""Whose turn it is: the state behind the distributions that go by weight and by turns.

By weight: each lead is owed to those who could have had it, in proportion to their weights, and paid for by the one
that gets it. Who is owed most goes first (largest deficit first, as in smooth weighted round robin). Where the same n
campaigns bid on every lead, nobody is ever a lead ahead of its share, nor further behind than 1/2 + 1/3 + … + 1/n of
one. Who does not bid is owed nothing for it: a newcomer, and one that was away, take up their share from there on.

By turns: who has waited longest since its last lead goes first; one that never had any before all others.
"""

from collections.abc import Collection, Iterable
from typing import Final

from exchange.domain.campaign import Campaign
from exchange.domain.policy import Distribution

LEAD: Final = 10**12
"""One lead, in the unit of what is owed: small enough for the least of weights, and within 64 bits to millions."""
BY_TURNS: Final = frozenset((Distribution.WEIGHTED, Distribution.ROUND_ROBIN))
"""Distributions that look back."""


class Shares:
    """What campaigns are owed, and when they last got a lead. Each vertical's campaigns bid among themselves."""

    def __init__(self) -> None:
        self._owed: dict[str, int] = {}
        self._won_ms: dict[str, int] = {}
        self._latest_ms = 0

    def keys(self, distribution: Distribution, campaigns: Collection[Campaign]) -> dict[str, int]:
        """The order keys of the campaigns that bid on a lead, lower first; none where the distribution needs none."""
        if distribution == Distribution.WEIGHTED:
            dues = _dues(campaigns)
            return {campaign_id: -self._owed.get(campaign_id, 0) - due for campaign_id, due in dues.items()}
        if distribution == Distribution.ROUND_ROBIN:
            return {campaign.id: self._won_ms.get(campaign.id, 0) for campaign in campaigns}
        return {}

    def won(self, distribution: Distribution, winner: Campaign, others: Iterable[Campaign], at_ms: int) -> None:
        """Notes a sale at a time (Unix ms), and who else could have had the lead (`Cascade.undecided`)."""
        if distribution == Distribution.WEIGHTED:
            dues = _dues([winner, *others])
            for campaign_id, due in dues.items():
                self._owed[campaign_id] = self._owed.get(campaign_id, 0) + due
            self._owed[winner.id] -= sum(dues.values())
        elif distribution == Distribution.ROUND_ROBIN:
            # Never twice the same: two sales of one millisecond have an order too.
            self._latest_ms = self._won_ms[winner.id] = max(at_ms, self._latest_ms + 1)

    def load(self, campaign_id: str, at_ms: int) -> None:
        """Takes in when a campaign last got a lead. What was owed is forgotten with the process: it is about a lead."""
        self._won_ms[campaign_id] = at_ms
        self._latest_ms = max(self._latest_ms, at_ms)


def _dues(campaigns: Collection[Campaign]) -> dict[str, int]:
    """What each is owed for a lead that all of them could have."""
    weights = sum(campaign.weight for campaign in campaigns)
    return {campaign.id: LEAD * campaign.weight // weights for campaign in campaigns}
