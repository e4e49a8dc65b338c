from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.campaign import Condition, ConsentKind, Targeting
from exchange.domain.lead import Evidence, Profile, Value
from exchange.domain.reasons import Reason
from exchange.market.targeting import MAX_DETAIL_CHARS, describe, failing, holds

LEAD: dict[str, Value] = {
    "state": "TX",
    "zip": "78251",
    "loan_amount": 89_000,
    "ltv": 0.7542,
    "term_months": 360,
    "rate": 5.0,
    "bankruptcy": False,
}


def profile(**changes: Any) -> Profile:
    given: dict[str, Any] = {
        "source_id": "ratewise",
        "vertical": "mortgage",
        "attributes": LEAD,
        "evidence": Evidence(has_time=True, has_text=True),
        "sub_source": "aff-36",
    }
    return Profile(**(given | changes))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("state", one_of=("NY", "TX")), True),
        (Condition("state", one_of=("NY", "tx")), False),
        (Condition("state", one_of=()), False),
        (Condition("county", one_of=("TX",)), False),
        (Condition("term_months", one_of=("180", "360")), True),
        (Condition("rate", one_of=("5",)), True),
        (Condition("ltv", one_of=("0.7542",)), True),
        (Condition("bankruptcy", one_of=("false",)), True),
        (Condition("state", not_in=("NY",)), True),
        (Condition("state", not_in=("NY", "TX")), False),
        (Condition("county", not_in=("TX",)), True),
        (Condition("zip", prefix_in=("900", "782")), True),
        (Condition("zip", prefix_in=("78251",)), True),
        (Condition("zip", prefix_in=("782510",)), False),
        (Condition("zip", prefix_in=()), False),
        (Condition("county", prefix_in=("7",)), False),
        (Condition("loan_amount", range=(89_000.0, 89_000.0)), True),
        (Condition("loan_amount", range=(89_000.5, None)), False),
        (Condition("loan_amount", range=(None, 88_999.0)), False),
        (Condition("ltv", range=(None, 0.8)), True),
        (Condition("ltv", range=(None, None)), True),
        (Condition("state", range=(None, None)), False),
        (Condition("zip", range=(0.0, None)), False),
        (Condition("bankruptcy", range=(0.0, 1.0)), False),
        (Condition("county", range=(None, None)), False),
        (Condition("ltv", exists=True), True),
        (Condition("ltv", exists=False), False),
        (Condition("county", exists=True), False),
        (Condition("county", exists=False), True),
        (Condition("bankruptcy", flag=False), True),
        (Condition("bankruptcy", flag=True), False),
        (Condition("county", flag=False), False),
        (Condition("term_months", flag=True), False),
        (Condition("state"), False),
        (Condition("county"), False),
    ],
    ids=repr,
)
def test_condition(condition: Condition, expected: bool) -> None:
    assert holds(condition, LEAD) is expected


@pytest.mark.parametrize("value", [1, 0, "true", 1.0])
def test_a_flag_is_only_met_by_a_boolean(value: Value) -> None:
    assert not holds(Condition("owner", flag=bool(value)), {"owner": value})


def test_nan_is_in_no_range() -> None:
    assert not holds(Condition("ltv", range=(None, None)), {"ltv": float("nan")})


def test_numbers_beyond_the_precision_of_a_double_are_compared_exactly() -> None:
    assert not holds(Condition("loan_amount", range=(None, float(2**53))), {"loan_amount": 2**53 + 1})


def test_targeting_that_holds_fails_nothing() -> None:
    targeting = Targeting(
        vertical="mortgage",
        conditions=(Condition("state", one_of=("TX",)), Condition("ltv", range=(None, 0.8))),
        allowed_sources=("ratewise",),
        denied_sources=("ratewise/aff-1", "lendcompare"),
        required_consent=(ConsentKind.TIME, ConsentKind.TEXT),
    )
    assert failing(targeting, profile()) is None


@pytest.mark.parametrize(
    ("targeting", "expected"),
    [
        (Targeting("solar"), (Reason.TARGETING, "vertical is solar")),
        (
            Targeting("mortgage", conditions=(Condition("state", one_of=("CA", "NY")), Condition("ltv", flag=True))),
            (Reason.TARGETING, "state in [CA, NY]"),
        ),
        (Targeting("mortgage", denied_sources=("ratewise",)), (Reason.SOURCE_EXCLUDED, "source not in [ratewise]")),
        (
            Targeting("mortgage", denied_sources=("ratewise/aff-36",)),
            (Reason.SOURCE_EXCLUDED, "source not in [ratewise/aff-36]"),
        ),
        (
            Targeting("mortgage", allowed_sources=("ratewise/aff-1", "lendcompare")),
            (Reason.SOURCE_EXCLUDED, "source in [ratewise/aff-1, lendcompare]"),
        ),
        (
            Targeting("mortgage", required_consent=(ConsentKind.TIME, ConsentKind.TRUSTEDFORM)),
            (Reason.CONSENT_MISSING, "consent has trustedform"),
        ),
    ],
)
def test_the_part_that_fails_is_named(targeting: Targeting, expected: tuple[Reason, str]) -> None:
    assert failing(targeting, profile()) == expected


def test_parts_are_read_in_order() -> None:
    targeting = Targeting(
        vertical="mortgage",
        conditions=(Condition("state", one_of=("CA",)),),
        allowed_sources=("lendcompare",),
        denied_sources=("ratewise",),
        required_consent=(ConsentKind.JORNAYA,),
    )
    texas, california = profile(), profile(attributes={"state": "CA"})
    elsewhere = profile(attributes={"state": "CA"}, source_id="homequotes")
    allowed = profile(attributes={"state": "CA"}, source_id="lendcompare")
    found = [failing(targeting, one) for one in (profile(vertical="solar"), texas, california, elsewhere, allowed)]
    assert found == [
        (Reason.TARGETING, "vertical is mortgage"),
        (Reason.TARGETING, "state in [CA]"),
        (Reason.SOURCE_EXCLUDED, "source not in [ratewise]"),
        (Reason.SOURCE_EXCLUDED, "source in [lendcompare]"),
        (Reason.CONSENT_MISSING, "consent has jornaya"),
    ]


def test_a_lead_without_a_sub_source_is_not_of_an_affiliate() -> None:
    targeting = Targeting("mortgage", allowed_sources=("ratewise/",))
    assert failing(targeting, profile(sub_source="")) == (Reason.SOURCE_EXCLUDED, "source in [ratewise/]")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("state", not_in=("TX", "NY")), "state not in [TX, NY]"),
        (Condition("zip", prefix_in=("782",)), "zip begins with [782]"),
        (Condition("loan_amount", range=(50_000.0, 417_000.0)), "loan_amount from 50000 to 417000"),
        (Condition("loan_amount", range=(50_000.5, None)), "loan_amount at least 50000.5"),
        (Condition("ltv", range=(None, 0.8)), "ltv at most 0.8"),
        (Condition("ltv", range=(None, None)), "ltv is a number"),
        (Condition("ltv", exists=True), "ltv is present"),
        (Condition("ltv", exists=False), "ltv is absent"),
        (Condition("bankruptcy", flag=False), "bankruptcy is false"),
    ],
)
def test_description(condition: Condition, expected: str) -> None:
    assert describe(condition) == expected


def test_a_long_list_is_cut_between_codes() -> None:
    text = describe(Condition("zip", one_of=tuple(f"{code:05}" for code in range(41_000))))
    assert text.startswith("zip in [00000, 00001, ")
    shown = text.removeprefix("zip in [").removesuffix("]").split(", ")
    assert shown[-1] == f"and {41_000 - len(shown) + 1} more"


codes = st.lists(st.text("ABCxyz019.:+-", min_size=1, max_size=64), max_size=80).map(tuple)


@given(name=st.text("abc_", min_size=1, max_size=64), codes=codes)
def test_descriptions_are_bounded(name: str, codes: tuple[str, ...]) -> None:
    for condition in (
        Condition(name, one_of=codes),
        Condition(name, not_in=codes),
        Condition(name, prefix_in=codes),
        Condition(name, range=(-1.23456789e-300, 1.23456789e300)),
    ):
        assert describe(condition).startswith(name)
        assert len(describe(condition)) <= MAX_DETAIL_CHARS
