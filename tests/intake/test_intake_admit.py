"""Admission of whole leads and of pings: everything wrong is named at once, and nothing personal is."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain import limits
from exchange.domain.errors import Refused, Violation
from exchange.domain.lead import Consent, Contact, Evidence, RawProfile, Submission, Value
from exchange.domain.reasons import Reason
from exchange.intake.admit import admit, admit_profile, digest, duplicate_keys
from exchange.intake.schema import VERTICALS

NOW_MS = 1_795_392_000_000  # 2026-11-23T00:00:00Z
ATTRIBUTES: dict[str, Value] = {"zip": "78251", "state": "TX", "loan_purpose": "purchase", "loan_amount": 89_000.0}
AUTO: dict[str, Value] = {"zip": "78251", "state": "TX", "currently_insured": True}
PEPPER = b"pepper"


def lead(attributes: dict[str, Value] | None = None, **profile: Any) -> Submission:
    return Submission(
        "src",
        RawProfile("mortgage", ATTRIBUTES if attributes is None else attributes, **profile),
        Contact(first_name="Kari", email="kari@example.com", phone="(210) 555-0169"),
        Consent(given_at="2026-11-13T12:47:11Z", text="I agree"),
    )


def refusal(submission: Submission) -> Refused:
    with pytest.raises(Refused) as refused:
        admit(submission, NOW_MS)
    return refused.value


def test_a_lead_is_parted_into_what_identifies_nobody_and_what_does() -> None:
    profile, person = admit(lead(external_id=" x-1 ", sub_source="aff-1", test=True), NOW_MS)
    assert profile.attributes == ATTRIBUTES
    assert (profile.source_id, profile.vertical, profile.external_id) == ("src", "mortgage", "x-1")
    assert (profile.sub_source, profile.test) == ("aff-1", True)
    assert profile.evidence == Evidence(has_time=True, has_text=True)
    assert person.contact.phone == "+12105550169"
    assert person.consent.text == "I agree"


def test_everything_wrong_is_named_at_once() -> None:
    wrong = msgspec.structs.replace(
        lead({"zip": "x", "loan_amount": "$5", "loan_purpose": "buy", "ltv": 75.42, "email": "a"}, sub_source="a b"),
        contact=Contact(phone="12"),
        consent=Consent(given_at="yesterday"),
    )
    refused = refusal(wrong)
    assert refused.reason is Reason.INVALID_FIELD
    assert {violation.field: violation.got for violation in refused.violations} == {
        "contact.phone": "text of 2 characters",
        "consent.given_at": "text of 9 characters",
        "profile.attributes.zip": '"x"',
        "profile.attributes.loan_amount": '"$5"',
        "profile.attributes.ltv": "75.42",
        "profile.attributes.email": "text of 1 character",
        "profile.attributes.state": "nothing",
        "profile.sub_source": "text of 3 characters",
    }


def test_no_more_than_the_limit_is_named() -> None:
    refused = refusal(lead({f"bad name {number}": 1 for number in range(100)}))
    assert len(refused.violations) == limits.MAX_VIOLATIONS


def test_an_unknown_vertical_is_named() -> None:
    submission = msgspec.structs.replace(lead(), profile=RawProfile("boats", {}))
    refused = refusal(submission)
    assert refused.reason is Reason.UNKNOWN_VERTICAL
    assert refused.violations == (
        Violation("profile.vertical", "one of mortgage, auto_insurance, home_services", '"boats"'),
    )


@pytest.mark.parametrize("marker", [999_999, "999999", 999_999.0, "", "  ", 0])
def test_a_marker_of_absence_is_not_a_value(marker: Value) -> None:
    profile, _ = admit(lead({**ATTRIBUTES, "term_months": marker}), NOW_MS)
    assert "term_months" not in profile.attributes


def test_a_required_attribute_may_not_be_blank() -> None:
    assert refusal(lead({**ATTRIBUTES, "state": " "})).violations == (
        Violation("profile.attributes.state", "a US state, by its two letters or its name", "nothing"),
    )


def test_attributes_are_bounded_in_number() -> None:
    many: dict[str, Value] = {f"custom_{number}": number for number in range(limits.MAX_ATTRIBUTES + 1)}
    (violation,) = refusal(lead(many)).violations
    assert (violation.field, violation.got) == ("profile.attributes", "129 attributes")


def test_custom_attributes_are_admitted_as_they_are() -> None:
    custom: dict[str, Value] = {"campaign": "spring-26", "score_2": 0.5, "visits": 3, "repeat": True}
    profile, _ = admit(lead({**ATTRIBUTES, **custom}), NOW_MS)
    assert profile.attributes == {**ATTRIBUTES, **custom}


@pytest.mark.parametrize(
    ("name", "value", "field", "got"),
    [
        ("home_phone", "2105550169", "profile.attributes.home_phone", "text of 10 characters"),
        ("home_phone", 2105550169, "profile.attributes.home_phone", "a number"),
        ("first_name", "Kari", "profile.attributes.first_name", "text of 4 characters"),
        ("referrer", "Kari Merritt", "profile.attributes.referrer", "text of 12 characters"),
        ("kari@example.com", True, "profile.attributes", "text of 16 characters"),
        ("zip", "kari@example.com", "profile.attributes.zip", "text of 16 characters"),
        ("zip", "(210) 555-0169", "profile.attributes.zip", "text of 14 characters"),
        ("loan_amount", 2105550169, "profile.attributes.loan_amount", "a number beyond 100000000"),
        ("loan_amount", "x" * 200, "profile.attributes.loan_amount", '"' + "x" * 77 + '…"'),
        ("loan_amount", "a\ud800b\n", "profile.attributes.loan_amount", '"a�b"'),
        ("bankruptcy", -1.5, "profile.attributes.bankruptcy", "-1.5"),
        ("loan_purpose", True, "profile.attributes.loan_purpose", "true"),
    ],
)
def test_what_may_be_of_a_person_is_described_and_the_rest_quoted(
    name: str, value: Value, field: str, got: str
) -> None:
    (violation,) = refusal(lead({**ATTRIBUTES, name: value})).violations
    assert (violation.field, violation.got) == (field, got)
    assert len(violation.got) <= limits.MAX_GOT_CHARS


@pytest.mark.parametrize("external_id", ["kari@example.com", "x" * 129, "a\nb"])
def test_an_external_id_is_bounded_and_no_email_address(external_id: str) -> None:
    (violation,) = refusal(lead(external_id=external_id)).violations
    assert violation.field == "profile.external_id"
    assert external_id not in violation.got


@pytest.mark.parametrize(
    ("attributes", "admitted"),
    [
        ({"vehicle_year": 2028}, True),
        ({"vehicle_year": 2029}, False),
        ({"policy_expires": "12/31/2029"}, True),
        ({"policy_expires": "2030-01-01"}, False),
    ],
)
def test_years_lie_no_further_ahead_than_the_schema_says(attributes: dict[str, Value], admitted: bool) -> None:
    raw = RawProfile("auto_insurance", {**AUTO, **attributes})
    if admitted:
        assert admit_profile("src", raw, Evidence(), NOW_MS).attributes.keys() == raw.attributes.keys()
    else:
        with pytest.raises(Refused, match="at the latest"):
            admit_profile("src", raw, Evidence(), NOW_MS)


def test_a_pinged_profile_is_that_of_the_whole_lead() -> None:
    profile, _ = admit(lead(), NOW_MS)
    assert admit_profile("src", lead().profile, profile.evidence, NOW_MS) == profile


@pytest.mark.parametrize(
    ("vertical", "attributes"),
    [
        (
            "auto_insurance",
            AUTO
            | {"vehicle_make": "Mercedes-Benz", "vehicle_year": "2019", "current_carrier": "State Farm", "dui": "N"}
            | {"vehicle_ownership": "Lease", "bodily_injury_limits": "100/300", "annual_mileage": "12,000"},
        ),
        (
            "home_services",
            {"zip": 2138, "state": "massachusetts", "service": "Roof", "project_type": "Replacement"}
            | {
                "timeframe": "ASAP",
                "property_type": "House",
                "homeowner": "Yes",
                "lot_acres": ".25",
                "budget": "$9,500",
            },
        ),
    ],
)
def test_the_other_verticals_read_what_their_sources_send(vertical: str, attributes: dict[str, Value]) -> None:
    admitted = admit_profile("src", RawProfile(vertical, attributes), Evidence(), NOW_MS).attributes
    assert admitted.keys() == attributes.keys()
    again = admit_profile("src", RawProfile(vertical, admitted), Evidence(), NOW_MS).attributes
    assert again == admitted


NAMES = st.sampled_from(sorted({name for schema in VERTICALS.values() for name in schema})) | st.text(max_size=10)
VALUES = st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=30)


@given(
    vertical=st.sampled_from(list(VERTICALS)),
    attributes=st.dictionaries(NAMES, VALUES, max_size=20),
    sub_source=st.text(max_size=10),
    external_id=st.text(max_size=10),
)
def test_whatever_comes_is_admitted_or_refused_in_order(
    vertical: str, attributes: dict[str, Value], sub_source: str, external_id: str
) -> None:
    submission = lead(attributes, sub_source=sub_source, external_id=external_id)
    for sent in (submission, msgspec.structs.replace(submission, profile=RawProfile(vertical, attributes | AUTO))):
        try:
            profile, person = admit(sent, NOW_MS)
        except Refused as refused:
            refused.message.encode()  # no surrogate, so that every protocol can carry it
        else:
            raw = RawProfile(profile.vertical, profile.attributes, profile.external_id, profile.sub_source)
            again = Submission("src", raw, person.contact, person.consent)
            assert admit(again, NOW_MS) == (profile, person)


def test_a_digest_is_of_the_content_alone() -> None:
    one = lead()
    turned = lead(dict(reversed(ATTRIBUTES.items())))
    assert digest(one) == digest(msgspec.structs.replace(turned, request_id="another"))
    assert len(digest(one)) == 16
    others = [
        lead({**ATTRIBUTES, "zip": "78252"}),
        lead(external_id="x"),
        msgspec.structs.replace(one, source_id="other"),
        msgspec.structs.replace(one, contact=Contact(phone="1")),
        msgspec.structs.replace(one, consent=Consent()),
    ]
    assert len({digest(submission) for submission in (one, *others)}) == 6
    assert digest(one, pepper=PEPPER) != digest(one)
    assert digest(("src", one.profile, Evidence())) != digest(("src", one.profile, Evidence(has_time=True)))


def test_two_leads_of_a_consumer_have_duplicate_keys_in_common() -> None:
    both = duplicate_keys(Contact(phone="+12105550169", email="Kari+loans@example.com"), PEPPER)
    assert len(both) == 2
    assert duplicate_keys(Contact(phone="+12105550169"), PEPPER) == both[:1]
    assert duplicate_keys(Contact(email="kari@example.com"), PEPPER) == both[1:]
    assert duplicate_keys(Contact(), PEPPER) == ()
    assert set(both).isdisjoint(duplicate_keys(Contact(phone="+12105550169", email="kari@example.com"), b"other"))
    assert duplicate_keys(Contact(email="+a@example.com"), PEPPER) != duplicate_keys(
        Contact(email="@example.com"), PEPPER
    )
    assert all(len(key) == 22 for key in both)
