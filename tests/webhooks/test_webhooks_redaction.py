"""What is kept of an answer holds nothing of the consumer, however it is echoed."""

import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.webhooks.redaction import Masker
from leadexchange.v1.delivery_pb2 import Delivery
from tests.webhooks.endpoints import answer, attempt, endpoint
from tests.webhooks.scripted_outbox import delivery

CONTACT = {
    "first_name": "Kari",
    "last_name": "N\u00fa\u00f1ez",
    "email": "kari.nunez+x@example.com",
    "phone": "+12105550169",
    "street": "12 Main St",
    "city": "San Antonio",
    "date_of_birth": "1980-04-19",
    "middle_name": "J",
    "more": {"employer": "Acme & Sons", "salary": 91250, "married": True},
}
CONSENT = {
    "ip": "203.0.113.9",
    "text_version": "2026-03",
    "text": "I agree to be called",
    "given_at": "2026-11-13T12:47:11Z",
}
LEAD = {
    "id": "lead_1",
    "attributes": {"state": "TX", "loan_amount": 289000},
    "contact": CONTACT,
    "consent": CONSENT,
}
SENT = json.dumps({"type": "lead.sold", "data": {"lead_id": "lead_1", "lead": LEAD}}).encode()


@pytest.mark.parametrize("style", [
    "+12105550169", "2105550169", "12105550169", "210-555-0169", "210.555.0169", "(210) 555-0169", "1 210 555 0169",
    "+1 (210) 555 0169", "210/555/0169", "tel:+1-210-555-0169", "00 1 210 5550169",
])  # fmt: skip
def test_a_phone_number_in_any_way_of_writing_it(style: str) -> None:
    masked = Masker(SENT)(f'{{"phone": "{style}", "ok": true}}')
    assert "0169" not in masked
    assert masked.endswith('", "ok": true}')


@pytest.mark.parametrize("style", ["1980-04-19", "04/19/1980", "19.04.1980", "19800419", "04191980", "1980/04/19"])
def test_a_birth_date_in_any_order(style: str) -> None:
    assert Masker(SENT)(f"born {style}.") == "born …."


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("KARI n\u00da\u00d1EZ was here", "… … was here"),
        ("KariN\u00fa\u00f1ez", "……"),
        ("Karin, akari", "…n, a…"),
        ("12 main st, san antonio", "…, …"),
        ("kari.nunez+x@example.com", "…"),
        ("mailto:Kari.Nunez%2Bx%40example.com", "mailto:…"),
        ("from 203.0.113.9", "from …"),
        ("acme &amp; sons; Acme %26 Sons; Acme+%26+Sons", "…; Acme %26 Sons; …"),
        ("earns 91250", "earns …"),
        ("someone.else@example.org or 415 555 0100", "… or …"),
        ("J, True, TX, 289000, 2026-03, I agree to be called", "J, True, TX, 289000, 2026-03, I agree to be called"),
        ('{"id": "lead_1", "at": "2026-11-25T01:23:52.493Z", "n": 1795569832123}', None),
        ("0f8fad5b-d9cb-469f-a165-70867728950e 1.2.3", None),
        ("", None),
    ],
)
def test_contact_data_is_masked_and_the_rest_is_kept(text: str, masked: str | None) -> None:
    assert Masker(SENT)(text) == (text if masked is None else masked)


@given(
    st.text(st.characters(categories=["L"]), min_size=4, max_size=40),
    st.sampled_from([str, str.upper, json.dumps, quote, quote_plus, html.escape]),
    st.text(st.sampled_from(" {}\"':,;<>/&=\n"), max_size=20),
)
def test_no_value_of_the_contact_is_left_in_any_spelling(value: str, spell: Callable[[str], str], around: str) -> None:
    sent = json.dumps({"data": {"lead": {"contact": {"last_name": value}}}}).encode()
    spelled = spell(value).strip('"')
    assume(spell is not str.upper or spelled.lower() == value.lower())  # not so for the German sharp s and its like
    masked = Masker(sent)(f"{around}{spelled}{around}")
    assert spelled not in masked
    assert masked == f"{around}…{around}"


def test_values_of_a_mapping_are_masked_likewise() -> None:
    sent = json.dumps({"contact": CONTACT, "sale": {"id": "sale_1"}}).encode()
    assert Masker(sent)("Kari, sale_1") == "…, sale_1"


@pytest.mark.parametrize("sent", [b"", b"no json", b"[]", b'"Kari"', b'{"contact": "Kari"}'])
def test_whatever_was_sent_the_general_patterns_hold(sent: bytes) -> None:
    assert Masker(sent)("a@b.example, 210-555-0169") == "…, …"


def test_a_text_is_cut_after_it_is_masked() -> None:
    mask = Masker(SENT)
    assert mask("x" * 5_000) == "x" * 4_096
    assert mask("Kari " * 10_000) == ("… " * 5_000)[: len(mask("Kari " * 10_000))]
    for start in range(8_170, 8_200):
        assert "kari" not in mask("." * start + "kari.nunez+x@example.com").lower()


@pytest.mark.parametrize("part", ["a", "1", "(", "1 ", "a.@", "+", "b.", "(1) ", "%40", "\\u0040"])
def test_no_answer_takes_long(part: str) -> None:
    """By work, not by time: what searches in square time would need hours for this."""
    assert len(Masker(SENT)(part * 1_000_000)) <= 4_096


async def test_an_answer_that_echoes_the_lead() -> None:
    one = Delivery()
    headers = ("X-Lead: Kari 210-555-0169", "Set-Cookie: session=hunter2", "X-Auth-Token: hunter2", "Server: nginx")
    async with endpoint(answer("422 No", *headers, body=SENT)) as serving:
        one = delivery(1, serving.url)
        one.body = SENT
        report = await attempt(one)
    assert report.answer_headers == f"content-length: {len(SENT)}\nx-lead: … …\nserver: nginx\n"
    told = str(report).lower()
    for secret in ("kari", "0169", "example.com", "main st", "antonio", "1980", "hunter2", "91250", "113.9"):
        assert secret not in told
    assert '"state": "TX", "loan_amount": 289000' in report.answer_body


async def test_bodies_and_headers_are_bounded() -> None:
    headers = [f"X-{number}: {'y' * 200}" for number in range(50)]
    async with endpoint(answer("500 No", *headers, body=b"z" * 50_000)) as serving:
        report = await attempt(serving.url + "/" + "p" * 1_990)
    assert (len(report.request), len(report.answer_headers), len(report.answer_body)) == (2_048, 2_048, 4_096)
