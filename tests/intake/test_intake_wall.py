"""The PII wall: what an undeclared attribute may be called and hold."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.lead import Contact, Value
from exchange.intake import wall
from exchange.intake.schema import VERTICALS


def kept_out(read: Callable[[Any], object], value: Value) -> bool:
    try:
        read(value)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    "name",
    [
        "first_name",
        "last_name",
        "name",
        "full_name",
        "maiden_name",
        "surname",
        "fname",
        "spouse_first_name",
        "email",
        "e_mail",
        "email_address",
        "work_email",
        "phone",
        "phone2",
        "phone_number",
        "home_phone",
        "cell_phone",
        "mobile",
        "mobile_number",
        "telephone",
        "tel",
        "fax",
        "street",
        "street_address",
        "street1",
        "address",
        "address_line_1",
        "mailing_address",
        "city",
        "ssn",
        "social_security",
        "social_security_number",
        "dob",
        "date_of_birth",
        "driver_date_of_birth",
        "birthdate",
        "birth_day",
        "ip",
        "ip_address",
        "client_ip",
        "comments",
        "comment",
        "notes",
        "latitude",
        "lng",
        "user_agent",
        "leadid",
        "jornaya_leadid",
        "trustedform_cert_url",
    ],
)
def test_names_of_contact_data_are_known(name: str) -> None:
    assert wall.is_contact_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "loan_officer_count",
        "zip_prefix",
        "household_size",
        "phone_verified",
        "email_opt_in",
        "ownership",
        "shipping",
        "strip",
        "tenant",
        "cellar",
        "company_name",
        "notebook",
        "street_parking",
        "capacity",
        "hotel",
    ],
)
def test_other_names_are_free(name: str) -> None:
    assert not wall.is_contact_name(name)


def test_every_contact_field_is_a_name_of_contact_data_and_no_declared_attribute_is() -> None:
    assert all(wall.is_contact_name(name) for name in Contact.__struct_fields__)
    declared = {name for schema in VERTICALS.values() for name in schema}
    assert all(wall.NAME.fullmatch(name) and not wall.is_contact_name(name) for name in declared)


def test_no_declared_number_is_long_enough_to_be_of_a_person() -> None:
    highest = max(field.high for schema in VERTICALS.values() for field in schema.values())
    assert len(f"{highest - 1:.0f}") < len("123456789")


@pytest.mark.parametrize(
    "value", ["A", "tier-1", "a_b.c:d+e", "2026", "123456", "aff-36", "x" * 64, "10:30:00", "v1.2.3"]
)
def test_a_code_is_admitted(value: str) -> None:
    assert wall.custom(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "two words",
        "-x",
        "x" * 65,
        "é",
        "a/b",
        "a\n",
        "kari@example.com",
        "2105550169",
        "210-555-0169",
        "x.5550169",
        "+12105550169",
        "210.555.01.69",
        "123-45-6789",
        "1960-11-16",
        "192.0.2.8",
        "2001:db8::1",
        "id_2105550169",
    ],
)
def test_what_is_no_code_or_may_be_of_a_person_is_kept_out(value: str) -> None:
    assert kept_out(wall.custom, value)


@pytest.mark.parametrize("value", [True, False, 0, -5, 99_999_999, 0.25, -1e7])
def test_flags_and_numbers_are_admitted(value: Value) -> None:
    assert wall.custom(value) is value


@pytest.mark.parametrize("value", [2105550169, 12105550169, 2105550169.0, 123456789, -2105550169, 10**400])
def test_long_numbers_are_kept_out(value: Value) -> None:
    assert kept_out(wall.custom, value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_kept_out(value: float) -> None:
    assert kept_out(wall.custom, value)


@given(
    digits=st.text("0123456789", min_size=7, max_size=15),
    separator=st.sampled_from(["", "-", ".", ":", "_", "+", ".-"]),
    before=st.sampled_from(["", "x", "id-"]),
    every=st.integers(1, 4),
)
def test_a_phone_number_stays_out_however_it_is_written(digits: str, separator: str, before: str, every: int) -> None:
    groups = separator.join(digits[start : start + every] for start in range(0, len(digits), every))
    assert kept_out(wall.code, before + groups)


@given(st.text(max_size=70))
def test_whatever_is_admitted_fits_the_ping(text: str) -> None:
    try:
        admitted = wall.code(text)
    except ValueError:
        return
    assert admitted.isascii()
    assert " " not in admitted
    assert len(admitted) <= 64


@pytest.mark.parametrize(("sent", "kept"), [(" aff-36 ", "aff-36"), ("pub:12.b", "pub:12.b")])
def test_a_sub_source_is_a_code(sent: str, kept: str) -> None:
    assert wall.placement(sent) == kept


@pytest.mark.parametrize("sent", ["a+b", "2105550169", "my site", "a/b", "x" * 65])
def test_what_is_no_sub_source_is_refused(sent: str) -> None:
    assert kept_out(wall.placement, sent)
