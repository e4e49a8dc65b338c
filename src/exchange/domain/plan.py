"""How much a party may ask."""

from typing import Final

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
