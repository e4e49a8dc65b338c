"""The health of a bidder: how often its answers are late or invalid, and how long it takes to answer a post."""

from bisect import bisect_left, insort
from collections import deque
from hashlib import sha256
from typing import Final

from exchange.domain.campaign import WHOLE_BPS
from exchange.domain.policy import Policy
from exchange.domain.reasons import Reason

WINDOW: Final = 200
"""Answers that are looked back on: enough that one bad moment does not decide, few enough to follow a change."""
LEAST: Final = 20
"""With fewer answers, or posts, nothing is known."""
POSTS: Final = 100
USUAL_BPS: Final = 9_500
"""The usual time is the one that so many of the posts did not exceed."""

_GOOD: Final = frozenset({Reason.BID, Reason.NO_BID})
_BAD: Final = frozenset(
    {
        Reason.BID_TIMEOUT,
        Reason.BID_LATE,
        Reason.BID_INVALID,
        Reason.BIDDER_ERROR,
        Reason.BIDDER_DISCONNECTED,
    }
)


class Health:
    """What is known of one bidder from its last answers."""

    def __init__(self) -> None:
        self._answers: deque[bool] = deque(maxlen=WINDOW)
        """Whether each was bad."""
        self._bad = 0
        self._posts: deque[int] = deque(maxlen=POSTS)
        """How long each took, in µs; in `_sorted` too."""
        self._sorted: list[int] = []

    @property
    def bad_bps(self) -> int:
        """Share of late and invalid answers, in basis points, rounded down; 0 while too little is known."""
        return self._bad * WHOLE_BPS // len(self._answers) if len(self._answers) >= LEAST else 0

    def note(self, outcome: Reason) -> None:
        """Takes what came of a ping. What says nothing of the bidder, such as that it was not asked, is passed over."""
        bad = outcome in _BAD
        if not bad and outcome not in _GOOD:
            return
        if len(self._answers) == WINDOW:
            self._bad -= self._answers[0]
        self._answers.append(bad)
        self._bad += bad

    def calls(self, policy: Policy, draw: int) -> bool:
        """Whether it is to be asked: always below the policy's threshold, else for the share kept for exploration.

        `draw` is 0 to 9,999; see `draw`.
        """
        return self.bad_bps < policy.care_threshold_bps or draw < policy.exploration_bps

    def note_post(self, latency_us: int) -> None:
        """Takes how long a post was under way, until its answer or its timeout."""
        if len(self._posts) == POSTS:
            del self._sorted[bisect_left(self._sorted, self._posts[0])]
        self._posts.append(latency_us)
        insort(self._sorted, latency_us)

    @property
    def usual_post_ms(self) -> int:
        """The 95th percentile of how long posts take, in ms, rounded up; 0 while too little is known."""
        count = len(self._sorted)
        if count < LEAST:
            return 0
        place = -(-count * USUAL_BPS // WHOLE_BPS) - 1
        return -(-self._sorted[place] // 1_000)


def draw(auction_id: str, campaign_id: str) -> int:
    """A number from 0 to 9,999 for an auction and a campaign: as good as by chance, and the same when drawn again."""
    digest = sha256(f"{auction_id}/{campaign_id}/health".encode()).digest()
    return int.from_bytes(digest[:8], "big") % WHOLE_BPS
