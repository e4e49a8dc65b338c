"""Where a value of a request comes from: each kind of expression."""

import contextlib
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadexchange.mapping import BuildError, load

LEAD: dict[str, Any] = {
    "lead": {"id": "lead_1", "test": False},
    "attributes": {
        "state": "TX",
        "loan_amount": 289000.0,
        "term_months": 360,
        "self_employed": False,
        "credit_tier": "good",
        "rate": Decimal("6.5"),
    },
    "contact": {
        "first_name": "Kari",
        "last_name": "Merritt",
        "phone": "+12105550169",
        "comments": "",
        "city": None,
        "more": {"Employer name": "Acme"},
    },
    "event": {"data": {"sales": [{"id": "sale_1"}, {"id": "sale_2"}]}},
}


def value(expression: object, **rule: object) -> object:
    """What an expression gives, by way of a JSON body; "omitted" if it gives nothing."""
    mapping = load({"version": 1, "request": {"format": "json", "rules": [{"to": "x", "from": expression, **rule}]}})
    return msgspec.json.decode(mapping.build(LEAD).body).get("x", "omitted")


def const(constant: object) -> dict[str, object]:
    return {"type": "constant", "value": constant}


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("contact.first_name", "Kari"),
        ("attributes.term_months", 360),
        ("attributes.loan_amount", 289000.0),
        ("attributes.self_employed", False),
        ("attributes.rate", 6.5),
        ("contact.more['Employer name']", "Acme"),
        ("event.data.sales[1].id", "sale_2"),
        ("event.data.sales[2].id", "omitted"),
        ("contact.comments", "omitted"),
        ("contact.city", "omitted"),
        ("contact.email", "omitted"),
        ("contact.first_name.deeper", "omitted"),
        ("contact.first_name[0]", "omitted"),
        ("sale.id", "omitted"),
    ],
)
def test_a_field(field: str, given: object) -> None:
    assert value(field) == given


@pytest.mark.parametrize("constant", ["ratewise", 0, 12.5, True, False])
def test_a_constant(constant: object) -> None:
    assert value(const(constant)) == constant


def test_the_first_that_is_there() -> None:
    assert value({"type": "first", "of": ["contact.email", "contact.first_name", "contact.last_name"]}) == "Kari"
    assert value({"type": "first", "of": ["contact.email", const("none@example.com")]}) == "none@example.com"
    assert value({"type": "first", "of": ["attributes.self_employed", const(True)]}) is False
    assert value({"type": "first", "of": ["contact.email", "contact.city"]}) == "omitted"


def test_joined() -> None:
    names = ["contact.first_name", "contact.email", "contact.last_name"]
    assert value({"type": "join", "of": names}) == "Kari Merritt"
    assert (
        value({"type": "join", "of": [*names, "attributes.loan_amount"], "separator": ", "}) == "Kari, Merritt, 289000"
    )
    assert value({"type": "join", "of": ["contact.email", "contact.city"]}) == "omitted"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"of": "attributes.state", "equals": "tx"}, True),
        ({"of": "attributes.state", "equals": "LA"}, False),
        ({"of": "attributes.term_months", "equals": "360"}, True),
        ({"of": "attributes.loan_amount", "equals": 289000}, True),
        ({"of": "attributes.self_employed", "equals": False}, True),
        ({"of": "attributes.self_employed", "equals": "true"}, False),
        ({"of": "attributes.state", "in": ["LA", "TX"]}, True),
        ({"of": "attributes.state", "in": ["LA", 7]}, False),
        ({"of": "attributes.dui", "in": ["", "LA"]}, False),
        ({"of": "attributes.loan_amount", "range": {"min": 289000}}, True),
        ({"of": "attributes.loan_amount", "range": {"max": 288999.99}}, False),
        ({"of": "attributes.rate", "range": {"min": 6, "max": 7}}, True),
        ({"of": "attributes.state", "range": {"min": 0}}, False),
        ({"of": "attributes.self_employed", "range": {"max": 1}}, False),
        ({"of": "attributes.state", "exists": True}, True),
        ({"of": "attributes.dui", "exists": True}, False),
        ({"of": "contact.comments", "exists": False}, True),
        ({"of": "contact.phone", "matches": r"^\+1(210|512)"}, True),
        ({"of": "contact.phone", "matches": "x"}, False),
        ({"of": "contact.email", "matches": ""}, None),
        ({"of": {"type": "join", "of": ["attributes.state", "attributes.term_months"]}, "equals": "tx 360"}, True),
    ],
)
def test_a_condition(condition: dict[str, object], holds: bool | None) -> None:
    chosen = {"type": "if", "when": [condition], "then": const("then"), "otherwise": const("otherwise")}
    if holds is None:
        with pytest.raises(ValueError, match="/when/0/matches"):
            value(chosen)
    else:
        assert value(chosen) == ("then" if holds else "otherwise")


def test_all_conditions_must_hold_and_otherwise_may_be_left_out() -> None:
    both = [{"of": "attributes.state", "equals": "TX"}, {"of": "attributes.term_months", "range": {"max": 180}}]
    assert value({"type": "if", "when": both[:1], "then": const(1)}) == 1
    assert value({"type": "if", "when": both, "then": const(1)}) == "omitted"


def test_looked_up() -> None:
    table = {"Excellent": "A", "good": "B", "360": 30, "false": "none"}
    assert value({"type": "lookup", "of": "attributes.credit_tier", "table": table}) == "B"
    assert value({"type": "lookup", "of": "attributes.term_months", "table": table}) == 30
    assert value({"type": "lookup", "of": "attributes.self_employed", "table": table}) == "none"
    assert value({"type": "lookup", "of": "attributes.state", "table": table}) == "omitted"
    assert value({"type": "lookup", "of": "attributes.state", "table": table, "otherwise": "attributes.state"}) == "TX"
    assert value({"type": "lookup", "of": "attributes.dui", "table": table, "otherwise": const("?")}) == "?"


def test_formatted_inside_and_by_the_rule() -> None:
    name = {"type": "format", "of": "attributes.state", "as": {"type": "state"}}
    upper = {"type": "text", "case": "upper"}
    assert value({"type": "join", "of": ["contact.last_name", name], "separator": "/"}) == "Merritt/Texas"
    assert value(name, format=upper) == "TEXAS"
    assert value("contact.first_name", format={"type": "text", "digits": True}) == "omitted"


@pytest.mark.parametrize(("absent", "becomes"), [("omit", "omitted"), ("empty", ""), ("null", None)])
def test_an_absent_value(absent: str, becomes: object) -> None:
    assert value("contact.email", absent=absent) == becomes
    assert value("contact.first_name", absent=absent) == "Kari"


def test_what_is_wrong_names_every_rule_and_field_and_quotes_nobody() -> None:
    mapping = load(
        {
            "version": 1,
            "request": {
                "format": "json",
                "rules": [
                    {"to": "a", "from": "contact.email", "absent": "required"},
                    {"to": "b", "from": "contact.first_name", "format": {"type": "phone"}},
                    {"to": "c", "from": "contact.last_name", "absent": "required"},
                    {"to": "d", "from": "contact.more"},
                ],
                "headers": [{"to": "x-id", "from": "sale.id", "absent": "required"}],
            },
        }
    )
    with pytest.raises(BuildError) as failed:
        mapping.build(LEAD)
    assert [(fault.pointer, fault.expected, fault.got) for fault in failed.value.violations] == [
        ("/request/rules/0", 'a value for "a" from contact.email', "nothing"),
        ("/request/rules/1", 'a phone number for "b" from contact.first_name', "text of 4 characters"),
        ("/request/rules/3", 'a single value for "d" from contact.more', "an object"),
        ("/request/headers/0", 'a value for "x-id" from sale.id', "nothing"),
    ]
    assert "Kari" not in str(failed.value)


def test_joining_has_a_bound() -> None:
    grown: object = "contact.comments"
    for _ in range(4):
        grown = {"type": "join", "of": [grown] * 8}
    mapping = load({"version": 1, "request": {"format": "json", "rules": [{"to": "x", "from": grown}]}})
    assert mapping.build({"contact": {"comments": "a"}}).body
    with pytest.raises(BuildError, match="at most 65536 characters joined"):
        mapping.build({"contact": {"comments": "a" * 2_000}})


def test_the_fields_that_a_mapping_uses() -> None:
    condition = {"of": "attributes.state", "equals": "TX"}
    chosen = {"type": "if", "when": [condition], "then": "contact.phone", "otherwise": const(1)}
    rules = [{"to": "x", "from": chosen}, {"to": "y", "from": "lead.id"}]
    mapping = load({"version": 1, "request": {"format": "json", "rules": rules}})
    assert mapping.fields == {"attributes.state", "contact.phone", "lead.id"}


STYLES = [
    {"type": "phone", "style": "international"},
    {"type": "date"},
    {"type": "time", "pattern": "unix_ms"},
    {"type": "state"},
    {"type": "boolean"},
    {"type": "number", "places": 2},
    {"type": "currency"},
    {"type": "text", "case": "title"},
    None,
]
ROOTED = {"xml": {"root": "r"}}
EACH = [
    load(
        {
            "version": 1,
            "request": {"format": format_, "rules": [{"to": "x", "from": "contact.city", "format": style}]}
            | ROOTED.get(format_, {}),
        }
    )
    for format_ in ("json", "form", "query", "xml")
    for style in STYLES
]
TIMES = st.text("0123456789+-.:TZ", max_size=30) | st.datetimes().map(str)
NUMBERS = st.integers() | st.floats() | st.booleans() | st.decimals()
ANYTHING = st.text() | NUMBERS | st.none() | st.lists(st.text()) | TIMES


@given(ANYTHING)
def test_building_raises_nothing_but_its_own_error(city: object) -> None:
    for mapping in EACH:
        with contextlib.suppress(BuildError):
            mapping.build({"contact": {"city": city}})
