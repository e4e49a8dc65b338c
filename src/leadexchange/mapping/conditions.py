"""Compiles tests: what a value must be for a condition to hold."""

from collections.abc import Callable
from decimal import Decimal

from leadexchange.mapping import patterns
from leadexchange.mapping.document import Range, Test
from leadexchange.mapping.faults import Place
from leadexchange.mapping.scalars import Value, key_of, number_of, text_of

Holds = Callable[[Value | None], bool]


def compile_test(test: Test, place: Place) -> Holds:
    """Whether a value, None if it is absent, passes; faults of the test are noted at its place."""
    given = [name for name in ("equals", "one_of", "range", "exists", "matches") if getattr(test, name) is not None]
    if len(given) != 1:
        names = {"one_of": "in"}
        got = " and ".join(names.get(name, name) for name in given) or "none of them"
        place.fault("exactly one of equals, in, range, exists and matches", got)
        return lambda _: False
    if test.exists is not None:
        wanted = test.exists
        return lambda value: (value is not None) is wanted
    if test.range is not None:
        return _within(test.range, place / "range")
    if test.matches is not None:
        return _matching(test.matches, place / "matches")
    choices = [test.equals] if test.one_of is None else test.one_of
    keys = frozenset(key_of(choice) for choice in choices if choice is not None)
    return lambda value: value is not None and key_of(value) in keys


def _within(limits: Range, place: Place) -> Holds:
    low = Decimal("-Infinity") if limits.min is None else Decimal(repr(limits.min))
    high = Decimal("Infinity") if limits.max is None else Decimal(repr(limits.max))
    if limits.min is None and limits.max is None:
        place.fault("min, max or both", "neither")
    elif low > high:
        place.fault("min not above max", f"{limits.min} and {limits.max}")

    def holds(value: Value | None) -> bool:
        number = number_of(value)
        return number is not None and low <= number <= high

    return holds


def _matching(pattern: str, place: Place) -> Holds:
    search = place.attempt("a regular expression of RE2", patterns.search, pattern)
    if search is None:
        return lambda _: False
    return lambda value: value is not None and search(text_of(value)) is not None
