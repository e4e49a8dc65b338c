"""How much a party may ask."""

from typing import Final, NamedTuple

import msgspec

EVERY_PARTY: Final = "*"
"""Whose plan holds for each party without one of its own."""


class RatePlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """Calls by all of a party's keys together; 0 is no limit."""

    party_id: str
    per_minute: int = 0
    per_hour: int = 0
    concurrent: int = 0
    revision: int = 0

    @property
    def id(self) -> str:
        """The party: a plan is known by it."""
        return self.party_id


class PlanCount(NamedTuple):
    """Calls that were let in under a plan with a limit, in one part of its window."""

    party_id: str
    window: str
    """`minute` or `hour`."""
    from_ms: int
    """When the part began, Unix ms."""
    calls: int
