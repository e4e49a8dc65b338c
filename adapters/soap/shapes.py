"""How a type of the SOAP interface is declared: the schema, the reading and the writing all follow from it.

An element's name is the contract's in lowerCamelCase unless `field` says otherwise; its documentation is the schema's.
Kinds that have a `name` are named types of the schema.
"""

import re
from collections.abc import Mapping
from typing import Final

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from msgspec import Struct

NAMESPACE: Final = "urn:leadexchange:soap:v1"


class Text(Struct, frozen=True):
    """Characters."""

    name: str
    most: int
    least: int = 0
    pattern: str = ""
    """A regular expression for the whole text, in what XML Schema and Python have in common."""
    expected: str = ""
    """The pattern for people."""


class Whole(Struct, frozen=True):
    """A whole number."""

    name: str
    least: int
    most: int


class Flag(Struct, frozen=True):
    """true or false."""


class Time(Struct, frozen=True):
    """A moment: xs:dateTime, UTC where it has no offset. The contract's Timestamp."""


class Amount(Struct, frozen=True):
    """An amount of money: a decimal here, micros in the contract."""


class Code(Struct, frozen=True):
    """One of a closed list: the contract's enumeration, in lower case without its prefix."""

    name: str
    numbers: Mapping[str, int]

    def text(self, number: int) -> str:
        """The name of a number; a number from a newer core is given as it is."""
        return next((name for name, one in self.numbers.items() if one == number), str(number))


class Reason(Struct, frozen=True):
    """One of an open list: the contract's reasons, which grow."""


class Pair(Struct, frozen=True):
    """A name and a value, as text: the contract's maps, and its attributes."""

    name: str
    doc: str
    value: Text

    @property
    def elements(self) -> "tuple[Element, ...]":
        """The two."""
        return Element("name", _PAIR_NAME, "The name.", required=True), Element("value", self.value, "The value.", True)


class Noun(Struct, frozen=True, eq=False):
    """Elements in a fixed order; in the contract a message."""

    name: str
    doc: str
    elements: "tuple[Element, ...]" = ()


class Refusal(Struct, frozen=True):
    """Why one of several was refused; the contract's google.rpc.Status, written as the detail of a fault is."""


_PAIR_NAME: Final = Text("PairName", 64, 1)

Kind = Text | Whole | Flag | Time | Amount | Code | Reason | Pair | Noun | Refusal


class Element(Struct, frozen=True):
    """One element of a noun."""

    name: str
    kind: Kind
    doc: str
    required: bool = False
    many: int = 1
    """How often it may come; 0 for as often as there is need, which only answers have."""
    field: str = ""
    """The contract's path, where it is not the name in snake_case."""
    absent: str = ""
    """What it is taken for when it does not come."""

    @property
    def path(self) -> tuple[str, ...]:
        """The contract's path."""
        return tuple((self.field or snake(self.name)).split("."))


_HUMP: Final = re.compile(r"(?<=[a-z0-9])[A-Z]")
_SNAKE: Final = re.compile(r"_([a-z0-9])")


def within(path: str, name: str) -> str:
    """The path of an element in one at a path; "" is the operation itself."""
    return f"{path}.{name}" if path else name


def snake(name: str) -> str:
    """The name in snake_case."""
    return _HUMP.sub(lambda hump: f"_{hump[0].lower()}", name)


def camel(name: str) -> str:
    """The name in lowerCamelCase."""
    return _SNAKE.sub(lambda match: match[1].upper(), name)


def code(name: str, enum: EnumTypeWrapper, prefix: str) -> Code:
    """The names of an enumeration of the contract."""
    return Code(name, {key.removeprefix(prefix).lower(): number for key, number in enum.items() if number})
