"""What a mapping must be to be saved: every fault is named at its place, all at once."""

from typing import Any

import msgspec
import pytest

from leadexchange.mapping import Document, MappingError, limits, load, schema

MINIMAL: dict[str, Any] = {"version": 1, "request": {"format": "json", "rules": []}}


def faults(document: object) -> list[tuple[str, str, str]]:
    with pytest.raises(MappingError) as refused:
        load(document)  # type: ignore[arg-type]
    return [(fault.pointer, fault.expected, fault.got) for fault in refused.value.violations]


def requesting(*rules: object, **more: object) -> dict[str, Any]:
    return {"version": 1, "request": {"format": "json", "rules": list(rules)} | more}


def responding(**response: object) -> dict[str, Any]:
    return MINIMAL | {"response": response}


def test_json_and_what_was_decoded_from_it_are_the_same() -> None:
    assert load(msgspec.json.encode(MINIMAL)).build({}) == load(MINIMAL).build({})


def test_all_faults_at_once_wherever_they_are() -> None:
    document = {
        "version": 1,
        "name": "x",
        "request": {
            "format": "json",
            "rules": [
                {"to": "a..b", "from": "person.name"},
                {"to": "c", "from": {"type": "lookup", "of": 3, "tables": {}}, "as": 1},
                {"to": "d", "from": {"type": "choose"}, "format": {"type": "phone", "style": "fancy"}},
                {"to": "e", "from": {"type": "if", "when": [{"of": "lead.id"}], "then": "lead"}},
                {"from": "lead.id", "format": {"type": "date", "pattern": "D/M/Y"}},
            ],
        },
        "response": {
            "verdict": [
                {"when": [{"read": "$.a", "equals": 1, "exists": True}], "verdict": "accepted"},
                {"when": [{"read": "//a//b", "matches": "("}], "verdict": "sold"},
            ],
            "statuses": {"min": 99},
            "price": {"read": "price"},
            "colour": "red",
        },
    }
    assert sorted(faults(document)) == [
        ("/name", "no field of this name", "text of 1 character"),
        ("/request/rules/0/from", f"a field of one of {ROOTS}", '"person.name"'),
        ("/request/rules/0/to", PATH, '"a..b", not understood from character 2'),
        ("/request/rules/1/as", "no field of this name", "a number"),
        ("/request/rules/1/from/of", "text of 1 to 256 characters or an object", "a number"),
        ("/request/rules/1/from/table", "an object of 1 to 2000", "nothing"),
        ("/request/rules/1/from/tables", "no field of this name", "an object"),
        ("/request/rules/2/format/style", f"one of {PHONES}", '"fancy"'),
        ("/request/rules/2/from/type", "one of constant, first, join, if, lookup, format", '"choose"'),
        ("/request/rules/3/from/then", FIELD, '"lead", which is no field of a group'),
        ("/request/rules/3/from/when/0", "exactly one of equals, in, range, exists and matches", "none of them"),
        ("/request/rules/4/to", "text of 1 to 256 characters", "nothing"),
        ("/response/colour", "no field of this name", "text of 3 characters"),
        ("/response/price/read", READER, '"price"'),
        ("/response/statuses/min", "a whole number from 100 to 599", "a number"),
        ("/response/verdict/0/when/0", "exactly one of equals, in, range, exists and matches", "equals and exists"),
        ("/response/verdict/1/verdict", "one of accepted, duplicate, error, pending, rejected", '"sold"'),
    ]


ROOTS = "lead, attributes, contact, consent, campaign, ping, post, event, sale, settings"
PATH = "a path of names and indexes, such as applicant.phones[0]"
FIELD = "a field of the input, such as contact.phone"
READER = "a path as $.status or /result/status, or status, or text"
PHONES = "acord, country_dashes, country_digits, dashes, digits, dots, e164, international, parentheses"


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (b"{", ("", "JSON", "none: Input data was truncated")),
        (b"\xff", ("", "JSON", "none: ")),
        (b"[]", ("", "an object", "an array")),
        (b" " * 300_000, ("", "at most 262144 bytes", "300000")),
        ({"a": object()}, ("", "JSON", "none: ")),
        (b"[" * 200_000, ("", "at most 64 levels", "more")),
        ({"version": 1, "x": {"a": [{}]}, "y": [[[]]] * 9}, ("/x", "no field of this name", "an object")),
        ({}, ("/version", "1", "nothing")),
        ({"version": 2}, ("/version", "1", "2")),
        ({"version": True}, ("/version", "1", "true or false")),
        ({"version": 1}, ("/request", "an object", "nothing")),
        ({"version": 1, "request": []}, ("/request", "an object", "an array")),
        ({"version": 1, "request": {}}, ("/request/format", "one of json, form, query, xml", "nothing")),
        ({"version": 1, "request": {"format": "json"}}, ("/request/rules", "an array of 0 to 512", "nothing")),
        (MINIMAL | {"response": 7}, ("/response", "an object", "a number")),
        (requesting(rules=7), ("/request/rules", "an array of 0 to 512", "a number")),
        (requesting(rules=[0] * 513), ("/request/rules", "an array of 0 to 512", "an array of 513")),
        (requesting(headers=[0] * 17), ("/request/headers", "an array of 0 to 16", "an array of 17")),
        (requesting(root="r"), ("/request/root", "no field of this name", "text of 1 character")),
        (requesting(7), ("/request/rules/0", "an object", "a number")),
        (responding(verdict={}), ("/response/verdict", "an array of 0 to 32", "an object")),
        (responding(otherwise="sold"), ("/response/otherwise", "one of accepted", '"sold"')),
        (responding(statuses={"min": 300, "max": 299}), ("/response/statuses", "min not above max", "300 and 299")),
        (responding(namespaces={"x y": "u"}), ("/response/namespaces/x y", "a prefix and URI", 'prefix "x y"')),
        (responding(reference={"type": "form"}), ("/response/reference/name", "text of 1 to 128", "nothing")),
        (responding(reference="/x:a"), ("/response/reference", "an XPath", 'prefix "x" is not in namespaces')),
        (responding(reference="$["), ("/response/reference", "a JSONPath (RFC 9535) to one value", '"$["')),
        (
            responding(reason={"read": "$.a", "table": {"a": "dup"}}),
            ("/response/reason/table/a", "one of capacity", '"dup"'),
        ),
        (
            responding(reason={"read": "$.a", "table": {"A": "price", "a ": "price"}}),
            ("/response/reason/table/a ", "an entry that differs", '"a "'),
        ),
        (
            responding(reason={"read": "$.a", "patterns": [{"matches": "(", "reason": "price"}]}),
            ("/response/reason/patterns/0/matches", "a regular expression of RE2", "missing )"),
        ),
        (
            responding(price={"read": "$.a", "format": {"type": "currency", "thousands": "."}}),
            ("/response/price/format", "a format", "the same sign"),
        ),
        (
            responding(price={"read": "$.a", "format": {"type": "phone"}}),
            ("/response/price/format/type", "currency", '"phone"'),
        ),
    ],
)
def test_a_fault(document: object, fault: tuple[str, str, str]) -> None:
    pointer, expected, got = fault
    assert [found for found in faults(document) if found[0] == pointer and expected in found[1] and got in found[2]]


def rule(to: str, source: object = "lead.id", **more: object) -> dict[str, object]:
    return {"to": to, "from": source} | more


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ([rule("a"), rule("a")], ("/request/rules/1/to", "no other rule fills", '"a"')),
        ([rule("a"), rule("a.b")], ("/request/rules/1/to", "no other rule fills", '"a.b"')),
        ([rule("a.b"), rule("a")], ("/request/rules/1/to", "no other rule fills", '"a"')),
        ([rule("a[0]"), rule("a.b")], ("/request/rules/1/to", "names or an array's indexes", '"a.b"')),
        ([rule("[0]"), rule("a")], ("/request/rules/1/to", "names or an array's indexes", '"a"')),
        ([rule(".".join("a" * 25))], ("/request/rules/0/to", "a path", "25 steps where 24 are the most")),
        ([rule("a[100]")], ("/request/rules/0/to", "a path", "not understood from character 2")),
        ([rule("a-b c")], ("/request/rules/0/to", "a path", "not understood from character 4")),
        ([rule("")], ("/request/rules/0/to", "text of 1 to 256", "text of 0")),
        ([rule("a", "lead.id", absent="never")], ("/request/rules/0/absent", "one of empty", '"never"')),
        ([rule("a", {"type": "constant", "value": [1]})], ("/request/rules/0/from/value", "text of", "an array")),
        ([rule("a", {"type": "first", "of": []})], ("/request/rules/0/from/of", "an array of 1 to 16", "array of 0")),
        (
            [rule("a", {"type": "if", "when": [{"of": "lead.id", "range": {}}], "then": "lead.id"})],
            ("/request/rules/0/from/when/0/range", "min, max or both", "neither"),
        ),
        (
            [rule("a", {"type": "if", "when": [{"of": "lead.id", "range": {"min": 2, "max": 1}}], "then": "lead.id"})],
            ("/request/rules/0/from/when/0/range", "min not above max", "2.0 and 1.0"),
        ),
        (
            [rule("a", {"type": "lookup", "of": "lead.id", "table": {"x": 1, "X": 2}})],
            ("/request/rules/0/from/table/X", "an entry that differs", '"X"'),
        ),
        (
            [rule("a", format={"type": "time", "pattern": "HH:mm"})],
            ("/request/rules/0/format", "a format", "a time has YYYY"),
        ),
        (
            [rule("a", {"type": "format", "of": "lead.id", "as": {"type": "date", "pattern": "MM"}})],
            ("/request/rules/0/from/as", "a format", "a date has YYYY"),
        ),
    ],
)
def test_a_fault_in_rules(rules: list[object], fault: tuple[str, str, str]) -> None:
    test_a_fault(requesting(*rules), fault)


@pytest.mark.parametrize(
    ("format_", "to", "more", "fault"),
    [
        ("form", "a", {"absent": "null"}, ("/request/rules/0/absent", "only a JSON body has null", "null")),
        ("form", "a\x00", {}, ("/request/rules/0/to", "a name without control characters", '"a�"')),
        ("xml", "a/", {}, ("/request/rules/0/to", "a path of elements", "not understood from character 3")),
        ("xml", "@a/b", {}, ("/request/rules/0/to", "a path of elements", "not understood")),
        ("xml", "a[0]", {}, ("/request/rules/0/to", "a path of elements", "not understood")),
        ("xml", "a[@b='1'][@b='2']", {}, ("/request/rules/0/to", "a path of elements", "one attribute twice")),
        ("xml", "x:a", {}, ("/request/rules/0/to", "a path of elements", "whose prefix is not in namespaces")),
        ("xml", "/".join("a" * 25), {}, ("/request/rules/0/to", "a path of elements", "25 steps")),
    ],
)
def test_a_fault_in_a_path(format_: str, to: str, more: dict[str, object], fault: tuple[str, str, str]) -> None:
    request = {"format": format_, "rules": [rule(to, **more)]} | ({"root": "r"} if format_ == "xml" else {})
    test_a_fault({"version": 1, "request": request}, fault)


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        ({"root": "1"}, ("/request/root", "an element's name", '"1", which is no XML name')),
        ({"root": "x:r"}, ("/request/root", "an element's name", "not in namespaces")),
        ({"namespaces": {"xml": "u"}}, ("/request/namespaces/xml", "a prefix and URI", 'prefix "xml"')),
        ({"namespaces": {"a": "b c"}}, ("/request/namespaces/a", "a prefix and URI", 'URI "b c"')),
        ({"content_type": "xml"}, ("/request/content_type", "a media type", '"xml"')),
        ({"content_type": "a/b\r\nc: d"}, ("/request/content_type", "a media type", "")),
        ({"instructions": [{"target": "xml"}]}, ("/request/instructions/0/target", "the name of", '"xml"')),
        ({"instructions": [{"target": "a", "text": "?>"}]}, ("/request/instructions/0/text", "without ?>", '"?>"')),
        ({"rules": [rule("a"), rule("a")]}, ("/request/rules/1/to", "no other rule fills", '"a"')),
        ({"rules": [rule("a/@b"), rule("a/@b")]}, ("/request/rules/1/to", "no other rule fills", '"a/@b"')),
        ({"rules": [rule("a[@b='1']/@b")]}, ("/request/rules/0/to", "no other rule fills", "")),
        ({"headers": [rule("Host")]}, ("/request/headers/0/to", "not the connection's own", '"Host"')),
        ({"headers": [rule("a b")]}, ("/request/headers/0/to", "the name of a header", '"a b"')),
        ({"headers": [rule("X"), rule("x")]}, ("/request/headers/1/to", "no other rule fills", '"x"')),
        ({"query": [rule("a"), rule("a")]}, ("/request/query/1/to", "no other rule fills", '"a"')),
    ],
)
def test_a_fault_in_a_request(request_: dict[str, object], fault: tuple[str, str, str]) -> None:
    test_a_fault({"version": 1, "request": {"format": "xml", "root": "r", "rules": []} | request_}, fault)


def test_nesting_has_a_bound() -> None:
    nested: object = "lead.id"
    for _ in range(limits.MAX_EXPRESSION_DEPTH - 1):
        nested = {"type": "first", "of": [nested]}
    load(requesting(rule("a", nested)))
    assert "nested at most 12 deep" in faults(requesting(rule("a", {"type": "first", "of": [nested]})))[0][1]
    read: object = "text"
    for _ in range(limits.MAX_EXPRESSION_DEPTH + 1):
        read = {"type": "regex", "pattern": "a", "of": read}
    assert "nested at most 12 deep" in faults(responding(reference=read))[0][1]


def test_faults_have_a_bound_and_hold_no_constants() -> None:
    key = "secret-0123456789"
    found = faults(requesting(*[rule("a..b", {"type": "constant", "value": [key]})] * 100))
    assert len(found) == limits.MAX_VIOLATIONS
    assert key not in str(found)
    assert key not in str(faults(requesting(rule("a", {"type": "constant", "value": key, "note": key}))))


def test_the_schema_describes_the_document() -> None:
    shape = schema()
    assert shape["$ref"] == "#/$defs/Document"
    assert shape["$defs"]["Rule"]["required"] == ["to", "from"]
    assert msgspec.convert(MINIMAL, Document).request.rules == ()
