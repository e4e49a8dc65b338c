"""JSON Schemas (2020-12) of the shapes, with their fields' descriptions."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, get_args

import msgspec

from adapters.rest.openapi.descriptions import field_docs

REF: Final = "#/components/schemas/{name}"


def schemas_of(shapes: Iterable[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The schema of each shape, and the components that they refer to."""
    wanted = list(shapes)
    found, components = msgspec.json.schema_components(wanted, ref_template=REF)
    for struct in _structs(wanted):
        for name, component in components.items():
            if name == struct.__name__ or (name.startswith(f"{struct.__name__}_") and name.endswith("_")):  # generic
                _describe(component, struct)
    return list(found), components


def _describe(component: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    docs = field_docs(struct)
    for field in msgspec.structs.fields(struct):
        schema = component["properties"][field.encode_name]
        if field.name in docs:
            if "$ref" in schema:
                component["properties"][field.encode_name] = {**schema, "description": docs[field.name]}
            else:
                schema["description"] = docs[field.name]


def _structs(shapes: Iterable[Any], seen: set[Any] | None = None) -> Iterator[type[msgspec.Struct]]:
    """Every struct within some types, each once."""
    seen = set() if seen is None else seen
    for shape in shapes:
        if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
            if shape not in seen:
                seen.add(shape)
                yield shape
                yield from _structs((field.type for field in msgspec.structs.fields(shape)), seen)
        else:
            if (origin := getattr(shape, "__origin__", None)) and isinstance(origin, type):
                yield from _structs([origin], seen) if issubclass(origin, msgspec.Struct) else ()
            yield from _structs(get_args(shape), seen)
