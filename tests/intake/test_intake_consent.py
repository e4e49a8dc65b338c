"""Consent evidence: what is read, what is refused, and that nothing of it is quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.errors import Violation
from exchange.domain.lead import Consent, Evidence
from exchange.intake.consent import admit_consent, evidence_of

NOW_MS = 1_795_392_000_000  # 2026-11-23T00:00:00Z


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("given_at", " 2026-11-13T12:47:11Z", "2026-11-13T12:47:11Z"),
        ("given_at", "2026-11-13t12:47:11.123456789-05:00", "2026-11-13t12:47:11.123456789-05:00"),
        ("given_at", "2026-11-23T00:05:00Z", "2026-11-23T00:05:00Z"),
        ("ip", "192.0.2.8", "192.0.2.8"),
        ("ip", "2001:0DB8::0001", "2001:db8::1"),
        ("page_url", "http://quotes.example.com:8080/mortgage?x=1#y", "http://quotes.example.com:8080/mortgage?x=1#y"),
        ("trustedform_cert_url", "https://cert.trustedform.com/b6589f", "https://cert.trustedform.com/b6589f"),
        ("jornaya_leadid", "0BCD7A4F-1DE3-B4C5-9C05-2C8D9A41F6AB", "0BCD7A4F-1DE3-B4C5-9C05-2C8D9A41F6AB"),
        ("text", "I agree\nto be called. ", "I agree\nto be called."),
        ("text_version", "2026-03", "2026-03"),
    ],
)
def test_consent_evidence_is_kept(field: str, sent: str, kept: str) -> None:
    found: list[Violation] = []
    assert getattr(admit_consent(Consent(**{field: sent}), NOW_MS, found), field) == kept
    assert not found


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("given_at", "2026-11-23T00:05:01Z"),
        ("given_at", "2026-11-13T12:47:11"),
        ("given_at", "2026-11-13"),
        ("given_at", "2026-13-13T12:47:11Z"),
        ("given_at", "11/13/2026"),
        ("ip", "192.0.2.256"),
        ("ip", "192.0.02.8"),
        ("ip", "fe80::1%eth0"),
        ("ip", "example.com"),
        ("page_url", "ftp://example.com"),
        ("page_url", "javascript:alert(1)"),
        ("page_url", "https://exa mple.com"),
        ("page_url", "https://example.com/" + "a" * 2048),
        ("trustedform_cert_url", "https://trustedform.com.example.com/x"),
        ("trustedform_cert_url", "http://cert.trustedform.com/x"),
        ("jornaya_leadid", "12345"),
        ("text", "a" * 4001),
        ("text_version", "a\nb"),
        ("user_agent", "a" * 513),
    ],
)
def test_what_is_no_evidence_is_refused_without_being_quoted(field: str, sent: str) -> None:
    found: list[Violation] = []
    admit_consent(Consent(**{field: sent}), NOW_MS, found)
    (violation,) = found
    assert violation.field == f"consent.{field}"
    assert sent not in violation.got


def test_evidence_says_what_is_on_file_and_nothing_more() -> None:
    assert evidence_of(Consent()) == Evidence()
    assert evidence_of(Consent(text="I agree")) == evidence_of(Consent(text_version="3")) == Evidence(has_text=True)
    whole = Consent(given_at="2026-11-13T12:47:11Z", trustedform_cert_url="https://x", jornaya_leadid="y", text="z")
    assert evidence_of(whole) == Evidence(has_time=True, has_trustedform=True, has_jornaya=True, has_text=True)
    assert evidence_of(Consent(ip="192.0.2.8", page_url="https://x")) == Evidence()


WILD = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(["192.0.2.8", "2026-11-13T12:47:11Z", "::1"])


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(Consent.__struct_fields__, WILD)))
def test_whatever_comes_is_admitted_once_and_again_or_described(fields: dict[str, str]) -> None:
    found: list[Violation] = []
    kept = admit_consent(Consent(**fields), NOW_MS, found)
    assert all(v.got == "a time in the future" or v.got.startswith("text of ") for v in found)
    if not found:
        assert admit_consent(kept, NOW_MS, found) == kept
        assert not found
