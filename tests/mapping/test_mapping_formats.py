"""Value formats: what each writes, and that it reads what it wrote."""

import string
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.intake.geography import STATES
from leadexchange.mapping import Formatter, formatter
from leadexchange.mapping.formats.states import NAMES
from leadexchange.mapping.problems import Misfit
from leadexchange.mapping.styles import Format


def made(**style: object) -> Formatter:
    return formatter(msgspec.convert(style, Format))


WRITTEN = [
    ({"type": "phone"}, "+12105550169", "+12105550169"),
    ({"type": "phone", "style": "international"}, "+12105550169", "+1 210-555-0169"),
    ({"type": "phone", "style": "international"}, "+442070313000", "+44 20 7031 3000"),
    ({"type": "phone", "style": "digits"}, "+12105550169", "2105550169"),
    ({"type": "phone", "style": "dashes"}, "+12105550169", "210-555-0169"),
    ({"type": "phone", "style": "dots"}, "+12105550169", "210.555.0169"),
    ({"type": "phone", "style": "parentheses"}, "+12105550169", "(210) 555-0169"),
    ({"type": "phone", "style": "country_digits"}, "+12105550169", "12105550169"),
    ({"type": "phone", "style": "country_dashes"}, "+12105550169", "1-210-555-0169"),
    ({"type": "phone", "style": "acord"}, "+12105550169", "+1-210-5550169"),
    ({"type": "date"}, "1960-11-16", "1960-11-16"),
    ({"type": "date", "pattern": "MM/DD/YYYY"}, "1960-11-06", "11/06/1960"),
    ({"type": "date", "pattern": "DD/MM/YYYY"}, "1960-11-16", "16/11/1960"),
    ({"type": "date", "pattern": "YYYYMMDD"}, "1960-11-16", "19601116"),
    ({"type": "date", "pattern": "DD.MM.YYYY"}, "2026-11-13T23:47:11-05:00", "14.11.2026"),
    ({"type": "time"}, "2026-11-13T12:47:11.250Z", "2026-11-13T12:47:11Z"),
    ({"type": "time", "pattern": "YYYY-MM-DDTHH:mm:ss.SSSZ"}, "2026-11-13T12:47:11.25Z", "2026-11-13T12:47:11.250Z"),
    ({"type": "time", "pattern": "MM/DD/YYYY hh:mm A"}, "2026-11-13T00:07:11Z", "11/13/2026 12:07 AM"),
    ({"type": "time", "pattern": "MM/DD/YYYY hh:mm A"}, "2026-11-13t12:07:11z", "11/13/2026 12:07 PM"),
    ({"type": "time", "pattern": "YYYYMMDDHHmmss"}, 1_795_569_832_493, "20261125012352"),
    ({"type": "time", "pattern": "unix_s"}, "2026-11-13T12:47:11.999Z", 1_794_574_031),
    ({"type": "time", "pattern": "unix_ms"}, "2026-11-13T12:47:11.999Z", 1_794_574_031_999),
    ({"type": "state"}, "TX", "Texas"),
    ({"type": "state"}, "DC", "District of Columbia"),
    ({"type": "state", "style": "code"}, "new  york", "NY"),
    ({"type": "boolean"}, True, "true"),
    ({"type": "boolean", "true": "Yes", "false": "No"}, False, "No"),
    ({"type": "boolean", "true": "Y", "false": "N"}, "true", "Y"),
    ({"type": "boolean", "true": 1, "false": 0}, True, 1),
    ({"type": "boolean", "true": "TRUE", "false": "FALSE"}, False, "FALSE"),
    ({"type": "number"}, "12.50", Decimal("12.50")),
    ({"type": "number"}, 289000.0, 289_000),
    ({"type": "number", "places": 0}, "12.5", 13),
    ({"type": "number", "places": 2}, 0.125, Decimal("0.13")),
    ({"type": "currency"}, 1234.5, "1234.50"),
    ({"type": "currency", "thousands": ",", "symbol": "$"}, 1_234_567, "$1,234,567.00"),
    (
        {"type": "currency", "decimal": ",", "thousands": ".", "symbol": " €", "symbol_after": True},
        "1234.5",
        "1.234,50 €",
    ),
    ({"type": "currency", "symbol": "$"}, -12.5, "-$12.50"),
    ({"type": "currency", "places": 0}, 2.5, "3"),
    ({"type": "currency", "unit": "cent"}, "12.5", "1250"),
    ({"type": "currency", "unit": "micro"}, "12.5", "12500000"),
    ({"type": "currency"}, -0.001, "0.00"),
    ({"type": "text", "case": "upper"}, "  San Antonio ", "SAN ANTONIO"),
    ({"type": "text", "case": "title"}, "o'brien-SMITH and kari's", "O'Brien-Smith And Kari's"),
    ({"type": "text", "case": "lower", "max_chars": 3}, "TEXAS", "tex"),
    ({"type": "text", "digits": True}, "78251-1234", "782511234"),
    ({"type": "text", "trim": False}, " a ", " a "),
]


@pytest.mark.parametrize(("style", "value", "written"), WRITTEN)
def test_a_format_writes(style: dict[str, object], value: str, written: object) -> None:
    made_of_it = made(**style).write(value)
    assert made_of_it == written
    assert type(made_of_it) is type(written)


READ = [
    ({"type": "phone"}, "1 (210) 555.0169", "+12105550169"),
    ({"type": "phone", "style": "digits"}, "+44 20 7031 3000", "+442070313000"),
    ({"type": "date", "pattern": "MM/DD/YYYY"}, "1/5/2026", "2026-01-05"),
    ({"type": "date", "pattern": "YYYYMMDD"}, "20260105", "2026-01-05"),
    ({"type": "time", "pattern": "MM/DD/YYYY hh:mm A"}, "1/5/2026 12:07 am", "2026-01-05T00:07:00Z"),
    ({"type": "time", "pattern": "unix_s"}, "1794574031", "2026-11-13T12:47:11Z"),
    ({"type": "time", "pattern": "unix_ms"}, 1_794_574_031_250, "2026-11-13T12:47:11.250Z"),
    ({"type": "state"}, "tx", "TX"),
    ({"type": "state", "style": "code"}, "Texas", "TX"),
    ({"type": "boolean", "true": "Yes", "false": "No"}, " YES ", True),
    ({"type": "boolean", "true": "1", "false": "0"}, 0, False),
    ({"type": "number"}, " 12.5 ", Decimal("12.5")),
    ({"type": "currency", "thousands": ",", "symbol": "$"}, "$1,234.50", Decimal("1234.5")),
    ({"type": "currency", "thousands": ",", "symbol": "$"}, "1234.50", Decimal("1234.5")),
    ({"type": "currency", "thousands": ",", "symbol": "$"}, "-$5", -5),
    ({"type": "currency", "symbol": " USD", "symbol_after": True}, "12.50USD", Decimal("12.5")),
    ({"type": "currency", "unit": "cent"}, "1250", Decimal("12.5")),
    ({"type": "currency", "unit": "micro"}, 12_500_000, Decimal("12.5")),
    ({"type": "currency", "decimal": ",", "thousands": "."}, "1.234,5", Decimal("1234.5")),
    ({"type": "text", "case": "upper"}, " a ", "a"),
]


@pytest.mark.parametrize(("style", "text", "value"), READ)
def test_a_format_reads(style: dict[str, object], text: str, value: object) -> None:
    assert made(**style).read(text) == value


UNREADABLE = [
    ({"type": "phone"}, "call me"),
    ({"type": "phone"}, "210555016"),
    ({"type": "phone"}, "+11235550169"),
    ({"type": "phone"}, True),
    ({"type": "date", "pattern": "MM/DD/YYYY"}, "13/13/2026"),
    ({"type": "date", "pattern": "YYYYMMDD"}, "2026015"),
    ({"type": "date", "pattern": "YYYYMMDD"}, 20260105),
    ({"type": "time"}, "2026-11-13 12:47:11"),
    ({"type": "time", "pattern": "MM/DD/YYYY hh:mm A"}, "1/5/2026 13:07 PM"),
    ({"type": "time", "pattern": "unix_ms"}, "9" * 15),
    ({"type": "time", "pattern": "unix_s"}, "12.5"),
    ({"type": "time", "pattern": "unix_s"}, True),
    ({"type": "state"}, "Atlantis"),
    ({"type": "state"}, 7),
    ({"type": "boolean", "true": "Yes", "false": "No"}, "maybe"),
    ({"type": "number"}, "1e5"),
    ({"type": "number"}, False),
    ({"type": "number"}, float("inf")),
    ({"type": "currency"}, "1,234.50"),
    ({"type": "currency", "thousands": ","}, "1,23.50"),
    ({"type": "currency"}, "12.50 EUR"),
    ({"type": "currency"}, ""),
    ({"type": "currency"}, "9" * 41),
    ({"type": "currency"}, Decimal("1e50")),
]


@pytest.mark.parametrize(("style", "text"), UNREADABLE)
def test_what_does_not_fit_is_described_not_quoted(style: dict[str, object], text: str) -> None:
    with pytest.raises(Misfit) as misfit:
        made(**style).read(text)
    assert misfit.value.expected
    assert str(text) not in misfit.value.got or not text


UNWRITABLE = [
    ({"type": "phone", "style": "digits"}, "+442070313000"),
    ({"type": "date"}, "16.11.1960"),
    ({"type": "date"}, "1960-13-16"),
    ({"type": "date"}, "1960-W46-3"),
    ({"type": "time"}, "yesterday"),
    ({"type": "time"}, "2026-11-13T25:47:11Z"),
    ({"type": "time"}, "0001-01-01T00:00:00+05:00"),
    ({"type": "time"}, 10**18),
    ({"type": "time"}, 12.5),
    ({"type": "state"}, "ZZ"),
    ({"type": "boolean"}, 1),
    ({"type": "currency"}, "twelve"),
]


@pytest.mark.parametrize(("style", "value"), UNWRITABLE)
def test_a_value_that_a_format_cannot_say(style: dict[str, object], value: str) -> None:
    with pytest.raises(Misfit):
        made(**style).write(value)


@pytest.mark.parametrize(
    ("style", "why"),
    [
        ({"type": "date", "pattern": "MM/YYYY"}, "each once"),
        ({"type": "date", "pattern": "MM/DD/YYYY HH:mm"}, "nothing of the time"),
        ({"type": "date", "pattern": "M/D/YYYY"}, "nothing but"),
        ({"type": "date", "pattern": "{0}YYYYMMDD"}, "nothing but"),
        ({"type": "time", "pattern": "YYYY-MM-DD"}, "HH or hh"),
        ({"type": "time", "pattern": "YYYY-MM-DD hh:mm"}, "HH or hh with A"),
        ({"type": "time", "pattern": "YYYY-MM-DD HH:mm:ss:ss"}, "each once"),
        ({"type": "boolean", "true": "Y", "false": "y"}, "same word"),
        ({"type": "currency", "thousands": "."}, "same sign"),
        ({"type": "currency", "symbol": "1"}, "symbol"),
    ],
)
def test_a_format_that_makes_no_sense(style: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        made(**style)


NORTH_AMERICAN = st.tuples(st.integers(200, 999), st.integers(2, 9), st.text("0123456789", min_size=6, max_size=6)).map(
    lambda parts: f"+1{parts[0]}{parts[1]}{parts[2]}"
)
EXAMPLES = [
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in ("GB", "DE", "MX", "IN", "JP", "BR", "FR", "AU", "CN", "IT")
    if (number := phonenumbers.example_number(region))
]
PHONE_STYLES = [
    "e164",
    "international",
    "digits",
    "dashes",
    "dots",
    "parentheses",
    "country_digits",
    "country_dashes",
    "acord",
]


@given(st.sampled_from(PHONE_STYLES), NORTH_AMERICAN)
def test_phone_both_ways(style: str, phone: str) -> None:
    both = made(type="phone", style=style)
    assert both.read(both.write(phone)) == phone


@given(st.sampled_from(PHONE_STYLES[:2]), st.sampled_from(EXAMPLES))
def test_phone_of_other_countries_both_ways(style: str, phone: str) -> None:
    both = made(type="phone", style=style)
    assert both.read(both.write(phone)) == phone


@given(
    st.permutations(["YYYY", "MM", "DD"]).flatmap(
        lambda order: st.sampled_from(["", "/", "-", ".", " "]).map(lambda sign: sign.join(order))
    ),
    st.dates(),
)
def test_date_both_ways(pattern: str, day: date) -> None:
    both = made(type="date", pattern=pattern)
    assert both.read(both.write(day.isoformat())) == day.isoformat()


@given(
    st.sampled_from(
        [
            "YYYY-MM-DDTHH:mm:ss.SSSZ",
            "MM/DD/YYYY hh:mm:ss.SSS A",
            "DD.MM.YYYY, HH:mm:ss.SSS",
            "YYYYMMDDHHmmssSSS",
            "unix_ms",
        ]
    ),
    st.datetimes(timezones=st.just(UTC)),
)
def test_time_both_ways(pattern: str, at: datetime) -> None:
    both = made(type="time", pattern=pattern)
    to_the_ms = at.replace(microsecond=at.microsecond // 1_000 * 1_000)
    read = both.read(both.write(at.isoformat()))
    assert isinstance(read, str)
    assert datetime.fromisoformat(read) == to_the_ms


@given(st.sampled_from(["code", "name"]), st.sampled_from(sorted(STATES)))
def test_state_both_ways(style: str, state: str) -> None:
    both = made(type="state", style=style)
    assert both.read(both.write(state)) == state


def test_the_states_are_those_that_intake_knows() -> None:
    assert {code: names[0] for code, names in STATES.items()} == NAMES


WORDS = st.one_of(st.text(min_size=1, max_size=10), st.integers(-9, 9), st.booleans())


@given(WORDS, WORDS, st.booleans())
def test_boolean_both_ways(true: object, false: object, value: bool) -> None:
    try:
        both = made(type="boolean", true=true, false=false)
    except ValueError:
        assert str(true).strip().casefold() == str(false).strip().casefold()
    else:
        assert both.read(both.write(value)) is value


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_number_both_ways(value: Decimal) -> None:
    both = made(type="number")
    assert both.read(both.write(value)) == value
    assert both.read(both.write(f"{value:f}")) == value


SIGNS = st.sampled_from([(".", ""), (".", ","), (".", " "), (".", "'"), (",", ""), (",", "."), (",", " ")])


@given(
    SIGNS,
    st.sampled_from(["", "$", "USD ", " €"]),
    st.booleans(),
    st.sampled_from([("unit", 2), ("cent", 0), ("micro", 0), ("unit", 6)]),
    st.integers(-(10**14), 10**14),
)
def test_currency_both_ways(
    signs: tuple[str, str], symbol: str, after: bool, unit: tuple[str, int], hundredths: int
) -> None:
    both = made(
        type="currency",
        decimal=signs[0],
        thousands=signs[1],
        symbol=symbol,
        symbol_after=after,
        unit=unit[0],
        places=unit[1],
    )
    value = Decimal(hundredths).scaleb(-2)
    assert both.read(both.write(value)) == value


@given(
    st.text(string.ascii_letters + string.digits + " '-éÑü", max_size=30),
    st.sampled_from(["upper", "lower", "title", None]),
    st.booleans(),
)
def test_what_text_wrote_and_read_it_writes_the_same(value: str, case: str | None, digits: bool) -> None:
    both = made(type="text", case=case, digits=digits)
    written = both.write(value)
    assert both.write(both.read(written)) == written
