"""Compiles the request part of a mapping."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final
from urllib.parse import urlencode

import msgspec

from leadexchange.mapping import limits
from leadexchange.mapping.building.expressions import Expressions, Values
from leadexchange.mapping.building.json_body import json_body
from leadexchange.mapping.building.rules import OUT, Fill, as_text, compile_rules
from leadexchange.mapping.building.xml_body import xml_body
from leadexchange.mapping.document import FormRequest, JsonRequest, QueryRequest, Request, Rule, XmlRequest
from leadexchange.mapping.faults import Place
from leadexchange.mapping.outcome import Rendered
from leadexchange.mapping.problems import BuildError, Violation, described, quoted

Build = Callable[[Values], Rendered]
_Body = Callable[[Values, list[Violation]], bytes]
_Pairs = Callable[[Values, list[Violation]], tuple[tuple[str, str], ...]]

_FORM: Final = "application/x-www-form-urlencoded"
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
_FIELD_VALUE: Final = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")  # RFC 9110, 5.5, and plain ASCII
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+(?: *; *[a-z0-9-]+=[A-Za-z0-9\"./:_+-]+)*", re.IGNORECASE)
_OURS: Final = frozenset({"content-type", "content-length", "transfer-encoding", "host", "connection", "expect", "te"})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class RuleLists(msgspec.Struct, frozen=True):
    """A request's rules, as far as each had its shape; None stands for one that had not."""

    rules: Sequence[Rule | None] = ()
    query: Sequence[Rule | None] = ()
    headers: Sequence[Rule | None] = ()


def compile_request(request: Request, lists: RuleLists, expressions: Expressions, place: Place) -> Build:
    """The function that builds it; faults are noted at their places."""

    def compiled(name: str, rules: Sequence[Rule | None], *, null: bool = False) -> Iterable[tuple[str, Fill, Place]]:
        return compile_rules(rules, expressions, place / name, null=null)

    body: _Body | None = None
    content_type = ""
    query_name, query_rules = "query", lists.query
    match request:
        case JsonRequest():
            content_type, body = "application/json", json_body(compiled("rules", lists.rules, null=True))
        case XmlRequest():
            content_type, body = request.content_type, xml_body(request, compiled("rules", lists.rules), place)
            if _MEDIA_TYPE.fullmatch(content_type) is None:
                (place / "content_type").fault("a media type such as text/xml; charset=utf-8", quoted(content_type))
        case FormRequest():
            content_type, body = _FORM, _form(_pairs(compiled("rules", lists.rules)))
        case QueryRequest():
            query_name, query_rules = "rules", lists.rules
    query = _pairs(compiled(query_name, query_rules))
    headers = _headers(compiled("headers", lists.headers))

    def build(values: Values) -> Rendered:
        found: list[Violation] = []
        made = Rendered(
            content_type,
            body(values, found) if body else b"",
            query(values, found),
            headers(values, found),
        )
        if found:
            raise BuildError(found)
        return made

    return build


def _form(pairs: _Pairs) -> _Body:
    return lambda values, found: urlencode(pairs(values, found)).encode()


def _pairs(rules: Iterable[tuple[str, Fill, Place]]) -> _Pairs:
    fills = {}
    for name, fill, place in rules:
        if _CONTROL.search(name):
            (place / "to").fault("a name without control characters", quoted(name))
        if name in fills:
            (place / "to").fault("a name that no other rule fills", quoted(name))
        fills[name] = as_text(fill)

    def pairs(values: Values, found: list[Violation]) -> tuple[tuple[str, str], ...]:
        return tuple((name, text) for name, fill in fills.items() if (text := fill(values, found)) is not OUT)

    return pairs


def _headers(rules: Iterable[tuple[str, Fill, Place]]) -> _Pairs:
    fills = {}
    for name, fill, place in rules:
        at = place / "to"
        if _TOKEN.fullmatch(name) is None or name.lower() in _OURS:
            at.fault("the name of a header that is not the connection's own", quoted(name))
        if name.lower() in fills:
            at.fault("a name that no other rule fills", quoted(name))
        fills[name.lower()] = (name, as_text(fill), place.pointer)

    def headers(values: Values, found: list[Violation]) -> tuple[tuple[str, str], ...]:
        made = []
        for name, fill, pointer in fills.values():
            if (text := fill(values, found)) is OUT:
                continue
            if len(text) > limits.MAX_HEADER_CHARS or _FIELD_VALUE.fullmatch(text) is None:
                expected = f"at most {limits.MAX_HEADER_CHARS} ASCII characters for header {quoted(name)}"
                found.append(Violation(pointer, expected, described(text)))
            made.append((name, text))
        return tuple(made)

    return headers
