"""The docstrings of a shape's fields: what follows a field in its source describes it."""

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise

import msgspec


@cache
def field_docs(shape: type[msgspec.Struct]) -> dict[str, str]:
    """Descriptions by attribute, those of the shapes that it extends too."""
    found: dict[str, str] = {}
    for one in reversed(shape.__mro__):
        if one.__module__.startswith("adapters."):
            found |= _own_docs(one)
    return found


def _own_docs(shape: type) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(shape))
    except (OSError, TypeError):
        return {}  # made at run time
    body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)).body
    found: dict[str, str] = {}
    for field, after in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            text = after.value
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[field.target.id] = inspect.cleandoc(text.value)
    return found
