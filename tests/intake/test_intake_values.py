"""Attribute values: what each kind reads, and that every way to write a value comes to the same."""

import math
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.lead import Value
from exchange.intake.fields import Field, Kind, one_of, whole
from exchange.intake.geography import STATES
from exchange.intake.schema import VERTICALS
from exchange.intake.values import expected_of, reader_of

TIER = one_of("good very_good", {"very_good": ("great", "a/b")}, absent=("unknown", "n/a"))
COUNT = whole(0, 1_000_000, absent=(999_999,))
NUMBER = Field(Kind.NUMBER, low=-100, high=1e6)
MONEY = Field(Kind.MONEY, low=0, high=1e8)
RATIO = Field(Kind.RATIO, high=3)
PERCENT = Field(Kind.PERCENT, high=100)
STATE, ZIP, FLAG, DATE = (Field(kind) for kind in (Kind.STATE, Kind.ZIP, Kind.FLAG, Kind.DATE))


def readable(field: Field, sent: Value) -> bool:
    try:
        reader_of(field)(sent)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("field", "sent", "admitted"),
    [
        (TIER, "good", "good"),
        (TIER, "GOOD", "good"),
        (TIER, "Very Good", "very_good"),
        (TIER, "very-good", "very_good"),
        (TIER, "Great", "very_good"),
        (TIER, "A / B", "very_good"),
        (TIER, "Unknown", None),
        (TIER, "N/A", None),
        (STATE, "TX", "TX"),
        (STATE, "tx", "TX"),
        (STATE, "Texas", "TX"),
        (STATE, "NEW  YORK", "NY"),
        (STATE, "North-Carolina", "NC"),
        (STATE, "D.C.", "DC"),
        (STATE, "Washington, D.C.", "DC"),
        (STATE, "district of columbia", "DC"),
        (STATE, "Washington", "WA"),
        (STATE, "Puerto Rico", "PR"),
        (STATE, "AE", "AE"),
        (ZIP, "78251", "78251"),
        (ZIP, "00501", "00501"),
        (ZIP, "78251-1234", "78251"),
        (ZIP, "782511234", "78251"),
        (ZIP, "78251 1234", "78251"),
        (ZIP, 7946, "07946"),
        (ZIP, 78251.0, "78251"),
        (COUNT, 360, 360),
        (COUNT, 360.0, 360),
        (COUNT, "360", 360),
        (COUNT, "1,200", 1200),
        (COUNT, "360.00", 360),
        (COUNT, 999_999, None),
        (COUNT, "999,999", None),
        (NUMBER, "-12.5", -12.5),
        (NUMBER, "+1,000.25", 1000.25),
        (NUMBER, ".5", 0.5),
        (NUMBER, 7, 7.0),
        (MONEY, "$89,000.00", 89_000.0),
        (MONEY, "89000", 89_000.0),
        (MONEY, "89,000", 89_000.0),
        (MONEY, "89000.50", 89_000.5),
        (MONEY, "$ 1,234,567.891", 1_234_567.89),
        (MONEY, "US$500", 500.0),
        (MONEY, "usd 500", 500.0),
        (MONEY, "500 USD", 500.0),
        (MONEY, 128_000.0, 128_000.0),
        (MONEY, 128_000, 128_000.0),
        (RATIO, 0.7542, 0.7542),
        (RATIO, "0.7542", 0.7542),
        (RATIO, "75.42%", 0.7542),
        (PERCENT, 17.63, 17.63),
        (PERCENT, "17.63%", 17.63),
        (PERCENT, "17.63 %", 17.63),
        (FLAG, "Y", True),
        (FLAG, "yes", True),
        (FLAG, "TRUE", True),
        (FLAG, 1, True),
        (FLAG, 1.0, True),
        (FLAG, "0", False),
        (FLAG, "No", False),
        (FLAG, False, False),
        (DATE, "20261116", "2026-11-16"),
        (DATE, "11/16/2026", "2026-11-16"),
    ],
)
def test_a_value_is_read(field: Field, sent: Value, admitted: Value | None) -> None:
    read = reader_of(field)(sent)
    assert read == admitted
    assert type(read) is type(admitted)


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        (TIER, "superb"),
        (TIER, 1),
        (TIER, True),
        (STATE, "XX"),
        (STATE, "Texass"),
        (STATE, 48),
        (ZIP, "7825"),
        (ZIP, "00000"),
        (ZIP, "78251-12"),
        (ZIP, "٧٨٢٥١"),
        (ZIP, 500),
        (ZIP, 782511234),
        (ZIP, 78251.5),
        (ZIP, True),
        (ZIP, math.inf),
        (COUNT, 1.5),
        (COUNT, "1.5"),
        (COUNT, -1),
        (COUNT, 1_000_001),
        (COUNT, True),
        (COUNT, math.nan),
        (COUNT, math.inf),
        (COUNT, "30 years"),
        (COUNT, "9" * 10_000),
        (NUMBER, "1,00"),
        (NUMBER, "1e3"),
        (NUMBER, "nan"),
        (NUMBER, "1 000"),
        (NUMBER, math.nan),
        (NUMBER, False),
        (NUMBER, 10**400),
        (MONEY, "89.000,00"),
        (MONEY, "89,00"),
        (MONEY, "100000,000"),
        (MONEY, "€500"),
        (MONEY, "-5"),
        (MONEY, "$"),
        (MONEY, "89k"),
        (MONEY, 1e8 + 1),
        (RATIO, 75.42),
        (PERCENT, 101),
        (FLAG, "maybe"),
        (FLAG, 2),
        (FLAG, "11"),
        (DATE, 20261116),
        (DATE, "2026-02-30"),
    ],
)
def test_a_value_is_refused(field: Field, sent: Value) -> None:
    assert not readable(field, sent)


@given(
    cents=st.integers(0, 10**9), symbol=st.sampled_from(["", "$", "$ ", "US$", "USD ", "usd"]), grouped=st.booleans()
)
def test_any_way_to_write_an_amount_comes_to_the_same(cents: int, symbol: str, grouped: bool) -> None:
    amount = Decimal(cents) / 100
    assert reader_of(MONEY)(f"{symbol}{amount:{',' if grouped else ''}.2f}") == cents / 100
    assert reader_of(MONEY)(cents / 100) == cents / 100


@given(number=st.integers(0, 999_998), grouped=st.booleans(), point=st.sampled_from(["", ".", ".0", ".000"]))
def test_any_way_to_write_a_whole_number_comes_to_the_same(number: int, grouped: bool, point: str) -> None:
    text = f"{number:,}" if grouped else str(number)
    assert reader_of(COUNT)(text + point) == reader_of(COUNT)(float(number)) == number


@given(
    state=st.sampled_from([(code, name) for code, names in STATES.items() for name in (code, *names)]),
    case=st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    gap=st.sampled_from([" ", "  ", "-", "_", " \t"]),
)
def test_any_way_to_write_a_state_comes_to_the_same(
    state: tuple[str, str], case: Callable[[str], str], gap: str
) -> None:
    code, name = state
    assert reader_of(STATE)(case(name).replace(" ", gap)) == code


@given(st.sampled_from([field for schema in VERTICALS.values() for field in schema.values()]), st.data())
def test_what_a_reader_admits_it_admits_again_unchanged(field: Field, data: st.DataObject) -> None:
    read = reader_of(field)
    sent = data.draw(
        st.booleans()
        | st.integers()
        | st.floats()
        | st.floats(0, 1e6).map(str)
        | st.sampled_from(["yes", "N", "Texas", "12/31/2025", "78251-0001", "$5", "75%", *field.codes])
        | st.text()
    )
    try:
        admitted = read(sent)
    except ValueError:
        return
    assert admitted is None or read(admitted) == admitted


def test_every_field_says_what_it_expects() -> None:
    assert expected_of(MONEY) == "an amount of money from 0 to 100000000"
    assert expected_of(COUNT) == "a whole number from 0 to 1000000"
    assert expected_of(TIER) == "one of good, very_good"
    assert {len(expected_of(field)) > 10 for schema in VERTICALS.values() for field in schema.values()} == {True}


@pytest.mark.parametrize("vertical", VERTICALS)
def test_synonyms_of_a_schema_are_unambiguous(vertical: str) -> None:
    for name, field in VERTICALS[vertical].items():
        read = reader_of(field)
        for code, synonyms in field.codes.items():
            assert {read(text) for text in (code, *synonyms)} == {code}, name
