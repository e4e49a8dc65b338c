"""What follows from an attempt to deliver (B2, B3): delivered, tried again later, or given up."""

import hashlib
from enum import Enum, auto
from typing import Final

import msgspec

from exchange.domain import limits
from exchange.domain.endpoint import RetryPolicy
from exchange.domain.event import Attempt, DeliveryState

_JITTER_PERMILLE: Final = 200
_TRY_AGAIN: Final = frozenset({408, 429})
"""Request timeout and too many requests: of the 4xx, those that say nothing against data or endpoint."""
_HOLD: Final = frozenset({401, 403, 404, 410})
"""Nothing will be taken until somebody mends the credentials or the address."""
REFUSED_IN_BODY: Final = "rejected_in_body"
"""A refusal inside a 2xx answer, as the endpoint's mapping reads it."""
NO_BODY: Final = "mapping"
"""The body could not be made."""
OUR_FAULT: Final = "internal"
"""The delivery process failed, which says nothing of the endpoint."""


class Outcome(Enum):
    """What an attempt says of the endpoint."""

    DELIVERED = auto()
    REFUSED = auto()
    """It works, and does not want this data."""
    BUSY = auto()
    """It works, and asks for patience; or nothing is known of it."""
    FAILED = auto()
    """It did not work."""
    HELD = auto()
    """It refused the credentials, or is gone."""


class Next(msgspec.Struct, frozen=True):
    """What a delivery becomes."""

    state: int
    """One of DeliveryState."""
    due_ms: int = 0
    """When it is tried again, while PENDING."""
    reason: str = ""
    """Why it was given up, when DEAD."""


def outcome(attempt: Attempt) -> Outcome:
    """Reads an attempt."""
    status = attempt.status_code
    if attempt.error == NO_BODY:
        return Outcome.REFUSED
    if attempt.error == OUR_FAULT:
        return Outcome.BUSY
    if 200 <= status <= 299:
        return Outcome.REFUSED if attempt.error == REFUSED_IN_BODY else Outcome.DELIVERED
    if status in _HOLD:
        return Outcome.HELD
    if status == 429:
        return Outcome.BUSY
    if 400 <= status <= 499 and status not in _TRY_AGAIN:
        return Outcome.REFUSED
    return Outcome.FAILED


def after(attempt: Attempt, attempts_made: int, policy: RetryPolicy, occurred_ms: int, now_ms: int) -> Next:
    """Decides on an attempt.

    Args:
        attempt: What came of it.
        attempts_made: This one included, from 1.
        policy: The endpoint's, for this kind of event.
        occurred_ms: When the event happened, Unix ms.
        now_ms: Unix ms.
    """
    match outcome(attempt):
        case Outcome.DELIVERED:
            return Next(DeliveryState.DELIVERED)
        case Outcome.REFUSED:
            return Next(DeliveryState.DEAD, reason=f"the endpoint refused it: {_last(attempt)}")
        case _:
            pass
    if attempts_made >= policy.max_attempts:
        return Next(DeliveryState.DEAD, reason=f"not delivered in {attempts_made} attempts; the last: {_last(attempt)}")
    asked_ms = min(attempt.retry_after_s * 1_000, limits.MAX_RETRY_AFTER_MS)
    due_ms = now_ms + max(_delay_ms(attempts_made, policy, attempt.delivery_id), asked_ms)
    if due_ms >= occurred_ms + policy.max_age_ms:
        return Next(DeliveryState.DEAD, reason=f"too old for another attempt; the last: {_last(attempt)}")
    return Next(DeliveryState.PENDING, due_ms)


def _last(attempt: Attempt) -> str:
    if attempt.status_code and attempt.error:
        return f"status {attempt.status_code}, {attempt.error}"
    return f"status {attempt.status_code}" if attempt.status_code else attempt.error or "no answer"


def _delay_ms(attempts_made: int, policy: RetryPolicy, seed: str) -> int:
    """The first wait, doubled each time, each up to a fifth shorter or longer, and none above the policy's longest.

    The seed is the delivery's id, so that deliveries that failed together return apart.
    """
    digest = hashlib.sha256(f"{seed}:{attempts_made}".encode()).digest()
    permille = 1_000 - _JITTER_PERMILLE + int.from_bytes(digest[:4], "big") % (2 * _JITTER_PERMILLE + 1)
    return min((policy.first_ms << attempts_made - 1) * permille // 1_000, policy.max_ms)
