"""How a violation says what came: attributes are quoted, people never are."""

import re
from typing import Final

from exchange.domain import limits
from exchange.domain.lead import Value

_TELLING: Final = re.compile(r"@|(?:\d[\s().+/_:-]*){7}")
_BIG: Final = 10**8


def described(value: Value) -> str:
    """A value by its type and size only."""
    match value:
        case bool():
            return "a flag"
        case str():
            return f"text of {len(value)} character{'' if len(value) == 1 else 's'}"
        case _:
            return "a number"


def quoted(value: Value) -> str:
    """A value as it came, shortened; described where it could be an address or number of a person."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            room = limits.MAX_GOT_CHARS - 2
            shown = value if len(value) <= room else value[: room - 1] + "…"
            if _TELLING.search(shown):
                return described(value)
            return '"' + "".join(character if character.isprintable() else "�" for character in shown) + '"'
        case _ if not -_BIG < value < _BIG:
            return f"a number beyond {_BIG}"
        case _:
            return str(value)
