"""What requests look like: JSON, forms, query strings, XML, headers, and previews of them."""

from collections.abc import Mapping as Values
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from leadexchange.mapping import BuildError, Mapping, Preview, load

Shape = Values[str, object]
LEAD: dict[str, Any] = {
    "lead": {"id": "lead_1"},
    "attributes": {"state": "TX", "loan_amount": 289000.0, "dui": False},
    "contact": {"first_name": "Kari", "last_name": "O'Brien & <Söhne>", "phone": "+12105550169"},
    "settings": {"key": "k-1"},
}


def const(constant: object) -> dict[str, object]:
    return {"type": "constant", "value": constant}


def requesting(format_: str, *rules: tuple[str, object] | Shape, **more: object) -> Mapping:
    listed = [rule if isinstance(rule, Values) else {"to": rule[0], "from": rule[1]} for rule in rules]
    return load({"version": 1, "request": {"format": format_, "rules": listed, **more}})


def test_json_is_nested_in_the_order_of_the_rules() -> None:
    mapping = requesting(
        "json",
        ("lead.state", "attributes.state"),
        ("people[1].name", "contact.last_name"),
        ("people[0].name", "contact.first_name"),
        ("people[0].phones[0]", "contact.phone"),
        ("lead.amount", "attributes.loan_amount"),
        ("['odd.name']['@id']", "lead.id"),
        ("flags.dui", "attributes.dui"),
    )
    request = mapping.build(LEAD)
    assert request.content_type == "application/json"
    assert request.body.decode() == (
        '{"lead":{"state":"TX","amount":289000.0},'
        '"people":[{"name":"Kari","phones":["+12105550169"]},{"name":"O\'Brien & <Söhne>"}],'
        '"odd.name":{"@id":"lead_1"},"flags":{"dui":false}}'
    )


def test_json_containers_with_nothing_in_them_are_left_out() -> None:
    mapping = requesting(
        "json", ("a.b.c", "sale.id"), ("list[0].x", "sale.id"), ("list[1].x", "lead.id"), ("other[0]", "sale.id")
    )
    assert mapping.build(LEAD).body == b'{"list":[{"x":"lead_1"}]}'
    assert mapping.build({}).body == b"{}"


def test_json_may_be_an_array() -> None:
    assert requesting("json", ("[0].id", "lead.id")).build(LEAD).body == b'[{"id":"lead_1"}]'


def test_json_numbers_are_exact() -> None:
    price = {"to": "price", "from": "sale.price", "format": {"type": "number"}}
    assert requesting("json", price).build({"sale": {"price": "12.345678"}}).body == b'{"price":12.345678}'


def test_a_form() -> None:
    mapping = requesting(
        "form", ("last name", "contact.last_name"), ("dui", "attributes.dui"), ("amount", "attributes.loan_amount")
    )
    request = mapping.build(LEAD)
    assert request.content_type == "application/x-www-form-urlencoded"
    assert request.body == b"last+name=O%27Brien+%26+%3CS%C3%B6hne%3E&dui=false&amount=289000"


def test_a_query_string_has_no_body() -> None:
    empty = {"to": "email", "from": "contact.email", "absent": "empty"}
    request = requesting("query", ("state", "attributes.state"), empty).build(LEAD)
    assert (request.content_type, request.body) == ("", b"")
    assert request.query == (("state", "TX"), ("email", ""))


def test_query_and_headers_beside_a_body() -> None:
    mapping = requesting(
        "json",
        ("id", "lead.id"),
        query=[{"to": "key", "from": "settings.key"}],
        headers=[{"to": "X-State", "from": "attributes.state"}, {"to": "X-None", "from": "sale.id"}],
    )
    request = mapping.build(LEAD)
    assert request.query == (("key", "k-1"),)
    assert request.headers == (("X-State", "TX"),)


@pytest.mark.parametrize("bad", ["a\r\nx: y", "a\nb", "Söhne", " a", "a" * 4_097, "a\x7f"])
def test_a_header_carries_plain_text_only(bad: str) -> None:
    mapping = requesting("json", headers=[{"to": "X-Name", "from": "contact.first_name"}])
    with pytest.raises(BuildError, match="/request/headers/0") as failed:
        mapping.build({"contact": {"first_name": bad}})
    assert f"text of {len(bad)} characters" in str(failed.value)


NAMES = {"": "urn:lead", "p": "http://example.com/person"}


def test_xml_with_namespaces_attributes_and_repeats() -> None:
    mapping = requesting(
        "xml",
        ("@version", const("1.0")),
        ("customer/p:name[@part='first']", "contact.first_name"),
        ("customer/p:name[@part='last']", "contact.last_name"),
        ("loan/amount/@currency", const("USD")),
        ("loan/amount", "attributes.loan_amount"),
        ("customer/@p:state", "attributes.state"),
        ("phone[1]", "contact.phone"),
        ("phone[2]", "contact.phone"),
        root="lead",
        namespaces=NAMES,
        instructions=[{"target": "adf", "text": 'version="1.0"'}],
        content_type="text/xml; charset=utf-8",
    )
    request = mapping.build(LEAD)
    assert request.content_type == "text/xml; charset=utf-8"
    assert request.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<?adf version="1.0"?>\n'
        '<lead xmlns="urn:lead" xmlns:p="http://example.com/person" version="1.0">'
        '<customer p:state="TX"><p:name part="first">Kari</p:name>'
        '<p:name part="last">O\'Brien &amp; &lt;Söhne&gt;</p:name></customer>'
        '<loan><amount currency="USD">289000</amount></loan>'
        "<phone>+12105550169</phone><phone>+12105550169</phone></lead>"
    )


def test_xml_elements_with_nothing_in_them_are_left_out() -> None:
    empty = {"to": "kept", "from": "sale.id", "absent": "empty"}
    mapping = requesting("xml", ("a/b[@type='voice']", "sale.id"), ("a/c/@d", "sale.id"), empty, root="r")
    assert mapping.build(LEAD).body.endswith(b"<r><kept></kept></r>")


@given(st.text(max_size=50))
def test_any_text_becomes_xml_that_reads_back(text: str) -> None:
    mapping = requesting("xml", ("a", "contact.city"), ("b/@c", "contact.city"), root="r")
    read = etree.fromstring(mapping.build({"contact": {"city": text}}).body)
    allowed = "".join(sign for sign in text if sign in "\t\n\r" or (sign >= " " and sign not in "\ufffe\uffff"))
    assert read.findtext("a", "") == allowed
    assert read.xpath("string(b/@c)") == allowed


NAME = st.text("abcdefgh", min_size=1, max_size=3)


@given(st.dictionaries(st.lists(NAME, min_size=1, max_size=3).map(".".join), st.text(max_size=9), max_size=6))
def test_json_says_what_the_rules_say(wanted: dict[str, str]) -> None:
    paths = [path for path in wanted if not any(other.startswith(path + ".") for other in wanted)]
    mapping = requesting("json", *((path, const(wanted[path])) for path in paths))
    body = msgspec.json.decode(mapping.build({}).body)
    for path in paths:
        found = body
        for step in path.split("."):
            found = found.get(step, {})
        assert found == (wanted[path] or {})


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), st.text(min_size=1))
)
def test_a_form_reads_back(wanted: dict[str, str]) -> None:
    wanted = {name: text for name, text in list(wanted.items())[:20] if len(name) <= 200}
    mapping = requesting("form", *((name, const(text)) for name, text in wanted.items()))
    assert dict(parse_qsl(mapping.build({}).body.decode(), keep_blank_values=True)) == wanted


def test_a_preview() -> None:
    mapping = requesting(
        "form",
        ("state", "attributes.state"),
        query=[{"to": "key", "from": "settings.key"}, {"to": "a b", "from": "lead.id"}],
        headers=[{"to": "X-Id", "from": "lead.id"}],
    )
    assert mapping.preview(LEAD) == Preview(
        "POST",
        "key=k-1&a+b=lead_1",
        (("Content-Type", "application/x-www-form-urlencoded"), ("X-Id", "lead_1")),
        "state=TX",
    )
    assert requesting("query", ("state", "attributes.state")).preview(LEAD, "GET") == Preview("GET", "state=TX", (), "")
