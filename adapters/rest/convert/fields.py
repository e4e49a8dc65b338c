"""Fields by table, for the nouns whose JSON and contract differ in little but names.

One row a field gives both directions, and the field mask of a PATCH.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from msgspec import UNSET, Struct

from adapters.rest.convert.common import PARTY_STATES, amount_of, micros_of, time_of


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Field:
    """One field in JSON and in the contract."""

    name: str
    contract: str
    to_contract: Callable[[Any], Any] | None = _same
    """None for what is only read."""
    to_json: Callable[[Any], Any] | None = _same
    """None for what is only written."""


@dataclass(frozen=True, slots=True)
class Nested:
    """An object within, of which a PATCH may change a part."""

    name: str
    contract: str
    shape: type[Struct]
    fields: Sequence[Field]


def plain(name: str) -> Field:
    """The same name and value on both sides."""
    return Field(name, name)


def amount(name: str) -> Field:
    """Money: a decimal text in JSON, micros in the contract."""
    return Field(name, f"{name}_micros", micros_of, amount_of)


STATE = Field("state", "state", PARTY_STATES.number.__getitem__, PARTY_STATES.name)
REVISION = plain("revision")
CREATED_AT = Field("created_at", "created_at", None, time_of)


def fill(message: Message, body: Struct, fields: Iterable[Field | Nested]) -> list[str]:
    """Sets the fields that a body gives and returns their paths; null leaves a field at its default."""
    mask: list[str] = []
    for field in fields:
        value = getattr(body, field.name)
        if value is UNSET:
            continue
        if isinstance(field, Nested) and value is not None:
            inner = fill(getattr(message, field.contract), value, field.fields)
            mask += [f"{field.contract}.{path}" for path in inner]
        elif isinstance(field, Nested):
            mask.append(field.contract)
        elif field.to_contract is not None:
            mask.append(field.contract)
            if value is not None:
                _assign(message, field.contract, field.to_contract(value))
    return mask


def _assign(message: Message, name: str, value: Any) -> None:
    match value:
        case list():
            getattr(message, name).extend(value)
        case dict():
            getattr(message, name).update(value)
        case _:
            setattr(message, name, value)


def read(message: Message, fields: Iterable[Field | Nested]) -> dict[str, Any]:
    """The fields that a message holds, for its shape; unset ones and empty texts are left out."""
    found: dict[str, Any] = {}
    for field in fields:
        if _is_unset(message, field.contract):
            continue
        value = getattr(message, field.contract)
        if isinstance(field, Nested):
            value = field.shape(**read(value, field.fields))
        elif field.to_json is None:
            continue
        else:
            value = field.to_json(value)
        if value is not None and value != "":
            found[field.name] = value
    return found


def _is_unset(message: Message, name: str) -> bool:
    return message.DESCRIPTOR.fields_by_name[name].has_presence and not message.HasField(name)
