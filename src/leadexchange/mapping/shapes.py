"""Values of JSON into the shapes of `document`; of what does not fit, every fault is named.

msgspec converts fast, but stops at the first fault. The walk here runs only once converting has failed.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from msgspec import inspect

from leadexchange.mapping.faults import Place
from leadexchange.mapping.problems import described, quoted

_EXPECTED_NO_FIELD: Final = "no field of this name"


def shaped(value: object, shape: Any, place: Place) -> Any:
    """The value as a shape; None, and every fault at its place, if it is none."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        before = place.count()
        _walk(value, inspect.type_info(shape), place)
        if place.count() == before:
            place.fault(_name(inspect.type_info(shape)), described(value))
        return None


def _walk(value: object, kind: inspect.Type, place: Place) -> None:
    options = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    match value:
        case Mapping():
            structs = [option for option in options if isinstance(option, inspect.StructType)]
            if structs:
                _walk_struct(value, structs, place)
                return
            for option in options:
                if isinstance(option, inspect.DictType):
                    _walk_dict(value, option, place)
                    return
        case list():
            for option in options:
                if isinstance(option, inspect.VarTupleType):
                    _walk_list(value, option, place)
                    return
    if not any(_fits(value, option) for option in options):
        of_words = any(isinstance(option, inspect.LiteralType) for option in options)
        place.fault(_name(kind), quoted(value) if of_words and isinstance(value, str) else described(value))


def _walk_struct(value: Mapping[str, Any], structs: list[inspect.StructType], place: Place) -> None:
    struct = structs[0]
    if struct.tag_field is not None:
        tags = {option.tag: option for option in structs}
        tag = value.get(struct.tag_field)
        if not isinstance(tag, str) or tag not in tags:
            got = quoted(tag) if isinstance(tag, str) else described(tag)
            (place / struct.tag_field).fault(_choice(tags), got)
            return
        struct = tags[tag]
    fields = {field.encode_name: field for field in struct.fields}
    for name, item in value.items():
        if name in fields:
            _walk(item, fields[name].type, place / name)
        elif name != struct.tag_field:
            (place / name).fault(_EXPECTED_NO_FIELD, described(item))
    for name, field in fields.items():
        if field.required and name not in value:
            (place / name).fault(_name(field.type), "nothing")


def _walk_dict(value: Mapping[str, Any], kind: inspect.DictType, place: Place) -> None:
    if not _within(len(value), kind.min_length, kind.max_length):
        place.fault(_name(kind), f"an object of {len(value)}")
    for name, item in value.items():
        _walk(item, kind.value_type, place / name)


def _walk_list(value: list[Any], kind: inspect.VarTupleType, place: Place) -> None:
    if not _within(len(value), kind.min_length, kind.max_length):
        place.fault(_name(kind), f"an array of {len(value)}")
    for index, item in enumerate(value):
        _walk(item, kind.item_type, place / index)


def _within(size: float, least: float | None, most: float | None) -> bool:
    return (least is None or size >= least) and (most is None or size <= most)


def _fits(value: object, kind: inspect.Type) -> bool:
    match kind:
        case inspect.NoneType():
            return value is None
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.StrType():
            return isinstance(value, str) and _within(len(value), kind.min_length, kind.max_length)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool) and _within(value, kind.ge, kind.le)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case inspect.LiteralType():
            return value in kind.values
        case _:
            return False


def _name(kind: inspect.Type) -> str:
    match kind:
        case inspect.UnionType():
            names = [_name(option) for option in kind.types if not isinstance(option, inspect.NoneType)]
            return " or ".join(dict.fromkeys(names))
        case inspect.LiteralType():
            return _choice(kind.values)
        case inspect.StrType():
            return f"text of {_span(kind.min_length, kind.max_length)} characters"
        case inspect.IntType():
            return "a whole number" + (f" from {kind.ge} to {kind.le}" if kind.ge is not None else "")
        case inspect.FloatType():
            return "a number"
        case inspect.BoolType():
            return "true or false"
        case inspect.VarTupleType():
            return f"an array of {_span(kind.min_length, kind.max_length)}"
        case inspect.DictType() if kind.max_length is not None:
            return f"an object of {_span(kind.min_length, kind.max_length)}"
        case _:
            return "an object"


def _choice(words: Collection[object]) -> str:
    return ("one of " if len(words) > 1 else "") + ", ".join(map(str, words))


def _span(least: int | None, most: int | None) -> str:
    return f"{least or 0} to {most}"
