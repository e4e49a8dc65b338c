"""How fields of contact and consent are read: text in, text out."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import msgspec

from exchange.domain.errors import Violation
from exchange.intake.text import clean
from exchange.intake.violations import described

S = TypeVar("S", bound=msgspec.Struct)


class Form(NamedTuple):
    """How one field of text is read."""

    read: Callable[[str], str]
    """Gives the text as admitted; raises ValueError for what it cannot read."""
    expected: str


def text_of(most: int, lines: bool = False) -> Form:
    """Text of at most so many characters, on one line or more."""
    kept_out = "control characters" if lines else "control characters or line breaks"

    def read(raw: str) -> str:
        text = raw.strip()
        if len(text) <= most and text.isascii() and text.isprintable():  # as nearly all is
            return text
        return clean(raw, most, lines)

    return Form(read, f"at most {most} characters, without {kept_out}")


def take(field: str, raw: str, form: Form, found: list[Violation]) -> str:
    """A field as admitted; empty where it is blank, and where it is wrong, which is then noted in `found`."""
    if not raw or raw.isspace():
        return ""
    try:
        return form.read(raw)
    except ValueError:
        found.append(Violation(field, form.expected, described(raw)))
        return ""


class Forms(Generic[S]):
    """How a struct of texts is read: the form of each of its first fields, in their order."""

    def __init__(self, struct: type[S], path: str, **forms: Form) -> None:
        """`path` is what violations name in front of a field. Raises ValueError unless the forms are the fields'."""
        if tuple(forms) != struct.__struct_fields__[: len(forms)]:
            raise ValueError(f"{path} has other fields, or in another order")
        self._make: Callable[..., S] = struct
        self._forms = [(f"{path}.{name}", form) for name, form in forms.items()]
        self._readers = [form.read for form in forms.values()]

    def read(self, raw: S, found: list[Violation], *further: object) -> S:
        """The struct as admitted, with the further fields as given; what is wrong is noted in `found`."""
        sent = msgspec.structs.astuple(raw)
        try:  # nearly always nothing is
            texts = [read(text) if text else "" for read, text in zip(self._readers, sent, strict=False)]
        except ValueError:
            texts = [take(field, text, form, found) for (field, form), text in zip(self._forms, sent, strict=False)]
        return self._make(*texts, *further)
