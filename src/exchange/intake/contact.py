"""Admits contact data. What is wrong with it is described, never quoted."""

import re
from typing import Final

from exchange.domain import limits
from exchange.domain.errors import Violation
from exchange.domain.lead import Contact
from exchange.intake import dates, phone
from exchange.intake.forms import Form, Forms, take, text_of
from exchange.intake.text import clean
from exchange.intake.violations import described

# RFC 5321 and 5322 without quoted local parts, which no mail service gives out; other alphabets as RFC 6531 has them.
_LOCAL: Final = r"[^\s\x00-\x20\x7f()<>\[\]:;@\\,.\"]+"
_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL: Final = re.compile(rf"({_LOCAL}(?:\.{_LOCAL})*)@((?:{_LABEL}\.)+{_LABEL})")
_MAX_EMAIL_BYTES: Final = 254
_MAX_LOCAL_BYTES: Final = 64


def _read_email(raw: str) -> str:
    """An address with its domain in lower case."""
    found = _EMAIL.fullmatch(clean(raw, _MAX_EMAIL_BYTES))
    if found is None:
        raise ValueError
    local, domain = found.groups()
    if len(local.encode()) > _MAX_LOCAL_BYTES or len(found[0].encode()) > _MAX_EMAIL_BYTES:
        raise ValueError
    return f"{local}@{domain.lower()}"


_NAME: Final = text_of(limits.MAX_PERSON_NAME_CHARS)
_LINE: Final = text_of(limits.MAX_TEXT_CHARS)
_BIRTH: Final = Form(lambda raw: dates.read(raw.strip()), f"{dates.EXPECTED}, from 1900 on and in the past")
_FORMS: Final = Forms(
    Contact,
    "contact",
    first_name=_NAME,
    last_name=_NAME,
    email=Form(_read_email, "an e-mail address such as name@example.com, at most 254 characters"),
    phone=Form(lambda raw: phone.read(raw.strip()), phone.EXPECTED),
    street=_LINE,
    city=_LINE,
    date_of_birth=_BIRTH,
    comments=text_of(limits.MAX_COMMENT_CHARS, lines=True),
)
_MORE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def admit_contact(raw: Contact, now_ms: int, found: list[Violation]) -> Contact:
    """Contact data as admitted; what is wrong is noted in `found`."""
    if not raw.phone.strip() and not raw.email.strip():
        found.append(Violation("contact.phone", "a phone number or an e-mail address", "neither"))
    contact = _FORMS.read(raw, found, _admit_more(raw.more, found) if raw.more else {})
    if contact.date_of_birth >= dates.today(now_ms):
        found.append(Violation("contact.date_of_birth", _BIRTH.expected, "a date that is not in the past"))
    return contact


def _admit_more(raw: dict[str, str], found: list[Violation]) -> dict[str, str]:
    if len(raw) > limits.MAX_MORE_CONTACT:
        found.append(Violation("contact.more", f"at most {limits.MAX_MORE_CONTACT} entries", f"{len(raw)} entries"))
        return {}
    more = {}
    for name, value in raw.items():
        if not _MORE_NAME.fullmatch(name):
            expected = "names of a letter, then letters, digits, _ . and -, at most 64 characters"
            found.append(Violation("contact.more", expected, described(name)))
        elif text := take(f"contact.more.{name}", value, _LINE, found):
            more[name] = text
    return more
