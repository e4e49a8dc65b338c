"""Says what is wrong with JSON that does not have the documented shape: each field, what was expected, what came.

msgspec decodes fast, but stops at the first fault and does not name the key of a map; this walks the same types at
leisure, only once decoding has failed, and finds all faults.
"""

import math
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec
from msgspec import inspect

from adapters.rest.pointers import pointer
from adapters.rest.problems import Violation

MAX_VIOLATIONS: Final = 50  # enough to mend a form by; a body of 256 KiB could hold tens of thousands
_MAX_GOT_CHARS: Final = 80
_MAX_KEY_CHARS: Final = 128  # of a key that the caller made up
_LONGEST_NUMBER: Final = 10**20

_NAMES: Final[dict[type, str]] = {
    inspect.StrType: "a string",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "a time with its offset (RFC 3339)",
    inspect.ListType: "an array",
    inspect.VarTupleType: "an array",
    inspect.DictType: "an object",
    inspect.StructType: "an object",
}


def explain(value: object, shape: Any, *, strict: bool = True) -> list[Violation]:
    """The faults of a decoded value against a shape, at most MAX_VIOLATIONS; `strict=False` reads texts as numbers."""
    found: list[Violation] = []
    for violation in _walk(value, shape, [], strict):
        found.append(violation)
        if len(found) == MAX_VIOLATIONS:
            break
    return found


def _walk(value: object, annotation: Any, path: list[str], strict: bool) -> Iterator[Violation]:
    options = _options(annotation)
    if isinstance(value, dict):
        for option in options:
            if isinstance(option, type) and issubclass(option, msgspec.Struct):
                yield from _walk_struct(value, option, path, strict)
                return
            if get_origin(option) is dict:
                for key, item in value.items():
                    yield from _walk(item, get_args(option)[1], [*path, key], strict)
                return
    if isinstance(value, list):
        for option in options:
            if get_origin(option) in (list, tuple):
                for index, item in enumerate(value):
                    yield from _walk(item, get_args(option)[0], [*path, str(index)], strict)
                return
    if not _fits(value, options, strict):
        yield _violation(path, _expected(annotation), _got(value, options, strict))


def _walk_struct(
    value: dict[str, object], shape: type[msgspec.Struct], path: list[str], strict: bool
) -> Iterator[Violation]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    for key, item in value.items():
        if key in fields:
            yield from _walk(item, fields[key].type, [*path, key], strict)
        else:
            yield _violation([*path, key], "no field of this name", _kind(item))
    for name, field in fields.items():
        if field.required and name not in value:
            yield _violation([*path, name], _expected(field.type), "nothing")


def _options(annotation: Any) -> list[Any]:
    """The types that a value may have, each with its own constraints."""
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if get_origin(bare) in (Union, UnionType):
        return [option for option in get_args(bare) if option is not msgspec.UnsetType]
    return [annotation]


def _union(options: list[Any]) -> Any:
    return Union[tuple(options)]  # noqa: UP007 — of options known only at run time


def _fits(value: object, options: list[Any], strict: bool) -> bool:
    if isinstance(value, float) and not math.isfinite(value):
        return False  # JSON has no such number, but 1e400 reads as one
    try:
        msgspec.convert(value, _union(options), strict=strict)
    except msgspec.ValidationError:
        return False
    return True


def _expected(annotation: Any) -> str:
    """What a field takes, for people."""
    described = get_origin(annotation) is Annotated
    return _name(inspect.type_info(annotation if described else _union(_options(annotation))))


def _name(type_: inspect.Type) -> str:
    match type_:
        case inspect.Metadata(extra_json_schema={"description": description}):
            return str(description)
        case inspect.Metadata():
            return _name(type_.type)
        case inspect.UnionType():
            names = [_name(option) for option in type_.types if not isinstance(option, inspect.NoneType)]
            return " or ".join(dict.fromkeys(names))
        case inspect.LiteralType():
            return f"one of {', '.join(map(str, type_.values))}"
        case inspect.IntType():
            ends = [f"{word} {end}" for word, end in (("from", type_.ge), ("to", type_.le)) if end is not None]
            return " ".join(["a whole number", *ends])
        case _:
            return _NAMES.get(type(type_), "another value")


def _got(value: object, options: list[Any], strict: bool) -> str:
    """What came: its kind, or the value itself where the kind is right.

    A contact field takes any text, so it is refused by its kind alone and never quoted.
    """
    if isinstance(value, str) and (not strict or any(_takes(option, str) for option in options)):
        printable = "".join(character if character.isprintable() else "�" for character in value)
        return f'"{printable}"' if len(printable) <= _MAX_GOT_CHARS else f'"{printable[:_MAX_GOT_CHARS]}…"'
    if isinstance(value, int) and not isinstance(value, bool) and any(_takes(option, int) for option in options):
        return str(value) if abs(value) < _LONGEST_NUMBER else "a far larger number"
    return _kind(value)


def _takes(option: Any, kind: type) -> bool:
    type_ = inspect.type_info(option)
    while isinstance(type_, inspect.Metadata):
        type_ = type_.type
    texts = (inspect.StrType, inspect.LiteralType, inspect.DateTimeType)
    return isinstance(type_, texts if kind is str else inspect.IntType)


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _violation(path: list[str], expected: str, got: str) -> Violation:
    shown = [key if len(key) <= _MAX_KEY_CHARS else key[:_MAX_KEY_CHARS] + "…" for key in path]
    return Violation(field=".".join(shown), expected=expected, got=got, pointer=pointer(shown))
