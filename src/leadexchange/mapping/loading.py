"""Loads a mapping: from its document to functions, or to everything that is wrong with it."""

from collections.abc import Mapping as JsonObject
from typing import Any, Final, TypeVar

import msgspec

from leadexchange.mapping import limits
from leadexchange.mapping.building.expressions import Expressions
from leadexchange.mapping.building.request import Build, RuleLists, compile_request
from leadexchange.mapping.building.rules import compile_rules
from leadexchange.mapping.document import VERSION, Request, Response, Rule, VerdictRule
from leadexchange.mapping.engine import Mapping
from leadexchange.mapping.extent import within
from leadexchange.mapping.faults import Place
from leadexchange.mapping.problems import MappingError, Violation, described
from leadexchange.mapping.reading.response import ReadAnswer, compile_response
from leadexchange.mapping.shapes import shaped

Shape = TypeVar("Shape")

_PARTS: Final = ("version", "request", "response")
_LISTS: Final = {"rules": limits.MAX_RULES, "query": limits.MAX_RULES, "headers": limits.MAX_HEADER_RULES}
_ANY_2XX: Final = Response(otherwise="accepted")


def load(document: bytes | JsonObject[str, Any]) -> Mapping:
    """Compiles a mapping's document, as JSON or already decoded.

    Raises:
        MappingError: It is none; every fault is named.
    """
    raw = _decoded(document)
    found: list[Violation] = []
    place = Place(found)
    for name in raw:
        if name not in _PARTS:
            (place / name).fault("no field of this name", described(raw[name]))
    expressions = Expressions()
    build = _request(raw.get("request"), expressions, place / "request")
    read = _response(raw.get("response"), place / "response")
    if found or build is None or read is None:
        raise MappingError(found)
    return Mapping(build, read, frozenset(expressions.fields))


def _decoded(document: bytes | JsonObject[str, Any]) -> dict[str, Any]:
    try:
        text = document if isinstance(document, bytes) else msgspec.json.encode(document)
        if len(text) > limits.MAX_DOCUMENT_BYTES:
            raise _refused(f"at most {limits.MAX_DOCUMENT_BYTES} bytes", f"{len(text)}")
        raw = msgspec.json.decode(text)
    except (msgspec.DecodeError, TypeError, UnicodeError) as error:
        raise _refused("JSON", f"none: {error}") from None
    except RecursionError:
        raise _too_deep() from None
    if not within(raw, limits.MAX_DOCUMENT_DEPTH, len(text)):
        raise _too_deep()
    if not isinstance(raw, dict):
        raise _refused("an object", described(raw))
    version = raw.get("version")
    if type(version) is not int or version != VERSION:  # nothing can be said about another version's document
        got = str(version) if type(version) is int else described(version)
        raise MappingError([Violation("/version", str(VERSION), got)])
    return raw


def _refused(expected: str, got: str) -> MappingError:
    return MappingError([Violation("", expected, got)])


def _too_deep() -> MappingError:
    return _refused(f"at most {limits.MAX_DOCUMENT_DEPTH} levels", "more")


def _request(raw: object, expressions: Expressions, place: Place) -> Build | None:
    if not isinstance(raw, dict):
        place.fault("an object", described(raw))
        return None
    lists = {name: _items(raw[name], Rule, most, place / name) for name, most in _LISTS.items() if name in raw}
    request = shaped(raw | {name: [] for name in lists}, Request, place)
    if request is not None:
        return compile_request(request, RuleLists(**lists), expressions, place)
    for name, rules in lists.items():  # for their own faults, whatever target they were meant for
        list(compile_rules(rules, expressions, place / name, null=True))
    return None


def _response(raw: object, place: Place) -> ReadAnswer | None:
    if raw is None:
        return compile_response(_ANY_2XX, (), place)
    if not isinstance(raw, dict):
        place.fault("an object", described(raw))
        return None
    verdicts = _items(raw.get("verdict", []), VerdictRule, limits.MAX_VERDICT_RULES, place / "verdict")
    fields = {}
    for name, value in raw.items():  # one by one, so that a fault in one does not hide what another says
        if name != "verdict" and (one := shaped({name: value}, Response, place)) is not None:
            fields[name] = getattr(one, name)
    return compile_response(Response(**fields), verdicts, place)


def _items(raw: object, shape: type[Shape], most: int, place: Place) -> list[Shape | None]:
    """A list's items, None for those at fault."""
    if not isinstance(raw, list) or len(raw) > most:
        place.fault(f"an array of 0 to {most}", f"an array of {len(raw)}" if isinstance(raw, list) else described(raw))
        return []
    return [shaped(item, shape, place / index) for index, item in enumerate(raw)]
