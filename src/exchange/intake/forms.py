"""How fields of contact and consent are read: text in, text out."""

from collections.abc import Callable
from typing import NamedTuple

from exchange.domain.errors import Violation
from exchange.intake.text import clean
from exchange.intake.violations import described


class Form(NamedTuple):
    """How one field of text is read."""

    read: Callable[[str], str]
    """Gives the text as admitted; raises ValueError for what it cannot read."""
    expected: str


def text_of(most: int, lines: bool = False) -> Form:
    """Text of at most so many characters, on one line or more."""
    kept_out = "control characters" if lines else "control characters or line breaks"
    return Form(lambda raw: clean(raw, most, lines), f"at most {most} characters, without {kept_out}")


def take(field: str, raw: str, form: Form, found: list[Violation]) -> str:
    """A field as admitted; empty where it is blank, and where it is wrong, which is then noted in `found`."""
    if not raw or raw.isspace():
        return ""
    try:
        return form.read(raw)
    except ValueError:
        found.append(Violation(field, form.expected, described(raw)))
        return ""
