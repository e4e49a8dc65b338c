"""JSONPath (RFC 9535), as far as it costs one walk through the document."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import jsonpath
from jsonpath.filter import BaseExpression, FilterQuery, RelativeFilterQuery
from jsonpath.segments import JSONPathRecursiveDescentSegment
from jsonpath.selectors import Filter, IndexSelector, JSONPathSelector, NameSelector

from leadexchange.mapping import limits
from leadexchange.mapping.problems import quoted

Find = Callable[[Any], Any]
"""Gives the first value that a path selects, or None."""


class _Environment(jsonpath.JSONPathEnvironment):
    """The standard's paths, without functions: `match` and `search` would run regular expressions that backtrack."""

    def setup_function_extensions(self) -> None:
        pass


_ENVIRONMENT: Final = _Environment(strict=True)


def finder(path: str) -> Find:
    """Compiles a path; raises ValueError for what is none, or what could cost more than a walk."""
    try:
        compiled = _ENVIRONMENT.compile(path)
    except jsonpath.JSONPathError as error:
        raise ValueError(f"{quoted(path)}: {str(error).splitlines()[0]}") from None
    if not isinstance(compiled, jsonpath.JSONPath):
        raise ValueError(f"{quoted(path)}: several paths")
    _bounded(path, compiled)
    if compiled.singular_query():
        return _walk([_key(segment.selectors[0]) for segment in compiled.segments])
    return lambda document: next((match.value for match in compiled.finditer(document)), None)


def _bounded(path: str, compiled: jsonpath.JSONPath) -> None:
    """One selector a segment, one `..`, and filters that look at one value each: then no value is seen twice."""
    if len(compiled.segments) > limits.MAX_PATH_STEPS:
        raise ValueError(f"{quoted(path)}: more than {limits.MAX_PATH_STEPS} steps")
    if sum(isinstance(segment, JSONPathRecursiveDescentSegment) for segment in compiled.segments) > 1:
        raise ValueError(f"{quoted(path)}: .. more than once")
    for segment in compiled.segments:
        if len(segment.selectors) != 1:
            raise ValueError(f"{quoted(path)}: several selectors in one step")
        selector = segment.selectors[0]
        if isinstance(selector, Filter) and not _looks_close(selector.expression):
            raise ValueError(f"{quoted(path)}: a filter that looks further than one value below its own")


def _looks_close(expression: BaseExpression) -> bool:
    if isinstance(expression, FilterQuery):
        return isinstance(expression, RelativeFilterQuery) and expression.path.singular_query()
    return all(map(_looks_close, expression.children()))


def _walk(keys: Sequence[str | int]) -> Find:
    """Names and indexes only, as in nearly every mapping: twenty times as fast without the library."""

    def find(document: Any) -> Any:
        found: Any = document
        for key in keys:
            if isinstance(found, str):  # whose characters have indexes too
                return None
            try:
                found = found[key]
            except (LookupError, TypeError):
                return None
        return found

    return find


def _key(selector: JSONPathSelector) -> str | int:
    """The name or index of a selector in a path to one value."""
    if isinstance(selector, NameSelector):
        return selector.name
    assert isinstance(selector, IndexSelector)
    return selector.index
