"""How one campaign's targeting is posted in the index."""

from collections.abc import Callable, Collection, Hashable, Mapping
from functools import partial
from math import inf, isnan
from typing import Final

from exchange.domain.campaign import Condition, Targeting
from exchange.domain.lead import Value
from exchange.market.bounds import AtLeast, AtMost
from exchange.market.postings import Allowed, BeginsWith, Denied, Exists, Flag, KeyPosting, NeedsConsent, NotIn, OneOf
from exchange.market.targeting import code_at, holds

LONG_LIST: Final = 128
"""A list of more codes is posted by their beginnings only: 50,000 ZIP codes have some 900 of three characters."""
_BEGINNING_CHARS: Final = 3

Check = Callable[[Mapping[str, Value]], bool]


class Plan:
    """A campaign's postings, and the checks for where these turn away too few.

    A campaign has at most one posting of a kind for an attribute; what would be a second one, such as another range
    of the same attribute, is left to the checks.
    """

    def __init__(self, targeting: Targeting) -> None:
        self.keys: dict[tuple[type[KeyPosting], str], Collection[Hashable]] = {}
        self.bounds: dict[tuple[type[AtLeast], str], tuple[float]] = {}
        self.checks: list[Check] = []
        self.always = False
        """The checks are needed for every profile, not only where a bound says so."""
        for condition in targeting.conditions:
            self._add(condition)
        if targeting.allowed_sources:
            self.keys[Allowed, ""] = frozenset(targeting.allowed_sources)
        if targeting.denied_sources:
            self.keys[Denied, ""] = frozenset(targeting.denied_sources)
        if targeting.required_consent:
            self.keys[NeedsConsent, ""] = frozenset(targeting.required_consent)

    def _add(self, condition: Condition) -> None:
        """Tells tests apart in the order of `targeting.holds`."""
        if condition.one_of is not None:
            self._add_taken(condition, frozenset(condition.one_of))
        elif condition.range is not None:
            self._add_range(condition, *condition.range)
        elif condition.not_in is not None:
            self._add_refused(condition, frozenset(condition.not_in))
        elif condition.prefix_in is not None:
            self._add_prefixes(condition, frozenset(condition.prefix_in))
        elif condition.exists is not None:
            self._post(Exists, condition, (condition.exists,))
        else:
            self._post(Flag, condition, () if condition.flag is None else (condition.flag,))

    def _add_taken(self, condition: Condition, codes: frozenset[str]) -> None:
        if len(codes) > LONG_LIST:
            self._post(BeginsWith, condition, _beginnings(codes))
            self._check(lambda attributes: code_at(attributes, condition.attribute) in codes)
        else:
            self._post(OneOf, condition, codes)

    def _add_range(self, condition: Condition, low: float | None, high: float | None) -> None:
        self.checks.append(partial(holds, condition))
        bounds: dict[tuple[type[AtLeast], str], tuple[float]] = {}
        if high is not None:
            bounds[AtMost, condition.attribute] = (high,)
        if low is not None or high is None:
            bounds[AtLeast, condition.attribute] = (-inf if low is None else low,)
        # NaN has no place among sorted bounds.
        sortable = not any(isnan(bound) for (bound,) in bounds.values())
        if not sortable or bounds.keys() & self.bounds.keys():
            self.always = True
        if sortable:
            self.bounds = bounds | self.bounds

    def _add_refused(self, condition: Condition, codes: frozenset[str]) -> None:
        if len(codes) > LONG_LIST:
            self._check(lambda attributes: code_at(attributes, condition.attribute) not in codes)
        else:
            self._post(NotIn, condition, codes)

    def _add_prefixes(self, condition: Condition, prefixes: frozenset[str]) -> None:
        if len(prefixes) > LONG_LIST:
            self._post(BeginsWith, condition, _beginnings(prefixes))
            self._check(partial(holds, condition))
        else:
            self._post(BeginsWith, condition, prefixes)

    def _post(self, kind: type[KeyPosting], condition: Condition, keys: Collection[Hashable]) -> None:
        key = kind, condition.attribute
        if key in self.keys:
            self._check(partial(holds, condition))
        else:
            self.keys[key] = keys

    def _check(self, check: Check) -> None:
        self.checks.append(check)
        self.always = True


def _beginnings(codes: frozenset[str]) -> frozenset[str]:
    return frozenset(code[:_BEGINNING_CHARS] for code in codes)
