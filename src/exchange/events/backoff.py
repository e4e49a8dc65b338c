"""What follows from an attempt to deliver (B2, B3): delivered, tried again later, or given up."""

import hashlib
from typing import Final

import msgspec

from exchange.domain import limits
from exchange.domain.event import Attempt, DeliveryState

_FIRST_MS: Final = 2_000
_JITTER_PERMILLE: Final = 200
_TRY_AGAIN: Final = frozenset({408, 429})
"""Request timeout and too many requests: of the 4xx, those that say nothing against the data."""


class Next(msgspec.Struct, frozen=True):
    """What a delivery becomes."""

    state: int
    """One of DeliveryState."""
    due_ms: int = 0
    """When it is tried again, while PENDING."""
    reason: str = ""
    """Why it was given up, when DEAD."""


def after(attempt: Attempt, attempts_made: int, seed: str, now_ms: int) -> Next:
    """Decides on an attempt.

    Args:
        attempt: What came of it.
        attempts_made: This one included, from 1.
        seed: Of the jitter; the delivery's id, so that deliveries that failed together return apart.
        now_ms: Unix ms.
    """
    status = attempt.status_code
    if 200 <= status <= 299:
        return Next(DeliveryState.DELIVERED)
    if 400 <= status <= 499 and status not in _TRY_AGAIN:
        return Next(DeliveryState.DEAD, reason=f"the endpoint refused it with {status}")
    if attempts_made >= limits.MAX_DELIVERY_ATTEMPTS:
        last = f"status {status}" if status else attempt.error or "no answer"
        return Next(DeliveryState.DEAD, reason=f"not delivered in {attempts_made} attempts; the last: {last}")
    asked_ms = min(attempt.retry_after_s * 1_000, limits.MAX_RETRY_AFTER_MS)
    return Next(DeliveryState.PENDING, now_ms + max(_delay_ms(attempts_made, seed), asked_ms))


def _delay_ms(attempts_made: int, seed: str) -> int:
    """2, 4, 8, … seconds, each up to a fifth shorter or longer, and none above the cap."""
    digest = hashlib.sha256(f"{seed}:{attempts_made}".encode()).digest()
    permille = 1_000 - _JITTER_PERMILLE + int.from_bytes(digest[:4], "big") % (2 * _JITTER_PERMILLE + 1)
    return min((_FIRST_MS << attempts_made - 1) * permille // 1_000, limits.MAX_BACKOFF_MS)
