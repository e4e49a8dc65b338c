"""Rows as CSV (RFC 4180): a column a field, objects within by dotted names, lists and free maps as JSON text.

The columns come from the shape and not from the rows, so that every page of a list has the same.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec


@cache
def columns_of(shape: type[msgspec.Struct]) -> tuple[str, ...]:
    """The columns of a shape's rows."""
    hints = get_type_hints(shape)
    found: list[str] = []
    for field in msgspec.structs.fields(shape):
        inner = _struct(hints[field.name])
        name = field.encode_name
        found += [f"{name}.{column}" for column in columns_of(inner)] if inner else [name]
    return tuple(found)


@cache
def row_of(shape: type[msgspec.Struct]) -> type[msgspec.Struct] | None:
    """The shape of a page's rows; None for what is no page."""
    hint = get_type_hints(shape).get("data")
    return _struct(get_args(hint)[0]) if get_origin(hint) is list else None


def lines(columns: Sequence[str], rows: Iterable[dict[str, Any]], *, head: bool = True) -> bytes:
    """The text of rows, each an object of JSON."""
    text = io.StringIO()
    writer = csv.writer(text)
    if head:
        writer.writerow(columns)
    writer.writerows([_cell(row, column.split(".")) for column in columns] for row in rows)
    return text.getvalue().encode()


def _cell(row: Any, path: list[str]) -> str:
    value = row
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return msgspec.json.encode(value).decode()
        case _:
            return str(value)


def _struct(hint: Any) -> type[msgspec.Struct] | None:
    if get_origin(hint) is Annotated:
        return _struct(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return next((found for option in get_args(hint) if (found := _struct(option))), None)
    return hint if isinstance(hint, type) and issubclass(hint, msgspec.Struct) else None
