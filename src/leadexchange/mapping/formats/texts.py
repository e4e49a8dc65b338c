"""Texts in the case and length that a buyer takes."""

import re
from typing import Final

from leadexchange.mapping.formats.base import Formatter
from leadexchange.mapping.scalars import Value, text_of
from leadexchange.mapping.styles import TextFormat

_NO_DIGIT: Final = re.compile(r"[^0-9]+")
_WORD: Final = re.compile(r"(?<!\w['\u2019])[^\W\d_]+|[^\W\d_]{2,}")  # O'Brien, but Kari's


def text(style: TextFormat) -> Formatter:
    """Writes text as the style says; reads it as it is, trimmed."""

    def write(value: Value) -> Value:
        written = text_of(value)
        if style.digits:
            written = _NO_DIGIT.sub("", written)
        if style.trim:
            written = written.strip()
        match style.case:
            case "upper":
                written = written.upper()
            case "lower":
                written = written.lower()
            case "title":
                written = _WORD.sub(lambda word: word[0].capitalize(), written.lower())
            case None:
                pass
        return written[: style.max_chars] if style.max_chars else written

    return Formatter(write, lambda value: text_of(value).strip())
