"""The schemathesis command with `ast.parse` behind a lock.

hypothesis parses sources while it runs, from several threads, and CPython 3.11 counts the depth of what it parses in
one place for all of them: now and then a parse ends in "AST constructor recursion depth mismatch" (gh-106905).
"""

import ast
import threading
from typing import Any

from schemathesis.cli import schemathesis

_parse = ast.parse
_one_at_a_time = threading.RLock()


def parse(*args: Any, **options: Any) -> ast.AST:
    """`ast.parse`, for one thread at a time."""
    with _one_at_a_time:
        tree: ast.AST = _parse(*args, **options)
        return tree


if __name__ == "__main__":
    ast.parse = parse  # type: ignore[assignment]
    schemathesis()
