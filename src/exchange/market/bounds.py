"""Numeric bounds in the targeting index."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from typing import Final

from exchange.domain.lead import Profile
from exchange.market.postings import Posting
from exchange.market.targeting import number_at

MAX_POINTS: Final = 63
"""They make 64 buckets. More would make a change dearer and save little verifying."""


class AtLeast(Posting):
    """Campaigns by their lower bound of a number.

    Numbers fall into buckets between points, which are the first bounds that came: bucket i has
    points[i - 1] ≤ number < points[i]. Against a bound that is a point, a whole bucket fails or holds. A bound that
    came when all points were taken lies inside a bucket; for numbers of that bucket the campaign is to be verified.
    """

    __slots__ = ("_points", "_to_verify", "_too_low")

    def __init__(self, attribute: str) -> None:
        super().__init__(attribute)
        self._points: list[float] = []
        self._too_low = [0]
        self._to_verify = [0]

    def flip(self, bit: int, keys: Collection[float]) -> None:
        """Adds a campaign under its bound, the only key, or takes it out."""
        (bound,) = keys
        at = bisect_left(self._points, bound)
        exact = at < len(self._points) and self._points[at] == bound
        if not exact and len(self._points) < MAX_POINTS:
            # Until the points are all taken nobody is to be verified: both halves of the bucket fail the same.
            self._points.insert(at, bound)
            self._too_low.insert(at, self._too_low[at])
            self._to_verify.append(0)
            exact = True
        for bucket in range(at + exact):
            self._too_low[bucket] ^= bit
        if not exact:
            self._to_verify[at] ^= bit
        self.campaigns ^= bit

    def failing(self, profile: Profile) -> tuple[int, int]:
        """The campaigns that fail, and those that are to be verified."""
        number = number_at(profile.attributes, self.attribute)
        return (self.campaigns, 0) if number is None else self._beyond(number)

    def _beyond(self, number: float) -> tuple[int, int]:
        bucket = bisect_right(self._points, number)
        return self._too_low[bucket], self._to_verify[bucket]


class AtMost(AtLeast):
    """Campaigns by their upper bound: the same with signs changed. The key is the bound itself."""

    __slots__ = ()

    def flip(self, bit: int, keys: Collection[float]) -> None:
        """Adds a campaign under its bound, the only key, or takes it out."""
        super().flip(bit, [-bound for bound in keys])

    def _beyond(self, number: float) -> tuple[int, int]:
        return super()._beyond(-number)
