"""Targeting read plainly: whether a campaign wants a profile and, if not, which part of it says so.

This is the meaning of targeting. `index` answers the same question for all campaigns at once and is held equal to it.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import isnan
from typing import Final

from exchange.domain.campaign import Condition, ConsentKind, Targeting
from exchange.domain.lead import Evidence, Profile, Value
from exchange.domain.reasons import Reason

MAX_DETAIL_CHARS: Final = 120


def failing(targeting: Targeting, profile: Profile) -> tuple[Reason, str] | None:
    """The first part of the targeting that a profile fails, for people; None when all of it holds.

    Parts are read in this order: vertical, conditions as listed, denied sources, allowed sources, consent.
    """
    if targeting.vertical != profile.vertical:
        return Reason.TARGETING, f"vertical is {targeting.vertical}"[:MAX_DETAIL_CHARS]
    for condition in targeting.conditions:
        if not holds(condition, profile.attributes):
            return Reason.TARGETING, describe(condition)
    names = source_names(profile)
    if any(name in targeting.denied_sources for name in names):
        return Reason.SOURCE_EXCLUDED, _listing("source not in", targeting.denied_sources)
    if targeting.allowed_sources and not any(name in targeting.allowed_sources for name in names):
        return Reason.SOURCE_EXCLUDED, _listing("source in", targeting.allowed_sources)
    for kind in targeting.required_consent:
        if kind not in consent_kinds(profile.evidence):
            return Reason.CONSENT_MISSING, f"consent has {kind.name.lower()}"
    return None


def holds(condition: Condition, attributes: Mapping[str, Value]) -> bool:
    """Whether one condition holds. A condition that tests nothing never does."""
    name = condition.attribute
    if condition.one_of is not None:
        return code_at(attributes, name) in condition.one_of
    if condition.range is not None:
        low, high = condition.range
        number = number_at(attributes, name)
        return number is not None and (low is None or number >= low) and (high is None or number <= high)
    if condition.not_in is not None:
        return code_at(attributes, name) not in condition.not_in
    if condition.prefix_in is not None:
        code = code_at(attributes, name)
        return code is not None and code.startswith(condition.prefix_in)
    if condition.exists is not None:
        return (name in attributes) is condition.exists
    return condition.flag is not None and attributes.get(name) is condition.flag


def code_of(value: Value) -> str:
    """A value as codes are compared: numbers in their shortest decimal form (360 and 360.0 alike), `true`, `false`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def code_at(attributes: Mapping[str, Value], name: str) -> str | None:
    """An attribute as codes are compared; None when it is absent."""
    value = attributes.get(name)
    return value if value is None or isinstance(value, str) else code_of(value)


def number_at(attributes: Mapping[str, Value], name: str) -> float | None:
    """An attribute as ranges compare it; None when it is absent or no number, as texts, booleans and NaN are."""
    value = attributes.get(name)
    if type(value) is float:
        return None if isnan(value) else value
    return value if type(value) is int else None


def source_names(profile: Profile) -> tuple[str, ...]:
    """How source lists may name where a profile comes from: `src`, and `src/sub` when it has a sub-source."""
    if not profile.sub_source:
        return (profile.source_id,)
    return profile.source_id, f"{profile.source_id}/{profile.sub_source}"


@lru_cache(maxsize=16)  # all there are
def consent_kinds(evidence: Evidence) -> tuple[ConsentKind, ...]:
    """The kinds of consent evidence that are on file."""
    on_file = (
        (ConsentKind.TIME, evidence.has_time),
        (ConsentKind.TRUSTEDFORM, evidence.has_trustedform),
        (ConsentKind.JORNAYA, evidence.has_jornaya),
        (ConsentKind.TEXT, evidence.has_text),
    )
    return tuple(kind for kind, has in on_file if has)


def describe(condition: Condition) -> str:
    """A condition for people, such as `state in [TX, NY]`; at most 120 characters."""
    name = condition.attribute
    if condition.one_of is not None:
        return _listing(f"{name} in", condition.one_of)
    if condition.range is not None:
        return _span(name, *condition.range)
    if condition.not_in is not None:
        return _listing(f"{name} not in", condition.not_in)
    if condition.prefix_in is not None:
        return _listing(f"{name} begins with", condition.prefix_in)
    if condition.exists is not None:
        return f"{name} is {'present' if condition.exists else 'absent'}"
    return f"{name} is {str(condition.flag).lower()}"


def _span(name: str, low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return f"{name} is a number"
    if high is None:
        return f"{name} at least {low:.12g}"
    if low is None:
        return f"{name} at most {high:.12g}"
    return f"{name} from {low:.12g} to {high:.12g}"


def _listing(head: str, codes: Iterable[str]) -> str:
    """`head [A, B]`, cut at the last code that fits, with how many more there are."""
    codes = tuple(codes)
    room = MAX_DETAIL_CHARS - len(head) - len(f" [, and {len(codes)} more]")
    shown: list[str] = []
    for code in codes:
        room -= len(code) + 2
        if room < 0:
            break
        shown.append(code)
    more = len(codes) - len(shown)
    tail = [f"and {more} more"] if more else []
    return f"{head} [{', '.join(shown + tail)}]"[:MAX_DETAIL_CHARS]
