"""How fast an endpoint may be called: evenly, with a little slack (the generic cell rate algorithm, ITU-T I.371)."""

from typing import Final

_SLACK_S: Final = 0.05  # what may go early: timers are not exact, and a fast pace goes in small bursts


class Pace:
    """Lets calls go; in any second at most `per_second` and a twentieth of it, and one."""

    __slots__ = ("_expected", "per_second")

    def __init__(self, per_second: int = 0) -> None:
        """0 is no limit."""
        self.per_second = per_second
        self._expected = 0.0

    def next(self, now: float) -> float:
        """When the next call may go: `now`, or later."""
        return max(now, self._expected - _SLACK_S) if self.per_second else now

    def go(self, now: float) -> None:
        """A call goes."""
        if self.per_second:
            self._expected = max(self._expected, now) + 1 / self.per_second
