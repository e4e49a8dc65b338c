"""Admits the evidence of consent. What is wrong with it is described, never quoted."""

import re
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from exchange.domain import limits
from exchange.domain.errors import Violation
from exchange.domain.lead import Consent, Evidence
from exchange.intake.forms import Form, Forms, text_of
from exchange.intake.text import clean

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
# Nearly all addresses have this form, and the library takes five times as long to read them.
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4: Final = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_URL: Final = re.compile(r"https?://[\w.-]+(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)
_TRUSTEDFORM: Final = re.compile(r"https://(?:[a-z0-9-]+\.)?trustedform\.com/\S+", re.IGNORECASE)
_UUID: Final = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE)


def _matching(pattern: re.Pattern[str], most: int, expected: str) -> Form:
    def read(raw: str) -> str:
        text = clean(raw, most)
        if pattern.fullmatch(text) is None:
            raise ValueError
        return text

    return Form(read, expected)


def _read_time(raw: str) -> str:
    text = raw.strip()
    if _TIME.fullmatch(text) is None:
        raise ValueError
    _instant(text)
    return text


@lru_cache(maxsize=64)  # it is asked for twice
def _instant(text: str) -> float:
    """Unix ms of a time in RFC 3339."""
    return datetime.fromisoformat(text.upper()).timestamp() * 1000


def _read_ip(raw: str) -> str:
    text = raw.strip()
    if _IPV4.fullmatch(text):
        return text
    if "%" in text:  # a zone means something on one machine only
        raise ValueError
    return str(ip_address(text))


_GIVEN_AT: Final = Form(_read_time, "a time as in RFC 3339, such as 2026-11-13T12:47:11Z, not in the future")
_IP: Final = Form(_read_ip, "an IPv4 or IPv6 address")
_PAGE: Final = _matching(
    _URL, limits.MAX_URL_CHARS, f"an http or https URL of at most {limits.MAX_URL_CHARS} characters"
)
_CERTIFICATE: Final = _matching(_TRUSTEDFORM, limits.MAX_URL_CHARS, "the https URL of a certificate at trustedform.com")
_LEADID: Final = _matching(_UUID, limits.MAX_CODE_CHARS, "a LeadiD: 8-4-4-4-12 hexadecimal digits")
_FORMS: Final = Forms(
    Consent,
    "consent",
    text_version=text_of(limits.MAX_REFERENCE_CHARS),
    text=text_of(limits.MAX_CONSENT_TEXT_CHARS, lines=True),
    given_at=_GIVEN_AT,
    ip=_IP,
    page_url=_PAGE,
    trustedform_cert_url=_CERTIFICATE,
    jornaya_leadid=_LEADID,
    user_agent=text_of(limits.MAX_USER_AGENT_CHARS),
)


def admit_consent(raw: Consent, now_ms: int, found: list[Violation]) -> Consent:
    """Consent evidence as admitted, otherwise as it came; what is wrong is noted in `found`."""
    consent = _FORMS.read(raw, found)
    if consent.given_at and _instant(consent.given_at) > now_ms + limits.CONSENT_CLOCK_SKEW_MS:
        found.append(Violation("consent.given_at", _GIVEN_AT.expected, "a time in the future"))
    return consent


def evidence_of(consent: Consent) -> Evidence:
    """Which kinds of evidence a consent holds."""
    return Evidence(
        bool(consent.given_at),
        bool(consent.trustedform_cert_url),
        bool(consent.jornaya_leadid),
        bool(consent.text or consent.text_version),
    )
