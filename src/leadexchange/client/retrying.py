"""When a call is repeated, and after how long."""

from dataclasses import dataclass

from leadexchange.client.errors import ExchangeError, TimedOut, TooMany, Unavailable


@dataclass(frozen=True, slots=True)
class Retrying:
    """How failed calls are repeated; only those that are safe to repeat are."""

    attempts: int = 6
    """In all; 1 never repeats. Six are time enough for an exchange of one core to be started again."""
    first_s: float = 0.1
    """The wait after the first attempt; it doubles each time."""
    longest_s: float = 5.0
    """No wait is longer, unless the exchange asks for more."""

    def wait_s(self, error: ExchangeError, attempt: int, chance: float) -> float | None:
        """How long to wait before the next attempt; None to give up.

        Args:
            error: Why the attempt failed.
            attempt: Which it was, from 1.
            chance: Of [0, 1): many clients do not come back in one instant.
        """
        if attempt >= self.attempts or not isinstance(error, Unavailable | TooMany | TimedOut):
            return None
        wait_s: float = min(self.first_s * 2 ** (attempt - 1), self.longest_s) * (0.5 + chance / 2)
        return max(wait_s, error.retry_after_s or 0.0)
