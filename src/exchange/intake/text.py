"""Text as sources write it: trimmed, composed, bounded, and free of control characters."""

import re
import unicodedata
from typing import Final

# C0, DEL and C1; the two Unicode line breaks; surrogates, which UTF-8 cannot carry.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LINE_BREAKS: Final = dict.fromkeys(map(ord, "\t\n\r"))

_FOLDED_AWAY: Final = re.compile(r"[.,']")
_FOLDED_TOGETHER: Final = re.compile(r"[\s_/-]+")


def clean(raw: str, most: int, lines: bool = False) -> str:
    """A text without space around it, in Unicode's normal form C.

    Args:
        raw: As sent.
        most: Characters that are left at most.
        lines: Whether it may have line breaks and tabs inside.

    Raises:
        ValueError: It is longer, or has control characters.
    """
    text = raw.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if len(text) > most:
        raise ValueError
    if not text.isprintable() and _CONTROL.search(text.translate(_LINE_BREAKS) if lines else text):
        raise ValueError
    return text


def fold(text: str) -> str:
    """A text as the look-up tables know it: `Washington, D.C.` and `washington_dc` are the same."""
    return _FOLDED_TOGETHER.sub("_", _FOLDED_AWAY.sub("", text.lower())).strip("_")
