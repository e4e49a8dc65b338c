"""JSON bodies: rules put into the tree of objects and arrays that their paths describe."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from leadexchange.mapping.building.expressions import Values
from leadexchange.mapping.building.paths import path_steps
from leadexchange.mapping.building.rules import OUT, Fill
from leadexchange.mapping.faults import Place
from leadexchange.mapping.problems import Violation, quoted

Node = dict[str | int, Any]  # of nodes, and of rules at its ends
Body = Callable[[Values, list[Violation]], bytes]
_Make = Callable[[Values, list[Violation]], Any]

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_EXPECTED: Final = "a path of names and indexes, such as applicant.phones[0]"


def json_body(rules: Iterable[tuple[str, Fill, Place]]) -> Body:
    """Objects and arrays with nothing in them are left out; the root, at least an empty object, never is."""
    root: Node = {}
    for path, fill, place in rules:
        steps = (place / "to").attempt(_EXPECTED, path_steps, path)
        if steps is not None:
            _put(root, steps, fill, path, place / "to")
    make = _container(root)

    def body(values: Values, found: list[Violation]) -> bytes:
        made = make(values, found)
        return b"{}" if made is OUT else _encode(made)

    return body


def _put(root: Node, steps: tuple[str | int, ...], fill: Fill, path: str, place: Place) -> None:
    node = root
    for depth, step in enumerate(steps):
        if node and isinstance(step, int) is not isinstance(next(iter(node)), int):
            place.fault("an object's names or an array's indexes, as in the rules before", quoted(path))
            return
        if depth == len(steps) - 1:
            if step in node:
                place.fault("a path that no other rule fills or goes through", quoted(path))
            else:
                node[step] = fill
            return
        child = node.setdefault(step, {})
        if not isinstance(child, dict):
            place.fault("a path that no other rule fills or goes through", quoted(path))
            return
        node = child


def _container(node: Node) -> _Make:
    parts = [(step, _container(child) if isinstance(child, dict) else child) for step, child in node.items()]
    if parts and isinstance(parts[0][0], int):
        return _array([part for _, part in sorted(parts, key=lambda part: int(part[0]))])
    return _object(parts)


def _object(parts: list[tuple[str | int, _Make]]) -> _Make:
    def make(values: Values, found: list[Violation]) -> Any:
        made = {name: value for name, part in parts if (value := part(values, found)) is not OUT}
        return made or OUT

    return make


def _array(parts: list[_Make]) -> _Make:
    """Elements move up when one before them is left out."""

    def make(values: Values, found: list[Violation]) -> Any:
        made = [value for part in parts if (value := part(values, found)) is not OUT]
        return made or OUT

    return make
