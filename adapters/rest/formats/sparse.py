"""Some fields of an answer: `fields=id,contact.phone`."""

from typing import Any, Final

from adapters.rest.formats.csv import columns_of
from adapters.rest.problems import Violation, invalid

_MOST: Final = 64


def selection(text: str, shape: Any) -> tuple[tuple[str, ...], ...]:
    """The paths that a `fields` parameter names; raises a Problem for one that the shape does not have."""
    if not text:
        return ()
    names = [name.strip() for name in text.split(",")]
    known = set(columns_of(shape)) | {column.partition(".")[0] for column in columns_of(shape)}
    for name in names:
        head = name.partition(".")[0]
        if len(names) > _MOST or (name not in known and not (head in columns_of(shape) and "." in name)):
            expected = f"at most {_MOST} fields of the answer, such as {', '.join(list(columns_of(shape))[:3])}"
            raise invalid([Violation("fields", expected, "another")])
    return tuple(tuple(name.split(".")) for name in names)


def pick(row: dict[str, Any], paths: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    """Only these fields of an object of JSON; what it does not have is left out."""
    picked: dict[str, Any] = {}
    for path in paths:
        source: Any = row
        target = picked
        for index, name in enumerate(path):
            if not isinstance(source, dict) or name not in source:
                break
            source = source[name]
            if index == len(path) - 1:
                target[name] = source
            else:
                target = target.setdefault(name, {})
    return picked
