"""The exchange's errors: one root, so that a caller can catch all of them and nothing else."""

from collections.abc import Sequence

import msgspec

from exchange.domain.reasons import Reason


class Violation(msgspec.Struct, frozen=True):
    """What is wrong with one field of a request."""

    field: str
    """Path from the request's root, as the contract names it: `profile.attributes.loan_amount`."""
    expected: str
    """What would have been taken, for people: `an amount of money from 1 to 100000000`."""
    got: str
    """What came, shortened; contact data is described, never quoted."""

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.field}: expected {self.expected}, got {self.got}"


class ExchangeError(Exception):
    """Root of every error that the exchange raises on purpose."""


class Refused(ExchangeError):
    """A request that is turned down; nothing changed.

    Args:
        reason: From the shared list; decides the status on each protocol.
        message: One sentence for the caller's developer. Holds no contact data.
        violations: Fields at fault.
        retry_after_ms: When a repeat may fare better.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        violations: Sequence[Violation] = (),
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.violations = tuple(violations)
        self.retry_after_ms = retry_after_ms


def invalid(violations: Sequence[Violation]) -> Refused:
    """The refusal for fields at fault."""
    return Refused(Reason.INVALID_FIELD, "; ".join(str(violation) for violation in violations[:5]), violations)


class StoreError(ExchangeError):
    """The store could not do what was asked; nothing of it was kept."""


class ConfigError(ExchangeError):
    """The configuration cannot be used; the message names the key."""
