"""Contact data: what is read, what is refused, and that nothing of it is quoted."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, format_number, parse

from exchange.domain.errors import Violation
from exchange.domain.lead import Contact
from exchange.intake import dates, phone
from exchange.intake.contact import admit_contact

NOW_MS = 1_795_392_000_000  # 2026-11-23T00:00:00Z
PHONE = "+12105550169"


def admitted(**fields: str) -> Contact:
    found: list[Violation] = []
    contact = admit_contact(msgspec.structs.replace(Contact(phone=PHONE), **fields), NOW_MS, found)
    assert not found
    return contact


def violations(contact: Contact) -> list[Violation]:
    found: list[Violation] = []
    admit_contact(contact, NOW_MS, found)
    return found


@pytest.mark.parametrize(
    ("sent", "e164"),
    [
        ("2105550169", PHONE),
        ("(210) 555-0169", PHONE),
        ("210-555-0169", PHONE),
        ("1 210.555.0169", PHONE),
        ("+1 (210) 555 0169", PHONE),
        (" +12105550169 ", PHONE),
        ("1-210-555-0169", PHONE),
        ("210/555/0169", PHONE),
        ("+44 20 7946 0958", "+442079460958"),
        ("011 44 20 7946 0958", "+442079460958"),
        ("+52 55 1234 5678", "+525512345678"),
    ],
)
def test_a_phone_number_is_kept_as_e164(sent: str, e164: str) -> None:
    assert admitted(phone=sent).phone == e164


@pytest.mark.parametrize(
    "sent",
    [
        "5550169",
        "123-456-7890",
        "(210) 155-0169",
        "210555016",
        "21055501699",
        "210 555 0169 x12",
        "call 2105550169",
        "+999 123 456 789",
        "+2105550169",
        "1-800-FLOWERS",
        "(((((((((",
        "+" * 40,
        "12",
    ],
)
def test_what_is_no_phone_number_is_refused(sent: str) -> None:
    (violation,) = violations(Contact(phone=sent))
    assert violation == Violation("contact.phone", phone.EXPECTED, f"text of {len(sent)} characters")


@given(
    area=st.integers(200, 999),
    office=st.integers(200, 999),
    line=st.integers(0, 9999),
    form=st.sampled_from(
        [
            "{}{}{:04}",
            "({}) {}-{:04}",
            "{}-{}-{:04}",
            "{}.{}.{:04}",
            "1{}{}{:04}",
            "1 {} {} {:04}",
            "+1{}{}{:04}",
            "+1 ({}) {}-{:04}",
            "+1-{}-{}-{:04}",
            "({}){}-{:04}",
            "{} / {} / {:04}",
        ]
    ),
)
def test_any_way_to_write_a_number_is_read_as_the_library_reads_it(
    area: int, office: int, line: int, form: str
) -> None:
    text = form.format(area, office, line)
    assert phone.read(text) == f"+1{area}{office}{line:04}"
    assert phone.read(text) == format_number(parse(text, "US"), PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Kari.Merritt@Example.COM", "Kari.Merritt@example.com"),
        (" a+b@x.co ", "a+b@x.co"),
        ("o'neil@mail.example.com", "o'neil@mail.example.com"),
        ("jörg@münchen.example", "jörg@münchen.example"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_an_email_address_is_kept_with_its_domain_in_lower_case(sent: str, kept: str) -> None:
    assert admitted(email=sent).email == kept


@pytest.mark.parametrize(
    "sent",
    [
        "kari",
        "kari@",
        "@example.com",
        "kari@localhost",
        "a@b@example.com",
        "ka ri@example.com",
        "kari@-x.com",
        "a..b@example.com",
        ".a@example.com",
        "kari@example..com",
        "kari@exa\x00mple.com",
        '"a b"@example.com',
        "a" * 65 + "@example.com",
        "é" * 33 + "@example.com",
        "a@" + "b." * 130 + "com",
        "<kari@example.com>",
    ],
)
def test_what_is_no_email_address_is_refused(sent: str) -> None:
    (violation,) = violations(Contact(email=sent))
    assert violation.field == "contact.email"
    assert violation.got == f"text of {len(sent)} characters"


@pytest.mark.parametrize(
    ("sent", "iso"),
    [
        ("1960-11-16", "1960-11-16"),
        ("19601116", "1960-11-16"),
        ("11/16/1960", "1960-11-16"),
        ("3/4/1980", "1980-03-04"),
        ("16/11/1960", "1960-11-16"),
        ("03-04-1980", "1980-03-04"),
        ("2026-11-22", "2026-11-22"),
        ("1900-01-01", "1900-01-01"),
        ("02/29/2000", "2000-02-29"),
    ],
)
def test_a_date_of_birth_is_kept_as_iso(sent: str, iso: str) -> None:
    assert admitted(date_of_birth=sent).date_of_birth == iso


@pytest.mark.parametrize(
    "sent",
    [
        "1899-12-31",
        "2026-11-23",
        "2999-01-01",
        "02/30/1980",
        "13/13/1980",
        "1980",
        "3/4/80",
        "3.4.1980",
        "1980-W03-1",
        "198003",
        "3/4-1980",
        "not a date",
        "0000-00-00",
        "\uff11\uff19\uff18\uff10-03-04",
    ],
)
def test_what_is_no_date_of_birth_is_refused(sent: str) -> None:
    (violation,) = violations(Contact(phone=PHONE, date_of_birth=sent))
    assert violation.field == "contact.date_of_birth"
    assert sent not in violation.got


@given(
    day=st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    form=st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%-m/%-d/%Y", "%m-%d-%Y"]),
)
def test_any_way_to_write_a_date_comes_to_the_same(day: date, form: str) -> None:
    assert dates.read(day.strftime(form)) == day.isoformat()


@given(day=st.dates(date(1900, 1, 1), date(2099, 12, 31)).filter(lambda day: day.day > 12))
def test_a_first_number_above_12_is_the_day(day: date) -> None:
    assert dates.read(day.strftime("%d/%m/%Y")) == day.isoformat()


def test_text_is_trimmed_and_composed() -> None:
    contact = admitted(first_name="  Andre\u0301 ", city="San Antonio\n", comments=" a\r\nb\tc ")
    assert (contact.first_name, contact.city, contact.comments) == ("André", "San Antonio", "a\r\nb\tc")


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("first_name", "a" * 101),
        ("last_name", "a\nb"),
        ("street", "a" * 501),
        ("city", "a\x00b"),
        ("city", "a\u2028b"),
        ("street", "a\ud800b"),
        ("comments", "a" * 2001),
        ("comments", "a\x1bb"),
    ],
)
def test_text_is_bounded_and_has_no_control_characters(field: str, sent: str) -> None:
    contact = msgspec.structs.replace(Contact(phone=PHONE), **{field: sent})
    (violation,) = violations(contact)
    assert violation.field == f"contact.{field}"


@pytest.mark.parametrize("contact", [Contact(), Contact(first_name="Kari"), Contact(phone="  ", email="\t")])
def test_a_phone_number_or_an_email_address_is_required(contact: Contact) -> None:
    assert violations(contact) == [Violation("contact.phone", "a phone number or an e-mail address", "neither")]


def test_further_fields_are_bounded_in_name_number_and_length() -> None:
    kept = admit_contact(Contact(phone=PHONE, more={"apt": " 4 ", "Best-Time.1": "am", "blank": " "}), NOW_MS, [])
    assert kept.more == {"apt": "4", "Best-Time.1": "am"}
    wrong = violations(Contact(phone=PHONE, more={"bad name": "x", "long": "y" * 501, "ok": "z"}))
    assert [violation.field for violation in wrong] == ["contact.more", "contact.more.long"]
    assert wrong[0].got == "text of 8 characters"
    (many,) = violations(Contact(phone=PHONE, more={f"f{number}": "x" for number in range(33)}))
    assert (many.field, many.got) == ("contact.more", "33 entries")


WILD = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(
    ["2105550169", "a@b.co", "1980-01-01", "192.0.2.8"]
)
FIELDS = [name for name in Contact.__struct_fields__ if name != "more"]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, WILD)), st.dictionaries(WILD, WILD, max_size=4))
def test_whatever_comes_is_admitted_once_and_again_or_described(fields: dict[str, str], more: dict[str, str]) -> None:
    found: list[Violation] = []
    kept = admit_contact(msgspec.structs.replace(Contact(more=more), **fields), NOW_MS, found)
    assert all(
        violation.got in {"neither", "a date that is not in the past"} or violation.got.startswith("text of ")
        for violation in found
    )
    if not found:
        assert admit_contact(kept, NOW_MS, found) == kept
        assert not found
