"""Answers and mappings that mean harm: they cost little and are refused with a reason."""

import pytest

from leadexchange.mapping import MappingError, Verdict, load
from leadexchange.mapping.reading.json_paths import finder


def reading(read: object) -> dict[str, object]:
    rule = {"when": [{"read": read, "exists": True}], "verdict": "accepted"}
    return {"version": 1, "request": {"format": "json", "rules": []}, "response": {"verdict": [rule]}}


XML = load(reading("//a"))
JSON = load(reading("$..a"))

LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10))


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE r [<!ENTITY l0 "lol">' + LAUGHS + b"]><r><a>&l9;</a></r>",
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><a>&x;</a></r>',
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r><a>1</a></r>',
        b'<!DOCTYPE r [<!ATTLIST a b CDATA "1">]><r><a>1</a></r>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY x "1">]><r><a>&x;</a></r>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE r+AD4-<r><a>1</a></r>',
        b"<r><a>&undeclared;</a></r>",
        b"<a>" * 65 + b"1" + b"</a>" * 65,
        b"<a>" * 80_000,
        b"<r>" + b"<a>1</a>" * 5_000 + b"</r>",
        b"<r><a>1</a>" + b" " * 300_000 + b"</r>",
        b"<r><a>1</b></r>",
        b"<r><a>1</a></r><r/>",
        b"\x00<r><a>1</a></r>",
        b"",
    ],
)
def test_hostile_xml(body: bytes) -> None:
    answer = XML.read(200, "text/xml", body)
    assert answer.verdict is Verdict.ERROR
    assert answer.detail.startswith("expected ")


def test_what_xml_may_have() -> None:
    deep = b"<a>" * 64 + b"1" + b"</a>" * 64
    included = b'<r xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="file:///etc/passwd"/><a>1</a></r>'
    for body in (deep, included, b"<?pi x?><!-- c --><r><a><![CDATA[1]]>&amp;</a></r>"):
        assert XML.read(200, "text/xml", body).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b'[{"a":1}' + b",1" * 5_000 + b"]",
        b'{"a": 1e99999999999999999999}',
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"a": "\\ud800"}',
        b'{"a": NaN}',
        b'{"a": 1} {"a": 1}',
        b'{"a": "' + b"x" * 300_000 + b'"}',
    ],
)
def test_hostile_json(body: bytes) -> None:
    answer = JSON.read(200, "application/json", body)
    assert answer.verdict is Verdict.ERROR
    assert answer.detail.startswith("expected ")


@pytest.mark.parametrize(
    "path",
    [
        "$[?match(@.a, '(a+)+$')]",
        "$[?search(@.a, '(a+)+$')]",
        "$[?length(@.a) > 1]",
        "$..a..b",
        "$[?@..a]",
        "$[?@.*]",
        "$[?$.a == 1]",
        "$[?@[?@.a]]",
        "$[*,*][*,*]",
        "$.a | $.b",
        "$" + ".a" * 25,
        "a",
        "$.",
    ],
)
def test_a_json_path_costs_one_walk(path: str) -> None:
    with pytest.raises(ValueError, match=r'^"'):
        finder(path)


@pytest.mark.parametrize(
    "path",
    [
        "//a//b",
        "/a[count(//*) > 1]",
        "/a[b[c]]",
        "/a/ancestor::*",
        "/a/..",
        "document('file:///etc/passwd')",
        "/a | /b",
        "/x:a",
        "/a[@x='1' or @y='2']",
        "/a[position() < 3]",
        "/a/@b/c",
        "/",
        "//",
        "/a" * 25,
    ],
)
def test_an_x_path_costs_one_walk(path: str) -> None:
    with pytest.raises(MappingError, match="/response/verdict/0/when/0/read: expected a"):
        load(reading(path))


@pytest.mark.parametrize(
    "pattern", ["(a)\\1", "(?=a)b", "(?<=a)b", "(", "a{1000}{1000}", "(.{0,60}a){3}b", "\\pL{40}", "[z-a]", "a" * 257]
)
def test_patterns_are_re2s_and_small(pattern: str) -> None:
    with pytest.raises(MappingError, match="/response/verdict/0/when/0/read"):
        load(reading({"type": "regex", "pattern": pattern}))


def test_a_pattern_that_would_backtrack_is_harmless() -> None:
    mapping = load(reading({"type": "regex", "pattern": "^(a+)+$"}))
    assert mapping.read(200, "text/plain", b"a" * 200_000 + b"!").verdict is Verdict.ACCEPTED  # within its first 8 KiB
    assert mapping.read(200, "text/plain", b"a" * 5_000 + b"!").verdict is Verdict.ERROR
