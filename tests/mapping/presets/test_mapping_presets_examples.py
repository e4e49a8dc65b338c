"""Every example lead through every preset: what comes out is what the format's own schema allows."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import jsonschema_rs
import pytest
from lxml import etree

from exchange.intake.schema import VERTICALS
from leadexchange.mapping import Rendered, formatter, load
from leadexchange.mapping.presets import presets
from leadexchange.mapping.styles import (
    BooleanFormat,
    CurrencyFormat,
    DateFormat,
    Format,
    NumberFormat,
    PhoneFormat,
    TextFormat,
    TimeFormat,
)
from tests.mapping.presets.samples import SCHEMAS, all_leads, golden_lead, ping_values, post_values

Values = Mapping[str, Any]
Check = Callable[[Rendered, Values], None]

_FORM: Final = "application/x-www-form-urlencoded"
_LONG: Final = (
    ("zip", "Zip", TextFormat()),
    ("state", "State", TextFormat()),
    ("loan_purpose", "Loan_Purpose", None),
    ("loan_amount", "Loan_Amount", CurrencyFormat(places=0)),
    ("ltv", "LTV", CurrencyFormat(unit="cent", places=2)),
    ("debt_ratio", "Debt_Ratio", NumberFormat()),
    ("self_employed", "Self_Employed", BooleanFormat("Yes", "No")),
    ("bankruptcy", "Bankruptcy", BooleanFormat("Yes", "No")),
    ("vehicle_make", "Vehicle_Make", None),
    ("policy_expires", "Policy_Expires", DateFormat("MM/DD/YYYY")),
    ("service", "Service", None),
    ("budget", "Budget", CurrencyFormat(places=0)),
)
_SHORT: Final = tuple(
    (name, name, BooleanFormat("1", "0") if isinstance(style, BooleanFormat) else style)
    for name, _, style in _LONG
    if not isinstance(style, DateFormat) and name != "ltv"
)
_LONG_PERSON: Final = (
    ("first_name", "First_Name", TextFormat(trim=False)),
    ("email", "Email", TextFormat()),
    ("phone", "Primary_Phone", PhoneFormat("digits")),
    ("date_of_birth", "DOB", DateFormat("MM/DD/YYYY")),
    ("city", "City", TextFormat()),
)
_SHORT_PERSON: Final = (
    ("last_name", "last", TextFormat(trim=False)),
    ("email", "email", TextFormat()),
    ("phone", "phone", PhoneFormat("digits")),
    ("date_of_birth", "dob", DateFormat()),
    ("street", "street", TextFormat()),
)
_FormField = tuple[str, str, Format | None]


def _by_schema(name: str) -> Check:
    schema = etree.XMLSchema(etree.parse(SCHEMAS / name))

    def check(request: Rendered, _: Values) -> None:
        assert request.content_type == "application/xml"
        schema.assertValid(etree.fromstring(request.body))

    return check


def _by_dtd(name: str) -> Check:
    dtd = etree.DTD(SCHEMAS / name)

    def check(request: Rendered, _: Values) -> None:
        assert b'<?adf version="1.0"?>' in request.body
        dtd.assertValid(etree.fromstring(request.body))

    return check


def _by_json_schema(name: str) -> Check:
    schema = jsonschema_rs.validator_for(json.loads((SCHEMAS / name).read_text()), validate_formats=True)

    def check(request: Rendered, _: Values) -> None:
        assert request.content_type == "application/json"
        schema.validate(json.loads(request.body))

    return check


def _by_reading_back(fields: Iterable[_FormField], person: Iterable[_FormField] = (), *, query: bool = False) -> Check:
    """Each field stands once, and says what the lead says."""
    readers = [
        (group, name, parameter, formatter(style) if style else None)
        for group, of_group in (("attributes", fields), ("contact", person))
        for name, parameter, style in of_group
    ]

    def check(request: Rendered, values: Values) -> None:
        assert request.content_type == ("" if query else _FORM)
        text = urlencode(request.query) if query else request.body.decode()
        pairs = parse_qsl(text, strict_parsing=True, keep_blank_values=True)
        read = dict(pairs)
        assert len(read) == len(pairs)
        assert all(read.values())
        for group, name, parameter, format_ in readers:
            value = values[group].get(name)
            assert (parameter in read) is (value is not None), parameter
            if value is None:
                continue
            said = read[parameter]
            if format_ is None:
                assert _key(said).startswith(_key(value))
            elif isinstance(value, float):
                assert abs(float(str(format_.read(said))) - value) <= (0.5 if value > 10 else 0.005), parameter
            else:
                assert format_.read(said) == value, parameter

    return check


def _key(text: str) -> str:
    return text.lower().replace("-", "_").replace(" ", "_")


@cache
def _checks() -> Mapping[str, Check]:
    return {
        "preset/acord-auto": _by_schema("acord-style.xsd"),
        "preset/acord-home": _by_schema("acord-style.xsd"),
        "preset/adf": _by_dtd("adf-1.0.dtd"),
        "preset/form-text-post": _by_reading_back(_SHORT, _SHORT_PERSON),
        "preset/form-xml-ping": _by_reading_back(_LONG),
        "preset/form-xml-post": _by_reading_back(_LONG, _LONG_PERSON),
        "preset/json-outcome-ping": _by_json_schema("json-outcome-ping.json"),
        "preset/json-outcome-post": _by_json_schema("json-outcome-post.json"),
        "preset/json-payout-ping": _by_json_schema("json-payout-ping.json"),
        "preset/json-payout-post": _by_json_schema("json-payout-post.json"),
        "preset/mismo-loan": _by_schema("mismo-style.xsd"),
        "preset/query-text-ping": _by_reading_back(_SHORT, query=True),
    }


@cache
def _leads(step: str) -> tuple[dict[str, Any], ...]:
    values_of = ping_values if step == "ping" else post_values
    return tuple(values_of(raw) for raw in all_leads())


def test_there_are_leads_of_every_vertical() -> None:
    verticals = [values["lead"]["vertical"] for values in _leads("ping")]
    assert {vertical: verticals.count(vertical) for vertical in VERTICALS} == {
        "mortgage": 1_200,
        "auto_insurance": 200,
        "home_services": 200,
    }


@pytest.mark.parametrize("preset", presets())
def test_every_lead_gives_a_valid_request(preset: str) -> None:
    mapping, check = load(presets()[preset].document), _checks()[preset]
    for values in _leads("ping" if preset.endswith("-ping") else "post"):
        check(mapping.build(values), values)


@pytest.mark.parametrize("lead", ["sparse", "unusual"])
@pytest.mark.parametrize("preset", presets())
def test_unusual_leads_give_valid_requests(preset: str, lead: str) -> None:
    raw = golden_lead(lead)
    values = ping_values(raw) if preset.endswith("-ping") else post_values(raw)
    _checks()[preset](load(presets()[preset].document).build(values), values)


@pytest.mark.parametrize("preset", ["preset/acord-auto", "preset/acord-home", "preset/adf", "preset/mismo-loan"])
def test_the_standards_hold_of_a_lead_that_comes_with_a_sale_and_no_settings(preset: str) -> None:
    values = post_values(golden_lead("mortgage"))
    for group in ("post", "settings", "campaign"):
        del values[group]
    del values["lead"]["submitted_at"]
    values["event"] = {"id": "evt_1", "type": "lead.sold", "occurred_at": 1_795_564_800_000}
    values["sale"] = {"id": "sale_1", "price": "42.50", "currency": "USD", "sold_at": 1_795_564_800_000}
    _checks()[preset](load(presets()[preset].document).build(values), values)


@pytest.mark.parametrize("preset", presets())
def test_parts_of_a_lead_may_be_absent_in_any_number(preset: str) -> None:
    mapping = load(presets()[preset].document)
    whole = post_values(golden_lead("auto_insurance"))
    required = {"zip", "state", "currently_insured"}
    optional = [name for name in whole["attributes"] if name not in required]
    for number in range(len(optional) + 1):
        attributes = {name: whole["attributes"][name] for name in [*required, *optional[:number]]}
        values = whole | {"attributes": attributes}
        if preset.endswith("-ping"):
            values |= {"ping": {"auction_id": "auc_1"}, "consent": {"has_time": True}, "contact": {}}
        _checks()[preset](mapping.build(values), values)


def test_a_consent_time_is_utc_wherever_it_was_given() -> None:
    body = load(presets()["preset/form-xml-post"].document).build(post_values(golden_lead("auto_insurance"))).body
    said = dict(parse_qsl(body.decode()))["TCPA_Consent_Time"]
    assert formatter(TimeFormat("MM/DD/YYYY HH:mm:ss")).read(said) == "2026-11-20T14:05:00Z"
