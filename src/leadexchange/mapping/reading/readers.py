"""Compiles readers: where in an answer a value is."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from leadexchange.mapping import limits, patterns, xml_paths
from leadexchange.mapping.document import FormReader, Reader, RegexReader
from leadexchange.mapping.faults import Place
from leadexchange.mapping.problems import quoted
from leadexchange.mapping.reading import json_paths
from leadexchange.mapping.reading.received import Received
from leadexchange.mapping.scalars import Value, text_of

Read = Callable[[Received], Value | None]
"""Gives a value, or None where there is none, null or blank; raises Unreadable."""

RE2: Final = "a regular expression of RE2"
_EXPECTED: Final = "a path as $.status or /result/status, or status, or text"


def _nothing(_: Received) -> None:
    return None


def compile_reader(reader: Reader, namespaces: xml_paths.Names, place: Place, depth: int = 1) -> Read:
    """Faults are noted at the place; a reader at fault reads nothing."""
    match reader:
        case "status":
            return lambda answer: answer.status
        case "text":
            return lambda answer: answer.text.strip() or None
        case str():
            if reader.startswith("$"):
                return _json(reader, place)
            if reader.startswith("/"):
                return _xml(reader, namespaces, place)
            place.fault(_EXPECTED, quoted(reader))
            return _nothing
        case FormReader():
            name = reader.name
            return lambda answer: answer.form.get(name, "").strip() or None
        case RegexReader():
            if depth > limits.MAX_EXPRESSION_DEPTH:
                place.fault(f"readers nested at most {limits.MAX_EXPRESSION_DEPTH} deep", "deeper ones")
                return _nothing
            return _regex(reader, compile_reader(reader.of, namespaces, place / "of", depth + 1), place)


def _json(path: str, place: Place) -> Read:
    find = place.attempt("a JSONPath (RFC 9535) to one value", json_paths.finder, path)
    if find is None:
        return _nothing

    def read(answer: Received) -> Value | None:
        found: Any = find(answer.json)
        if isinstance(found, str):
            return found.strip() or None
        return found if isinstance(found, int | Decimal) else None

    return read


def _xml(path: str, namespaces: xml_paths.Names, place: Place) -> Read:
    checked = place.attempt("an XPath to one value", lambda given: xml_paths.reading_path(given, namespaces), path)
    if checked is None:
        return _nothing
    prefixes = {prefix: uri for prefix, uri in namespaces.items() if prefix}
    find = place.attempt("an XPath to one value", lambda given: _xpath(given, prefixes), checked)
    if find is None:
        return _nothing
    return lambda answer: str(find(answer.xml)).strip() or None


def _xpath(path: str, prefixes: dict[str, str]) -> etree.XPath:
    try:
        return etree.XPath(f"string({path})", namespaces=prefixes)
    except etree.XPathSyntaxError:
        raise ValueError(quoted(path)) from None


def _regex(reader: RegexReader, of: Read, place: Place) -> Read:
    search = place.attempt(RE2, patterns.search, reader.pattern)
    if search is None:
        return _nothing

    def read(answer: Received) -> Value | None:
        value = of(answer)
        found = None if value is None else search(text_of(value))
        return (found or "").strip() or None

    return read
