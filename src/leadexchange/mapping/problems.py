"""What is wrong with a mapping, or with a lead for a mapping. Values of a lead are described, never quoted."""

from collections.abc import Iterable
from typing import Final

import msgspec

from leadexchange.mapping import limits

_NOTHING: Final = "nothing"


class Violation(msgspec.Struct, frozen=True):
    """One fault: where, what was expected there, what came."""

    pointer: str
    """A JSON pointer (RFC 6901) into the mapping's document: `/request/rules/3/from`."""
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: expected {self.expected}; got {self.got}"


class MappingError(ValueError):
    """A document that is no mapping; `violations` has every fault, at most `limits.MAX_VIOLATIONS`."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)[: limits.MAX_VIOLATIONS]
        super().__init__("; ".join(map(str, self.violations)))


class BuildError(ValueError):
    """A request that cannot be built from these values; `violations` names every rule and field at fault."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)[: limits.MAX_VIOLATIONS]
        super().__init__("; ".join(map(str, self.violations)))


class Misfit(ValueError):
    """A value that does not fit a format, or is none."""

    def __init__(self, expected: str, value: object) -> None:
        self.expected = expected
        self.got = described(value)
        super().__init__(f"expected {expected}; got {self.got}")


def pointer(*steps: str | int) -> str:
    """A JSON pointer of steps, escaped."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def described(value: object) -> str:
    """A value by its kind and size only."""
    match value:
        case None:
            return _NOTHING
        case bool():
            return "true or false"
        case str():
            return f"text of {len(value)} character{'' if len(value) == 1 else 's'}"
        case dict():
            return "an object"
        case list() | tuple():
            return "an array"
        case _:
            return "a number"


def quoted(text: str) -> str:
    """A path, name or pattern of a mapping, shortened and printable."""
    shown = text if len(text) <= limits.MAX_GOT_CHARS else text[: limits.MAX_GOT_CHARS - 1] + "…"
    return '"' + "".join(character if character.isprintable() else "�" for character in shown) + '"'
