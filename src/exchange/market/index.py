"""Which campaigns a profile suits, all at once: an inverted index of bitsets, changed in place.

Each vertical numbers its campaigns by slots. Postings name the campaigns that a profile's values turn away; the live
slots that are in none of them match. What is not worth an exact posting (`plan`) is checked for the few campaigns that
are left. The answer is exactly that of `targeting.failing`. A match costs one OR of slots/64 words for each test that
any campaign makes. There is no early exit: failures are gathered rather than survivors narrowed, which halves the
work for each test, and the time then hardly depends on the profile.
"""

from collections.abc import Collection
from typing import Any, TypeVar

from exchange.domain.campaign import Targeting
from exchange.domain.lead import Profile
from exchange.market.bits import places
from exchange.market.bounds import AtLeast
from exchange.market.plan import Check, Plan
from exchange.market.postings import KeyPosting, Posting

_P = TypeVar("_P", bound=Posting)


class TargetingIndex:
    """The targeting of all campaigns. Not for use from several threads."""

    def __init__(self) -> None:
        self._verticals: dict[str, _VerticalIndex] = {}
        self._targeting: dict[str, Targeting] = {}

    def put(self, campaign_id: str, targeting: Targeting) -> None:
        """Adds a campaign, or replaces its targeting."""
        if self._targeting.get(campaign_id) == targeting:
            return
        self.remove(campaign_id)
        self._targeting[campaign_id] = targeting
        if targeting.vertical not in self._verticals:
            self._verticals[targeting.vertical] = _VerticalIndex()
        self._verticals[targeting.vertical].add(campaign_id, Plan(targeting))

    def remove(self, campaign_id: str) -> None:
        """Takes a campaign out, if it is in."""
        targeting = self._targeting.pop(campaign_id, None)
        if targeting is not None:
            vertical = self._verticals[targeting.vertical]
            vertical.remove(campaign_id, Plan(targeting))
            if not vertical.live:
                del self._verticals[targeting.vertical]

    def match(self, profile: Profile) -> list[str]:
        """Ids of exactly the campaigns whose targeting holds for the profile, in no particular order."""
        vertical = self._verticals.get(profile.vertical)
        return [] if vertical is None else vertical.match(profile)


class _VerticalIndex:
    """The campaigns of one vertical."""

    def __init__(self) -> None:
        self.live = 0
        self._checked = 0
        """Campaigns whose checks are always needed."""
        self._ids: list[str] = []
        self._slots: dict[str, int] = {}
        self._free: list[int] = []
        self._checks: dict[int, list[Check]] = {}
        self._keys: dict[tuple[type[KeyPosting], str], KeyPosting] = {}
        self._bounds: dict[tuple[type[AtLeast], str], AtLeast] = {}

    def add(self, campaign_id: str, plan: Plan) -> None:
        """Takes in a campaign that is not in."""
        if self._free:
            slot = self._free.pop()
            self._ids[slot] = campaign_id
        else:
            slot = len(self._ids)
            self._ids.append(campaign_id)
        self._slots[campaign_id] = slot
        self._checks[slot] = plan.checks
        self._flip(1 << slot, plan)

    def remove(self, campaign_id: str, plan: Plan) -> None:
        """Takes out a campaign that was taken in with an equal plan."""
        slot = self._slots.pop(campaign_id)
        del self._checks[slot]
        self._free.append(slot)
        self._flip(1 << slot, plan)

    def _flip(self, bit: int, plan: Plan) -> None:
        """Turns a campaign's bit on or off everywhere."""
        self.live ^= bit
        if plan.always:
            self._checked ^= bit
        for key, keys in plan.keys.items():
            _flip(self._keys, key, bit, keys)
        for key_of_bound, bounds in plan.bounds.items():
            _flip(self._bounds, key_of_bound, bit, bounds)

    def match(self, profile: Profile) -> list[str]:
        """Ids of the campaigns that match."""
        failed, checked = 0, self._checked
        for posting in self._keys.values():
            failed |= posting.failing(profile)
        for bound in self._bounds.values():
            low, unsure = bound.failing(profile)
            failed |= low
            checked |= unsure
        left = self.live ^ (self.live & failed)
        for slot in places(checked & left):
            if not all(check(profile.attributes) for check in self._checks[slot]):
                left ^= 1 << slot
        ids = self._ids
        return [ids[slot] for slot in places(left)]


def _flip(table: dict[tuple[type[_P], str], _P], key: tuple[type[_P], str], bit: int, keys: Collection[Any]) -> None:
    posting = table.get(key)
    if posting is None:
        kind, attribute = key
        posting = table[key] = kind(attribute)
    posting.flip(bit, keys)
    if not posting.campaigns:
        del table[key]
