"""How large JSON is: its levels and values."""

from typing import Any


def within(value: Any, levels: int, values: int) -> bool:
    """Whether arrays and objects are nested at most so deep and hold at most so many values.

    Found level by level: a recursion would be what this guards against.
    """
    layer = [value]
    for _ in range(levels + 1):
        values -= len(layer)
        if values < 0:
            return False
        layer = [child for node in layer for child in _children(node)]
        if not layer:
            return True
    return False


def _children(node: Any) -> list[Any]:
    match node:
        case dict():
            return list(node.values())
        case list():
            return node
        case _:
            return []
