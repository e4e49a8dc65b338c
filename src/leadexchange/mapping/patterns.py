"""Regular expressions of mappings: RE2's, whose time is linear in the text whatever the pattern."""

from collections.abc import Callable
from typing import Final

import re2  # type: ignore[import-untyped]

from leadexchange.mapping import limits
from leadexchange.mapping.problems import quoted

_OPTIONS: Final = re2.Options()
_OPTIONS.max_mem = limits.MAX_PATTERN_MEMORY_BYTES
_OPTIONS.log_errors = False

Search = Callable[[str], str | None]


def search(pattern: str) -> Search:
    """Compiles a pattern to what it finds in a text: its first group if it has one, else the whole match.

    The text is searched up to `limits.MAX_MATCHED_CHARS`. Raises ValueError, saying what is wrong, for what is no
    pattern of RE2, or one too large.
    """
    try:
        compiled = re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        why = error.args[0].decode(errors="replace") if error.args else "not understood"
        raise ValueError(f"{quoted(pattern)}: {why}") from None
    if compiled.programsize > limits.MAX_PROGRAM:  # linear time is the program's size times the text's
        raise ValueError(f"{quoted(pattern)}: too large; count repetitions less far")
    group = 1 if compiled.groups else 0

    def found(text: str) -> str | None:
        match = compiled.search(text[: limits.MAX_MATCHED_CHARS])
        return match[group] if match else None

    return found
